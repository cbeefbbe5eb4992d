"""The examples in the package's docstrings give the results they show.

Each module with examples is a test here; pytest's ``--doctest-modules`` would import and search every module of the
package and of the tests in each process.
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
def test_the_examples_of_a_module_give_the_results_they_show(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # for files that an example creates
    failed, with_examples = doctest.testmod(import_module(name), report=True)
    assert with_examples > 0
    assert failed == 0, "see the output above"
