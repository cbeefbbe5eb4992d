"""The estimated size of records: never less than the actual size, except for some numbers with a format."""

import pyarrow as pa
import pytest

from doge_datagen.engine.recording.record_batches import RecordAssembler, TextSources, size_of
from doge_datagen.language.texts import Either, InitialText, Joined, Literal, ShownValue
from doge_datagen.language.types import Typed
from tests.compiling import program_of
from tests.engine.models import MODELS, model_named, windows

COLUMNS = [Typed("trigger", "string", frozenset({"a", "größte"})), Typed("a_x", "float"), Typed("a_x < 1", "boolean")]
HELD = {"name": pa.array(["", "ß" * 9, "abc"]), "none": pa.array([], pa.string())}


@pytest.mark.parametrize(
    ("part", "size"),
    [
        (1, 8),
        (Literal("größe"), 7),
        (InitialText("name"), 18),
        (InitialText("none"), 0),
        (ShownValue(0, "string"), 8),
        (ShownValue(1, "float"), 24),
        (ShownValue(1, "float", "ß>40.2f"), 2 * (24 + 40)),
        (Joined((Literal("<"), ShownValue(0, "string"), InitialText("name"))), 27),
        (Joined(()), 0),
        (Either(2, Literal("yes"), InitialText("name")), 18),
    ],
)
def test_the_size_of_a_part_is_that_of_its_longest_value(part, size):
    assert size_of(part, COLUMNS, HELD) == size


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("engine", ["interpreted", "compiled"])
def test_no_batch_is_larger_than_estimated(name, engine):
    spec = model_named(name)
    longest = {it.name: pa.array(["x" * 40]) for it in program_of(spec).starts if it.text is not None}
    program = program_of(spec)
    sizes = {
        stream: RecordAssembler(program, shape, TextSources(longest)).size for stream, shape in program.shapes.items()
    }
    ends = 4  # the end offset of each string
    for window in windows(spec, engine=engine):
        for stream, batch in window.batches:
            columns = 2 + batch.records.num_columns + len(batch.headers)
            assert batch.nbytes <= len(batch) * (sizes[stream] + 8 + ends * columns) + ends * columns
