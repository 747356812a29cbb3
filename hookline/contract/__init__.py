"""features.yaml and what follows from it."""

from hookline.contract.contract import Contract
from hookline.contract.feature import Feature
from hookline.contract.parse import contract_from_plain, parse_contract, parse_contract_text

__all__ = ["Contract", "Feature", "contract_from_plain", "parse_contract", "parse_contract_text"]
