"""Every Python block in README and docs runs, in the order of its page, and prints what the page says.

Commands between the blocks are run too: a block may read what a command wrote.
"""

import sys
from pathlib import Path

import pytest

from doge_datagen import Model
from doge_datagen.graph import graph_of
from tests.docs.pages import ROOT, SESSIONS, Block, all_pages, blocks, has_python, name_of, servers
from tests.examples.programs import run

PAGES = [page for page in all_pages() if has_python(page)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder for files of a page's code; its modules are unloaded afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if Path(getattr(sys.modules[name], "__file__", None) or "").parent == tmp_path:
            del sys.modules[name]


def execute(page, block: Block, namespace):
    """Run a block so that tracebacks show line numbers of the page."""
    code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
    exec(code, namespace)


def walk(page, folder, capsys):
    """Run all blocks of a page."""
    namespace = {"__name__": "__main__"}
    printed = None
    for block in blocks(page):
        if block.language == "text" and block.follows_directly and printed is not None:
            assert printed == block.text, f"{name_of(page)}:{block.line}"
            printed = None
            continue
        assert not printed, f"{name_of(page)}: before line {block.line}: the page does not show {printed!r}"
        printed = run_block(page, block, namespace, folder, capsys)
    assert not printed, f"{name_of(page)}: at its end: the page does not show {printed!r}"


def run_block(page, block, namespace, folder, capsys):
    """Run a block if it is runnable; returns what a Python block printed."""
    if block.language == "console" and page in SESSIONS["PAGES"]:
        said, masked = SESSIONS["session"](block.text, folder), SESSIONS["masked"]
        assert masked(said) == masked(block.text), f"{name_of(page)}:{block.line}: {SESSIONS['CURE']}"
    if block.language in {"python", "yaml"} and block.file_name is not None:
        save(block, folder)
    elif block.language == "python":
        execute(page, block, namespace)
    return capsys.readouterr().out if block.language == "python" else None


def save(block, folder):
    """Save a block that is a file; run it if it is a test."""
    (folder / block.file_name).write_text(block.text)
    if block.file_name.startswith("test_"):
        assert " passed" in run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", block.file_name)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_code_of_a_page_works_as_shown(page, folder, request, monkeypatch, capsys):
    for variable, fixture in servers(page).items():
        monkeypatch.setenv(variable, request.getfixturevalue(fixture))
    walk(page, folder, capsys)


def test_the_picture_in_the_readme_is_that_of_its_model(folder):
    shown = {block.language: block for block in blocks(ROOT / "README.md")}
    save(shown["yaml"], folder)
    assert graph_of(Model.load("bank.yaml").spec).mermaid() == shown["mermaid"].text


def test_the_readme_has_at_most_130_lines():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 130
