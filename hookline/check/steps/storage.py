"""What training will write to disk must come back the same, in a program that has not run fit_X."""

from __future__ import annotations

from typing import Any, NoReturn

from hookline.check.bench import Bench
from hookline.check.compare import as_frame, difference
from hookline.check.steps.model import predict, same
from hookline.check.steps.naming import circumstance
from hookline.errors import ModelError
from hookline.hooks import answers, hook_call
from hookline.hooks.source import forget_source, open_source
from hookline.models.native_file import dump_native, load_native
from hookline.models.policy import LoadPolicy

_HOOK = "train_model"
_KEEP_IN_SELF = "keep all that fit_X learns in self; a global variable is not stored with the model"
_LOADED = "after the model was stored and loaded"


def round_trip(bench: Bench) -> str:
    """Store, forget everything imported, load, and ask again."""
    policy = LoadPolicy.from_settings(bench.project.settings.models, bench.project.root)
    before = predict(bench, bench.processed)
    name, data = _stored(bench, policy)
    forget_source()
    open_source(bench.project.root)
    try:
        preprocessor, bench.model = load_native(data, policy, name=name)
    except ModelError as error:
        _refuse(_HOOK, error)
    with circumstance(_LOADED, _KEEP_IN_SELF):
        processed = answers.process_X(preprocessor, bench.X)
        found = difference(as_frame(bench.processed), as_frame(processed))
        if found is not None:
            answers.refuse("Preprocessor.process_X", found.came, _KEEP_IN_SELF, expected=found.expected)
        if not same(before, predict(bench, processed)):
            answers.refuse(_HOOK, "other predictions", _KEEP_IN_SELF, expected="the same predictions")
    return f"{name}, {len(data):,} bytes"


def _stored(bench: Bench, policy: LoadPolicy) -> tuple[str, bytes]:
    try:
        with hook_call(_HOOK):
            return dump_native(bench.preprocessor, bench.model, policy)
    except ModelError as error:
        for hook, owner, holder in (
            ("Preprocessor", "self", bench.preprocessor),
            (_HOOK, "model", bench.model),
        ):
            for name, value in getattr(holder, "__dict__", {}).items():
                alone = _fault_of(value, policy)
                if alone is not None:
                    _refuse(hook, alone, f"{owner}.{name}, a {type(value).__name__}: ")
        _refuse(_HOOK, error)


def _fault_of(value: Any, policy: LoadPolicy) -> ModelError | None:
    try:
        dump_native(value, None, policy)
    except ModelError as error:
        return error
    return None


def _refuse(hook: str, error: ModelError, what: str = "") -> NoReturn:
    reason, _, remedy = str(error).partition("; ")
    answers.refuse(hook, what + reason, remedy, expected="what a model file can hold")
