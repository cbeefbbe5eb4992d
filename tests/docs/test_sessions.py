"""What commands say on the pages is what they say."""

import runpy

import pytest

from tests.docs.pages import ROOT, all_pages, blocks, name_of
from tests.docs.test_live_page import PAGE as LIVE

SESSIONS = runpy.run_path(str(ROOT / "docs" / "generate_sessions.py"))


@pytest.mark.parametrize("page", SESSIONS["PAGES"], ids=name_of)
def test_a_session_on_a_page_says_what_the_commands_say(page, tmp_path):
    text, masked = page.read_text(), SESSIONS["masked"]
    assert masked(SESSIONS["page"](text, tmp_path)) == masked(text), "run: python docs/generate_sessions.py"


def test_no_page_has_a_session_that_is_not_run():
    with_sessions = {page for page in all_pages() if any(block.language == "console" for block in blocks(page))}
    assert with_sessions == {*SESSIONS["PAGES"], LIVE}  # live runs have no end; a test of their own ends them


def test_the_page_about_models_shows_every_command_for_them():
    text = SESSIONS["PAGES"][0].read_text()
    for command in ("new", "check", "preview", "graph", "run", "schema"):
        assert f"$ doge {command} " in text, command
