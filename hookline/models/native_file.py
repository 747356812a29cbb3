"""Write and read the file that holds the user's preprocessor and estimator."""

from __future__ import annotations

import io
import warnings
from typing import Any, Literal

from hookline.errors import ModelError, UnsafeModelError
from hookline.hooks.call import in_words
from hookline.hooks.source import import_source
from hookline.hooks.surface import TRAIN
from hookline.models.policy import LoadPolicy
from hookline.models.skops_audit import UntrustedError, audit
from hookline.models.trust import Trust

__all__ = ["NATIVE_FILES", "dump_native", "load_native"]

NATIVE_FILES: dict[Literal["skops", "joblib"], str] = {"skops": "model.skops", "joblib": "model.joblib"}
_REMEDY = (
    "keep only plain data, numpy arrays and scikit-learn objects in Preprocessor and model, or set "
    "models.allow_joblib: true in config.yaml if you trust everybody who can write to the model store"
)


def dump_native(preprocessor: Any, estimator: Any, policy: LoadPolicy) -> tuple[str, bytes]:
    """Return the file's name and bytes: skops where it can hold the objects, joblib only where allowed.

    What is written has passed the same check as when it is read, so a model that trains also loads.
    """
    try:
        return NATIVE_FILES["skops"], _to_skops(preprocessor, estimator, policy)
    except ModelError as error:
        if not policy.allow_joblib:
            raise
        reason = error
    import joblib  # noqa: PLC0415 - only where it is allowed

    buffer = io.BytesIO()
    try:
        joblib.dump((preprocessor, estimator), buffer)
    except Exception as error:
        raise ModelError(
            f"neither skops ({reason}) nor joblib ({in_words(error)}) can store the model; "
            "keep open files, locks, lambdas and local functions out of Preprocessor and model"
        ) from error
    return NATIVE_FILES["joblib"], buffer.getvalue()


def load_native(data: bytes, policy: LoadPolicy, *, name: str = "model.skops") -> tuple[Any, Any]:
    """Return preprocessor and estimator from bytes that were held against the manifest."""
    loaded = (
        _from_joblib(data, policy, name)
        if name == NATIVE_FILES["joblib"]
        else _from_skops(data, policy, name)
    )
    if not isinstance(loaded, tuple) or len(loaded) != 2:
        raise UnsafeModelError(f"{name} does not hold a preprocessor and an estimator; train again")
    return loaded


def _to_skops(preprocessor: Any, estimator: Any, policy: LoadPolicy) -> bytes:
    import skops.io  # noqa: PLC0415 - imports all of scikit-learn

    try:
        data: bytes = skops.io.dumps((preprocessor, estimator))
    except RecursionError as error:
        raise ModelError(f"skops cannot store the model: an object holds itself; {_REMEDY}") from error
    except Exception as error:  # skops passes on whatever an object's own __getstate__ raises
        raise ModelError(f"skops cannot store the model ({in_words(error)}); {_REMEDY}") from error
    try:
        audit(data, Trust(policy), name=NATIVE_FILES["skops"], most=policy.max_file_bytes)
    except UntrustedError as error:
        raise ModelError(
            f"the model holds {error.names}, which would be refused at loading; if you know these names, "
            f"list them under models.trusted in config.yaml; otherwise {_REMEDY}"
        ) from error
    except UnsafeModelError as error:
        raise ModelError(f"skops cannot store the model faithfully ({error}); {_REMEDY}") from error
    return data


def _from_skops(data: bytes, policy: LoadPolicy, name: str) -> Any:
    import skops.io  # noqa: PLC0415 - imports all of scikit-learn

    names = audit(data, Trust(policy), name=name, most=policy.max_file_bytes)
    try:
        with _quiet():
            return skops.io.loads(data, trusted=names)
    except Exception as error:
        raise UnsafeModelError(f"{name} cannot be read ({in_words(error)}); train again") from error


def _from_joblib(data: bytes, policy: LoadPolicy, name: str) -> Any:
    if not policy.allow_joblib:
        raise UnsafeModelError(
            f"{name} is a joblib file, and reading one runs whatever code it holds; "
            "train a model that skops can store, or set models.allow_joblib: true if you trust its maker"
        )
    import joblib  # noqa: PLC0415 - only where it is allowed

    if policy.root is not None:
        import_source(policy.root, TRAIN)
    try:
        with _quiet():
            return joblib.load(io.BytesIO(data))
    except Exception as error:
        raise UnsafeModelError(f"{name} cannot be read ({in_words(error)}); train again") from error


def _quiet() -> warnings.catch_warnings[None]:
    # scikit-learn warns about other versions of itself; `models.library_versions` has decided on that.
    return warnings.catch_warnings(action="ignore")
