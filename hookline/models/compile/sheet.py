"""The columns that flow through a graph. Picking and joining writes nothing until a matrix is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias

from hookline.contract.contract import Contract
from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.tensor import Tensor, concat

__all__ = ["Sheet", "Slot"]

Kind: TypeAlias = Literal["number", "text", "time"]


@dataclass(frozen=True, slots=True)
class Slot:
    """Stand for one column: the `place`-th of a tensor that is `width` wide."""

    tensor: Tensor
    place: int
    width: int
    kind: Kind = "number"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Hold columns in order."""

    slots: tuple[Slot, ...]

    @classmethod
    def of(cls, tensor: Tensor, width: int) -> Sheet:
        """Make a sheet of all columns of a tensor of numbers."""
        return cls(tuple(Slot(tensor, i, width) for i in range(width)))

    @classmethod
    def of_contract(cls, matrix: Tensor, contract: Contract) -> Sheet:
        """Make the sheet of a contract's features, in its order."""
        features = list(enumerate(contract))
        kinds: dict[str, Kind] = {"category": "text", "string": "text", "datetime": "time"}
        return cls(
            tuple(Slot(matrix, i, len(features), kinds.get(f.type, "number"), f.name) for i, f in features)
        )

    def __len__(self) -> int:
        return len(self.slots)

    def __iter__(self) -> Iterator[Slot]:
        return iter(self.slots)

    def __add__(self, other: Sheet) -> Sheet:
        return Sheet(self.slots + other.slots)

    def pick(self, places: Iterable[int]) -> Sheet:
        """Pick columns."""
        return Sheet(tuple(self.slots[place] for place in places))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """List what the columns hold."""
        return tuple(slot.kind for slot in self.slots)

    def numbers(self, reader: object) -> Tensor:
        """Make the matrix, for a reader that calculates; text and time are refused."""
        for slot in self.slots:
            if slot.kind != "number":
                name = slot.name or "a column"
                raise CannotCompileError(
                    f"{name} holds {slot.kind} and reaches {type(reader).__name__} as it is"
                )
        return self.codes()

    def codes(self) -> Tensor:
        """Make the matrix, for a reader that only compares: text is codes, null is NaN."""
        if not self.slots:
            raise CannotCompileError("no columns are left")
        for slot in self.slots:
            if slot.kind == "time":
                raise CannotCompileError(f"{slot.name} is a datetime, which graphs do not calculate with")
        runs = groupby(self.slots, key=lambda slot: slot.tensor.name)
        return concat([_columns(list(run)) for _, run in runs])


def _columns(run: list[Slot]) -> Tensor:
    places = [slot.place for slot in run]
    whole = places == list(range(run[0].width))
    return run[0].tensor if whole else run[0].tensor.take(places)
