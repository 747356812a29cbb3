"""What a new contract changes for those who call the service."""

from hookline.contract.diff.change import Change
from hookline.contract.diff.contracts import diff
from hookline.contract.diff.side import Side, read_side

__all__ = ["Change", "Side", "diff", "read_side"]
