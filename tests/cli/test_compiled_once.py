"""A command parses, checks and translates its model once."""

import sys
import threading
from collections import Counter
from contextlib import contextmanager

import pytest

from doge_datagen import Model
from doge_datagen.modelfile.yaml_nodes import compose
from doge_datagen.program.checks import structural_problems
from doge_datagen.program.translation import translate
from tests.cli.doge import LAMP, doge

pytestmark = pytest.mark.usefixtures("folder")

STEPS = {compose.__code__: "parsed", structural_problems.__code__: "checked", translate.__code__: "translated"}
ONCE = {"parsed": 1, "checked": 1, "translated": 1}
BACKFILL = "--start 2024-01-01 --until 2024-01-01T00:00:40Z --subjects 3"


@contextmanager
def counted():
    """Counts how often each step happens during the block, in any thread."""
    result = Counter()

    def count(frame, event, _):
        if event == "call" and frame.f_code in STEPS:
            result[STEPS[frame.f_code]] += 1

    before = sys.getprofile()
    threading.setprofile(count)
    sys.setprofile(count)
    try:
        yield result
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "check lamp.yaml",
        "check lamp.yaml --subjects 20 --until 2030-01-01",
        "preview lamp.yaml --seed 7",
        "graph lamp.yaml",
        "run lamp.yaml --dry-run",
        f"run lamp.yaml --seed 7 {BACKFILL}",
        f"run lamp.yaml --run-id nightly {BACKFILL}",
    ],
)
def test_a_command_compiles_its_model_once(command):
    with counted() as actual:
        done = doge(*command.split())
    assert (done.exit_code, actual) == (0, ONCE)


def test_a_model_in_python_is_compiled_when_it_is_loaded_and_never_again(folder):
    with counted() as actual:
        model = Model.load("lamp.yaml").resized(subjects=3, ticks=20)
        model.table("dark", seed=7, start=0)
        model.run("files", seed=7, until=1_714_975_210_000)
    assert actual == ONCE


def test_an_invalid_model_is_parsed_once_too(folder):
    (folder / "lamp.yaml").write_text(LAMP.replace("times += 1", "tims += 1").replace("out/dark.csv", "dark.docx"))
    with counted() as actual:
        done = doge("check", "lamp.yaml")
    assert (done.exit_code, len(done.stderr.splitlines()), actual) == (2, 2, ONCE)
