"""Bodies → rows that keep the contract, or the problem that says which does not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Any, TypeAlias

from pydantic import FailFast, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from hookline.contract import Contract, Feature
from hookline.errors import ConfigError
from hookline.service.faults import RowInspector
from hookline.service.pieces import pieces
from hookline.service.problems import Problem
from hookline.service.rowtype import Row, row_type
from hookline.service.syntax import require_sane_numbers, syntax_problem

__all__ = ["RowReader"]

_Parse: TypeAlias = Callable[[bytes], list[Row]]


class RowReader:
    """Read bodies: what is right at once; what is not a second time, to say what is wrong with it."""

    def __init__(self, contract: Contract, *, id_name: str = "", max_rows: int = 10_000) -> None:
        if id_name in contract.names:
            raise ConfigError(
                f"service.ID_NAME is {id_name}, which is a feature of the model too; "
                "an ID never reaches the model, so give it another name"
            )
        self.contract = contract
        row = row_type(contract, id_name)
        self.type: Any = Annotated[list[row], Field(min_length=1, max_length=max_rows)]  # type: ignore[valid-type]  # see row_type
        self._id_name = id_name
        self._max_rows = max_rows
        self._parse: _Parse = _adapter(Annotated[self.type, FailFast()]).validator.validate_json
        self._inspector = RowInspector(
            contract, _adapter(row).validator.validate_python, id_name=id_name, max_rows=max_rows
        )

    def read(self, body: bytes) -> list[Row]:
        """Return the rows of `body`."""
        require_sane_numbers(body)
        try:
            return self._parse(body)
        except ValidationError:
            raise self._problem(body) from None

    def read_large(self, body: bytes) -> list[Row]:
        """Return the rows of `body`, parsed in pieces: between two of them other threads have their turn."""
        require_sane_numbers(body)
        rows: list[Row] = []
        try:
            for piece in pieces(body):
                rows += self._parse_piece(piece)
                if len(rows) > self._max_rows:
                    break
            else:
                return rows
        except ValidationError:
            pass  # what is wrong is said of the whole body, which may be right: see `pieces`
        return self.read(body)

    def _parse_piece(self, piece: bytes) -> list[Row]:
        if self._parse_known is not None:
            rows = self._parse_known(piece)
            if rows and piece.count(b":") == sum(map(len, rows)):
                return rows
        return self._parse(piece)

    @cached_property
    def _parse_known(self) -> _Parse | None:
        """Pass over fields that the contract does not have, where it is cheaper to tell whether any are.

        To look each up takes a fifth of the time. But if no name and no value may have a colon, every colon
        stands for a field: where there are as many as fields were taken, none was passed over or came twice.
        """
        if self._id_name or any(map(_may_have_colon, self.contract)):
            return None
        row = row_type(self.contract, extra="ignore")
        parse: _Parse = _adapter(Annotated[list[row], FailFast()]).validator.validate_json  # type: ignore[valid-type]  # see row_type
        return parse

    def _problem(self, body: bytes) -> Problem:
        try:
            rows = from_json(body)
        except ValueError as error:
            return syntax_problem(body, str(error))
        return self._inspector.problem(rows)


def _may_have_colon(feature: Feature) -> bool:
    numeric = feature.type in {"float", "int", "bool"}
    chosen = feature.type == "category" and feature.unknown == "reject"
    texts = [feature.name, *(feature.choices or ())]
    return not (numeric or chosen) or any(":" in text for text in texts)


def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
