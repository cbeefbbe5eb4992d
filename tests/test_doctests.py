"""The examples in the docstrings of the package give what they say.

Each module with examples is a test here, rather than by pytest's ``--doctest-modules``, which would import and search
every module of the package and of the tests in each of its processes.
"""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import doge_datagen

ROOT = Path(doge_datagen.__file__).parent
WITH_EXAMPLES = [
    ".".join((ROOT.name, *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for path in sorted(ROOT.rglob("*.py"))
    if ">>>" in path.read_text("utf-8")
]


def test_there_are_modules_with_examples():
    assert len(WITH_EXAMPLES) > 100


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_give_what_they_say(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where an example may leave files
    failed, tried = doctest.testmod(import_module(name), report=True)
    assert tried > 0
    assert failed == 0, "see the output above"
