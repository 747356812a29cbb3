"""Write the table of errors."""

from __future__ import annotations

from hookline.service.problems import PROBLEMS

__all__ = ["problems_reference"]

_WHEN = {
    "malformed": "the body is empty, cut off, not UTF-8, no JSON or more than that, nested too deep, or has "
    "a number of more than 4,300 digits; or what came is not HTTP",
    "unauthorized": "keys are set, and the request has none or one that is not in the list; "
    "`WWW-Authenticate` says how to send one",
    "forbidden": "the key lacks the scope that the endpoint needs",
    "not-found": "there is nothing at the path",
    "method-not-allowed": "the path knows other methods; `Allow` names them",
    "too-slow": "headers or body took longer than `header_timeout`, `body_timeout`; the connection is closed",
    "too-large": "the body is larger than `max_body_bytes`, by its header or by counting; it is not read on",
    "media-type": "the content type is not JSON, or the body is compressed",
    "invalid": "rows break the contract, or are more than `max_rows`",
    "unanswerable": "the contract allows the row, but the model's answer to it is not a finite number",
    "log-query": "a filter of the log, or a query's parameter, is not understood",
    "no-log": "nothing is in the log's database yet, or the embedded log is switched off",
    "log-unreadable": "the log's database cannot be read now, or too many read it; with `Retry-After`",
    "rate-limit": "more rows than `access.rows_per_second`; `Retry-After` says how long to wait",
    "headers-too-large": "the headers have more than `max_header_bytes`; the connection is closed",
    "internal": "anything unforeseen: an error of ours or of a hook; the log has it under the request's id",
    "overloaded": "a worker answers `max_in_flight` requests already, or many large bodies are on their way "
    "to it; `Retry-After` says how long to wait",
    "not-ready": "no model is loaded yet, or the service is stopping; with `Retry-After`",
    "not-logged": "the prediction log takes no records, and nothing is answered without; with `Retry-After`",
}


def problems_reference() -> str:
    """Return the table, in the order of `PROBLEMS`."""
    head = "| status | kind | when | what to do |\n|---|---|---|---|\n"
    return head + "\n".join(
        f"| {rule.status} | `{kind}` | {_WHEN[kind]} | {rule.help} |" for kind, rule in PROBLEMS.items()
    )
