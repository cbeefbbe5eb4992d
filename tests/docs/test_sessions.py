"""What commands say on the pages is what they say."""

import pytest

from tests.docs.pages import SESSIONS, all_pages, blocks, has_python, name_of
from tests.docs.test_live_page import PAGE as LIVE

WITHOUT_PYTHON = [page for page in SESSIONS["PAGES"] if not has_python(page)]


@pytest.mark.slow
@pytest.mark.parametrize("page", WITHOUT_PYTHON, ids=name_of)
def test_a_session_on_a_page_says_what_the_commands_say(page, tmp_path):
    """Those between Python blocks are run together with them, in ``test_docs``."""
    text, masked = page.read_text(), SESSIONS["masked"]
    assert masked(SESSIONS["page"](text, tmp_path)) == masked(text), SESSIONS["CURE"]


def test_no_page_has_a_session_that_is_not_run():
    with_sessions = {page for page in all_pages() if any(block.language == "console" for block in blocks(page))}
    assert with_sessions == {*SESSIONS["PAGES"], LIVE}  # live runs have no end; a test of their own ends them


def test_the_page_about_models_shows_every_command_for_them():
    text = SESSIONS["PAGES"][0].read_text()
    for command in ("demo", "new", "check", "preview", "graph", "run", "schema"):
        assert f"$ doge {command} " in text, command
