"""The command output on the pages is the real output."""

import pytest

from tests.docs.pages import SESSIONS, all_pages, blocks, has_python, name_of
from tests.docs.test_live_page import PAGE as LIVE

WITHOUT_PYTHON = [page for page in SESSIONS["PAGES"] if not has_python(page)]


@pytest.mark.slow
@pytest.mark.parametrize("page", WITHOUT_PYTHON, ids=name_of)
def test_a_session_on_a_page_shows_the_real_output(page, tmp_path):
    """Sessions between Python blocks are run with those, in ``test_docs``."""
    text, masked = page.read_text(), SESSIONS["masked"]
    assert masked(SESSIONS["page"](text, tmp_path)) == masked(text), SESSIONS["CURE"]


def test_no_page_has_a_session_that_is_not_run():
    with_sessions = {page for page in all_pages() if any(block.language == "console" for block in blocks(page))}
    assert with_sessions == {*SESSIONS["PAGES"], LIVE}  # live runs have no end; they have their own test


def test_the_page_about_models_shows_every_command_for_them():
    text = SESSIONS["PAGES"][0].read_text()
    for command in ("demo", "new", "check", "preview", "graph", "run", "schema"):
        assert f"$ doge {command} " in text, command
