"""Arrow arrays are created and read without pandas even if it is installed, as importing it takes long."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from doge_datagen.arrow_arrays import booleans, integers, no_records, numbers, numpy_values, scalar, texts

RUN = """
import sys
from doge_datagen import Clock, Model, Population, Stream, Transition
shown = {"a": "index", "b": "index / 2", "c": "index > 2", "d": "trigger", "f": "timestamp"}
shown["e"] = "f'{index:03d} {timestamp}'"
names = ["jsonl", "csv", "parquet", "arrow", "avro", "duckdb", "db", "screen"]
places = {it: f"o.{it}" for it in names} | {"duckdb": "duckdb:///o.duckdb", "db": "sqlite:///o.db", "screen": "console"}
model = Model(
    name="all",
    subjects=Population("one", 9, {"text": "f'-{index}-'"}),
    states=["on"],
    initial="on",
    transitions=[Transition("go", "on", "on", 50, emit=names)],
    streams={it: Stream({**shown, "g": "text"}, key="index", headers={"h": "trigger"}) for it in names},
    clock=Clock(0, 1000, 9),
    targets={"every": places},
)
for engine in ("interpreted", "compiled"):
    model.run(target="every", seed=7, engine=engine)
import importlib.util
print(importlib.util.find_spec("pandas") is not None, "pandas" in sys.modules)
"""


@pytest.mark.slow
def test_a_run_to_files_databases_and_the_screen_does_not_import_pandas(tmp_path):
    done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "True False"


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (numbers(np.array([1.5, -2.0]), pa.float64()), pa.array([1.5, -2.0])),
        (numbers(np.array([7, 8, 9])[1:], pa.timestamp("ms", "UTC")), pa.array([8, 9], pa.timestamp("ms", "UTC"))),
        (integers(np.array([3, 255], "uint8")), pa.array([3, 255])),
        (integers(np.array([2**32 - 1], "uint32")), pa.array([2**32 - 1])),
        (booleans(np.arange(20) % 3 == 0), pa.array([it % 3 == 0 for it in range(20)])),
        (booleans(np.array([], bool)), pa.array([], pa.bool_())),
        (texts(["", "ß", "a\0b"]), pa.array(["", "ß", "a\0b"])),
        (texts([]), pa.array([], pa.string())),
    ],
)
def test_arrays_equal_those_of_pyarrow(array, expected):
    array.validate(full=True)
    assert array.equals(expected)


def test_scalars_equal_those_of_pyarrow():
    assert scalar("ß") == pa.scalar("ß")
    assert scalar(b"\0\1") == pa.scalar(b"\0\1")


@pytest.mark.parametrize(
    "values",
    [[1, 2, 3], [0.5, -0.0, 1e300], [True, False, True], []],
    ids=["integers", "floats", "booleans", "nothing"],
)
def test_plain_text_is_unchanged(values):
    array = pa.array(values, None if values else pa.int64())
    assert numpy_values(array).tolist() == values
    assert numpy_values(array.slice(1)).tolist() == values[1:]


def test_moments_are_integers():
    assert numpy_values(pa.array([5, 6], pa.timestamp("ms", "UTC"))).tolist() == [5, 6]


def test_a_batch_without_records_has_its_schema():
    schema = pa.schema([pa.field("a", pa.string(), nullable=False), ("b", pa.timestamp("ms", "UTC"))])
    assert no_records(schema).schema == schema
    assert no_records(schema).num_rows == 0
