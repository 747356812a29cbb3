"""The user's door: base classes, and the only module that finds and imports `source/`."""

from hookline.hooks.answers import class_names, fit_model, process_X, process_y, split_X_y
from hookline.hooks.call import hook_call
from hookline.hooks.fault import Fault
from hookline.hooks.load import Hooks, load_hooks
from hookline.hooks.source import open_source

__all__ = [
    "Fault",
    "Hooks",
    "class_names",
    "fit_model",
    "hook_call",
    "load_hooks",
    "open_source",
    "process_X",
    "process_y",
    "split_X_y",
]
