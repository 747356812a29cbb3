"""The hooks' names, files, parameters and answers: the only table of them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "DATA_LOADER",
    "GET_CLASSES",
    "LOAD_DATA",
    "METHODS",
    "TRAIN",
    "TRAIN_MODEL",
    "Surface",
    "file_of",
    "surface",
]

DATA_LOADER = "source.data.data_loader"
TRAIN = "source.model.train"


@dataclass(frozen=True, slots=True)
class Surface:
    """Say where a hook stands, what it is given and what must come back."""

    name: str
    module: str
    parameters: tuple[str, ...]
    answer: str

    @property
    def owner(self) -> str | None:
        """Name the class, if the hook is a method."""
        return self.name.split(".")[0] if "." in self.name else None

    @property
    def definition(self) -> str:
        """Show the line that defines the hook."""
        own = ("self",) if self.owner else ()
        return f"def {self.name.split('.')[-1]}({', '.join(own + self.parameters)})"


LOAD_DATA = Surface(
    "DataLoader.load_data",
    DATA_LOADER,
    ("n_rows=None",),
    "a pandas DataFrame with all features and the target",
)
METHODS = (
    Surface(
        "Preprocessor.split_X_y", TRAIN, ("data",), "two things: X (a DataFrame) and y (one value per row)"
    ),
    Surface("Preprocessor.fit_X", TRAIN, ("X",), "nothing; what was learned is kept in self"),
    Surface("Preprocessor.process_X", TRAIN, ("X",), "one row of model input per row of X"),
    Surface("Preprocessor.fit_y", TRAIN, ("y",), "nothing; what was learned is kept in self"),
    Surface("Preprocessor.process_y", TRAIN, ("y",), "one value per row of y"),
)
TRAIN_MODEL = Surface(
    "train_model", TRAIN, ("X_processed", "y_processed"), "a fitted model with a method predict"
)
GET_CLASSES = Surface("get_classes", TRAIN, ("model",), "the class names, in the order of predict_proba")

_BY_NAME = {each.name: each for each in (LOAD_DATA, *METHODS, TRAIN_MODEL, GET_CLASSES)}


def surface(name: str) -> Surface | None:
    """Return the hook called `name`, if it is one."""
    return _BY_NAME.get(name)


def file_of(module: str) -> str:
    """Name a module's file, seen from the project's root."""
    return module.replace(".", "/") + ".py"
