"""Read a skops file's description before skops does, and refuse whatever could call more than it should.

skops asks one question of every node, whether its name is trusted, and then does with it what the node's
kind says: call it, take an attribute of it, use it as the type of keys. A list as broad as "scikit-learn"
would open too much that way. Here each kind of node has its own rule; what no rule knows is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from hookline.errors import HooklineError, UnsafeModelError
from hookline.hooks.call import in_words
from hookline.models.skops_zip import Archive
from hookline.models.tree_check import check_predictor, check_tree
from hookline.models.trust import CONTAINERS, FACTORIES, KEYS, LOSSES, SCALARS, Role, Trust

__all__ = ["PROTOCOL", "UntrustedError", "audit"]

PROTOCOL = 2
"""The protocol these rules were written for. A newer one has to be read and understood first."""

_TREE = "sklearn.tree._tree.Tree"
_PREDICTOR = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
_SPARSE = re.compile(r"scipy\.sparse\._([a-z]{3})\.\1_(matrix|array)")
_BIT_GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")
_COMMON = frozenset(("__class__", "__module__", "__loader__", "__id__"))


class UntrustedError(UnsafeModelError):
    """Say which names of a file are not trusted."""

    def __init__(self, file: str, names: list[str]) -> None:
        self.names = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        super().__init__(
            f"{file} holds {self.names}, which this project does not trust; do not use the model, "
            "or, if you know these names, list them under models.trusted in config.yaml"
        )


def audit(data: bytes, trust: Trust, *, name: str, most: int) -> list[str]:
    """Return the names that loading the file will use, all of them trusted; refuse it otherwise."""
    with Archive(data, name) as archive:
        check = _Audit(archive, trust, most)
        try:
            check.root(archive.schema())
        except RecursionError as error:
            raise UnsafeModelError(
                f"{name} is nested too deep to be one of ours; do not use the model"
            ) from error
        except HooklineError:
            raise
        except Exception as error:  # what a forger writes may fail anywhere; the answer is always no
            raise check.odd(f"a part is not as skops writes it ({in_words(error)})") from error
        archive.require_all_used()
    if check.untrusted:
        raise UntrustedError(name, sorted(check.untrusted))
    return sorted(check.names)


class _Audit:
    def __init__(self, archive: Archive, trust: Trust, most: int) -> None:
        self.names: set[str] = set()
        self.untrusted: set[str] = set()
        self._archive = archive
        self._trust = trust
        self._most = most
        self._known: dict[int, bytes] = {}
        self._rules: dict[str, Callable[[dict[str, Any], str], tuple[Any, ...]]] = {
            "JsonNode": self._json,
            "DictNode": self._dict,
            "DefaultDictNode": self._default_dict,
            "ListNode": self._items,
            "SetNode": self._items,
            "TupleNode": self._tuple,
            "BytesNode": self._bytes,
            "BytearrayNode": self._bytes,
            "SliceNode": self._slice,
            "FunctionNode": self._function,
            "TypeNode": self._type,
            "ConstructorFromReduceNode": self._constructor,
            "ObjectNode": self._object,
            "NdArrayNode": self._array,
            "MaskedArrayNode": self._masked,
            "DTypeNode": self._dtype,
            "RandomStateNode": self._random_state,
            "RandomGeneratorNode": self._generator,
            "SparseMatrixNode": self._sparse,
            "LossNode": self._loss,
            "TreeNode": self._tree,
            "PartialNode": self._partial,
        }

    def odd(self, why: str) -> UnsafeModelError:
        return UnsafeModelError(f"{self._archive.name} is not a file that skops wrote: {why}; train again")

    def root(self, schema: dict[str, Any]) -> None:
        protocol = schema.pop("protocol", None)
        if protocol != PROTOCOL or isinstance(protocol, bool):
            raise UnsafeModelError(
                f"{self._archive.name} has skops protocol {protocol!r}, this hookline knows {PROTOCOL}; "
                "train again with the libraries of the lock file"
            )
        schema.pop("_skops_version", None)
        if schema.get("__loader__") != "TupleNode" or len(schema["content"]) != 2:
            raise self.odd("it does not hold a preprocessor and an estimator")
        self.node(schema)

    def node(self, state: dict[str, Any]) -> bytes:
        """Check a node and all below it; return a digest of what it will become."""
        loader, module, kind = state["__loader__"], state["__module__"], state["__class__"]
        if not all(isinstance(word, str) and word for word in (loader, module, kind)):
            raise self.odd("a node has no name")
        rule = self._rules.get(loader)
        if rule is None:
            self._refuse(f"{module}.{kind}", f"as {loader}")
            return b""
        parts = rule(state, f"{module}.{kind}")
        digest = hashlib.sha256(repr((loader, module, kind, parts)).encode()).digest()
        # skops builds one object per id and ignores what a second node of that id says, so a forger could
        # have one thing checked and another one built. In an honest file equal ids are equal objects.
        if self._known.setdefault(state["__id__"], digest) != digest:
            raise self.odd("two different parts have the same id")
        return digest

    # ---- plain data ----

    def _json(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content", "is_json")
        if name != "builtins.str" or not isinstance(state["content"], str) or state["is_json"] is not True:
            raise self.odd("a plain value is not plain")
        return (state["content"],)

    def _dict(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content", "key_types")
        self._container("DictNode", name)
        types = state["key_types"]
        if types["__loader__"] != "ListNode" or len(types["content"]) != len(state["content"]):
            raise self.odd("a dictionary does not say what its keys are")
        for kind in types["content"]:
            if kind["__loader__"] != "TypeNode" or _name(kind) not in KEYS:
                self._refuse(_name(kind), "as the type of a key")
        below = [(key, self.node(value)) for key, value in state["content"].items()]
        return (self.node(types), below)

    def _default_dict(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content")
        self._container("DefaultDictNode", name)
        main, factory = state["content"]["main"], state["content"]["default_factory"]
        if main["__loader__"] != "DictNode":
            raise self.odd("a defaultdict holds no dictionary")
        if factory["__loader__"] != "JsonNode" and (
            factory["__loader__"] != "TypeNode" or _name(factory) not in FACTORIES
        ):
            self._refuse(_name(factory), "as the factory of a defaultdict")
        return (self.node(main), self.node(factory))

    def _items(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content")
        self._container(state["__loader__"], name)
        return tuple(self.node(item) for item in state["content"])

    def _tuple(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content")
        if name not in CONTAINERS["TupleNode"]:
            self._allow("object", state)  # a named tuple
        return tuple(self.node(item) for item in state["content"])

    def _bytes(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "file")
        self._container(state["__loader__"], name)
        return (self._archive.check_bytes(state["file"]),)

    def _slice(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content")
        self._container("SliceNode", name)
        ends = [state["content"][word] for word in ("start", "stop", "step")]
        if not all(end is None or isinstance(end, int | str) for end in ends):
            raise self.odd("a slice has odd ends")
        return tuple(ends)

    # ---- what has a name ----

    def _function(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state)
        self._allow("function", state)
        return (name,)

    def _type(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state)
        self._allow("type", state)
        return (name,)

    def _constructor(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content")
        self._allow("constructor", state)
        return (name, self.node(state["content"]))

    def _partial(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content")
        if name not in self._trust.named:
            self._refuse(name, "which calls a function with fixed arguments")
        self.names.add(name)
        return tuple(self.node(state["content"][word]) for word in ("func", "args", "kwds", "namespace"))

    def _object(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content")
        self._allow("object", state)
        content: dict[str, Any] | None = state.get("content")
        digest = None if content is None else self.node(content)
        if name == _PREDICTOR and content is not None:
            check_predictor(self._archive.array(content["content"]["nodes"]["file"]), self._archive.name)
        return (digest,)

    # ---- numbers ----

    def _array(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "type", "file", "content", "shape")
        if name != "numpy.ndarray" and name not in SCALARS:
            self._refuse(name, "as an array")
        self.names.add(name)
        if state["type"] == "numpy":
            return (self._archive.check_array(state["file"]),)
        return (self.node(state["shape"]), [self.node(item) for item in state["content"]])

    def _masked(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content")
        self._exactly(name, "numpy.ma.MaskedArray")
        return (self.node(state["content"]["data"]), self.node(state["content"]["mask"]))

    def _dtype(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content")
        self._exactly(name, "numpy.dtype")
        if state["content"]["__loader__"] != "NdArrayNode":
            raise self.odd("a dtype is not taken from an array")
        return (self.node(state["content"]),)

    def _random_state(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content")
        self._exactly(name, "numpy.random.mtrand.RandomState")
        return (self.node(state["content"]),)

    def _generator(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content")
        self._exactly(name, "numpy.random._generator.Generator")
        bits, seed = state["content"]["bit_generator"], state["content"]["seed_seq"]
        if {bits["__loader__"], seed["__loader__"]} != {"DictNode"}:
            raise self.odd("a random generator has no state")
        if json.loads(bits["content"]["bit_generator"]["content"]) not in _BIT_GENERATORS:
            raise self.odd("a random generator is of no known kind")
        return (self.node(bits), self.node(seed))

    def _sparse(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "type", "file")
        if _SPARSE.fullmatch(name) is None:
            self._refuse(name, "as a sparse matrix")
        self.names.add(name)
        return (self._archive.check_sparse(state["file"], self._most),)

    # ---- scikit-learn's compiled types: skops calls their constructors ----

    def _loss(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content", "__reduce__")
        if name not in LOSSES:
            self._refuse(name, "as a loss")
        self.names.add(name)
        return (self.node(state["__reduce__"]["args"]), self.node(state["content"]))

    def _tree(self, state: dict[str, Any], name: str) -> tuple[Any, ...]:
        self._keys(state, "content", "__reduce__")
        self._exactly(name, _TREE)
        if name != _TREE:
            return ()
        digests = (self.node(state["__reduce__"]["args"]), self.node(state["content"]))
        features = json.loads(state["__reduce__"]["args"]["content"][0]["content"])
        content = state["content"]["content"]
        nodes, values = (self._archive.array(content[word]["file"]) for word in ("nodes", "values"))
        check_tree(nodes, values, features, json.loads(content["node_count"]["content"]), self._archive.name)
        return digests

    # ---- rules shared by several ----

    def _keys(self, state: dict[str, Any], *known: str) -> None:
        unknown = state.keys() - _COMMON - set(known)
        if unknown:
            raise self.odd(f"a {state['__loader__']} has {min(unknown)!r}")

    def _container(self, loader: str, name: str) -> None:
        if name not in CONTAINERS[loader] and name not in self._trust.named:
            self._refuse(name, f"as {loader}")
        self.names.add(name)

    def _exactly(self, name: str, wanted: str) -> None:
        if name != wanted:
            self._refuse(name, f"in place of {wanted}")
        self.names.add(name)

    def _allow(self, role: Role, state: dict[str, Any]) -> None:
        if not self._trust.allows(role, state["__module__"], state["__class__"]):
            self.untrusted.add(_name(state))
        self.names.add(_name(state))

    def _refuse(self, name: str, why: str) -> None:
        self.untrusted.add(f"{name} ({why})")


def _name(state: dict[str, Any]) -> str:
    return f"{state['__module__']}.{state['__class__']}"
