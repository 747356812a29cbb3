"""Draft a features.yaml from data: read a sample, guess, write. A draft is a start, not a verdict."""

from hookline.contract.infer.data import ROWS, Data, Reading, read_data
from hookline.contract.infer.draft import ColumnDraft, Draft
from hookline.contract.infer.guess import draft_contract
from hookline.contract.infer.write import draft_text

__all__ = ["ROWS", "ColumnDraft", "Data", "Draft", "Reading", "draft_contract", "draft_text", "read_data"]
