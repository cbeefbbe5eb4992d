"""The page about the architecture names every file, as it names itself, and the floors that the checks hold."""

import re
import runpy
import tomllib

import pytest

from tests.docs.pages import ROOT

GENERATOR = runpy.run_path(str(ROOT / "docs" / "generate_architecture.py"))
TEXT = GENERATOR["PAGE"].read_text()
MODULES = [path for path in GENERATOR["SOURCE"].rglob("*.py") if path.stem != "__init__"]


def test_the_tables_are_what_the_modules_say():
    assert GENERATOR["page"](TEXT) == TEXT, "run: python docs/generate_architecture.py"


@pytest.mark.parametrize("folder", GENERATOR["folders"]())
def test_every_folder_has_a_table(folder):
    assert f"<!-- files: {folder} -->\n" in TEXT


def test_every_module_is_named():
    assert [path.name for path in MODULES if f"]({path.relative_to(ROOT).as_posix()})" not in TEXT] == []


def test_the_floors_are_those_that_are_checked():
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    (contract,) = tool["importlinter"]["contracts"]
    floors = re.search(r"```\n(cli .*?)```", TEXT, re.DOTALL)[1].splitlines()
    assert [re.split(r"\s{2,}", floor)[0] for floor in floors] == contract["layers"]
