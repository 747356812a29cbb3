from __future__ import annotations

import pytest

from tests.framework.docs.conftest import ReadPage
from tests.framework.docs.pages import pages_of


@pytest.mark.parametrize("page", pages_of("files"))
def test_what_the_manual_shows_is_what_happens(read_page: ReadPage, page: str) -> None:
    read_page(page)
