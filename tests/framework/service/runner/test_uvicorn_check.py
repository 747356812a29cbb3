from __future__ import annotations

import inspect

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from hookline.errors import HooklineError
from hookline.service.runner import uvicorn_check
from hookline.service.runner.uvicorn_check import check_uvicorn


def test_the_installed_uvicorn_has_what_the_guards_need() -> None:
    check_uvicorn()


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (HttpToolsProtocol, "on_headers_complete"),
        (HttpToolsProtocol, "send_400_response"),
        (uvicorn.Server, "startup"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_uvicorn_without_a_method_is_refused(
    owner: type, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(owner, name)
    with pytest.raises(HooklineError, match=rf"lacks {owner.__name__}\.{name}, .* install the version"):
        check_uvicorn()


def test_a_uvicorn_with_other_attributes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Renamed:
        def __init__(self) -> None:
            self.finished = False

    monkeypatch.setattr(
        uvicorn_check, "_ATTRIBUTES", {Renamed: uvicorn_check._ATTRIBUTES[RequestResponseCycle]}
    )
    with pytest.raises(HooklineError, match=r"lacks Renamed\.disconnected, Renamed\.keep_alive"):
        check_uvicorn()


def test_a_uvicorn_that_asks_more_of_an_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn_check, "_OF_A_CYCLE", uvicorn_check._OF_A_CYCLE - {"keep_alive"})
    with pytest.raises(HooklineError, match="an answer without keep_alive"):
        check_uvicorn()


@pytest.mark.parametrize("owner", uvicorn_check._ATTRIBUTES, ids=lambda owner: owner.__name__)
def test_the_text_of_a_class_is_what_python_takes_for_it(owner: type) -> None:
    assert uvicorn_check._source_of(owner).rstrip() == inspect.getsource(owner).rstrip()
