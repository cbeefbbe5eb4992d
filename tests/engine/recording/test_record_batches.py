"""Records from recorded values: Arrow's functions and the compiled ones give the same."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doge_datagen import Clock, Model, Population, Stream, Transition
from doge_datagen.engine.codegen import dtype_of
from doge_datagen.engine.compiled.text_kernels import decimals, texts
from doge_datagen.engine.recording.record_batches import RecordAssembler, StreamEvents, TextSources, schema_of
from doge_datagen.engine.recording.record_columns import computed, is_of_transition
from doge_datagen.language.texts import ShownValue, iso
from doge_datagen.run.simulation.engine_choice import make_engine
from tests.compiling import program_of

NUMBERS = st.integers(-(2**63), 2**63 - 1)
ROWS = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 2), st.integers(0, 1), NUMBERS, st.floats()), max_size=20)
FIELDS = {
    "number": "number",
    "same": "number",
    "share": "share",
    "shown": "str(number)",
    "again": "f'{number}'",
    "both": "f'<{number}|{share:.3e}|{trigger}|>'",
    "wide": "f'{number:>+25,d}'",
    "either": "f'{number}' if number > 0 else 'ß' if number < 0 else ''",
    "empty": "''",
    "nothing": "f''",
    "at": "timestamp",
    "iso": "str(timestamp)",
    "tick": "tick",
    "who": "index",
    "truth": "number > 0",
    "way": "from_state + trigger + to_state",
    "status": "404 if trigger == 'ab' else 200",
    "ratio": "0.5 if trigger != 'ab' else 1.5",
    "word": "'yes' if number > 0 else trigger if trigger == 'c' else 'no'",
}


def model():
    return Model(
        name="records",
        subjects=Population("one", 3, {"number": 0, "share": 0.0}),
        states=["ü"],
        initial="ü",
        transitions=[
            Transition("ab", "ü", "ü", 10, do="number += 1; share += 1", emit="events"),
            Transition("c", "ü", "ü", 10, emit="events"),
        ],
        streams={"events": Stream(FIELDS, key="number", headers={"h": "share", "n": "f'{number}!'"})},
        clock=Clock(-5000, 7, 100),
    )


PROGRAM = program_of(model())
SHAPE = PROGRAM.shapes["events"]


def assembled(rows, sources):
    ticks, subjects, transitions, numbers, shares = (
        (list(column) for column in zip(*rows, strict=True)) if rows else [[]] * 5
    )
    numbered = {text: number for number, text in enumerate(PROGRAM.texts.to_pylist())}
    named = [
        {"a_number": number, "a_share": share, "trigger": numbered[("ab", "c")[transition]]}
        for transition, number, share in zip(transitions, numbers, shares, strict=True)
    ]
    columns = [np.array([eval(it.code, names) for names in named], dtype_of(it)) for it in computed(SHAPE.columns)]
    times = [PROGRAM.spec.clock.timestamp(tick) for tick in ticks]
    noted = StreamEvents(
        np.array(times, "int64"), np.array(subjects, "uint32"), np.array(transitions, "int32"), columns
    )
    return RecordAssembler(PROGRAM, SHAPE, sources).batch(noted)


def expected(row):
    tick, who, transition, number, share = row
    moment = -5000 + tick * 7
    trigger = ("ab", "c")[transition]
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)
    return {
        "number": number,
        "same": number,
        "share": share,
        "shown": str(number),
        "again": str(number),
        "both": f"<{number}|{share:.3e}|{trigger}|>",
        "wide": f"{number:>+25,d}",
        "either": f"{number}" if number > 0 else "ß" if number < 0 else "",
        "empty": "",
        "nothing": "",
        "at": at,
        "iso": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "tick": tick,
        "who": who,
        "truth": number > 0,
        "way": f"ü{trigger}ü",
        "status": 404 if trigger == "ab" else 200,
        "ratio": 0.5 if trigger != "ab" else 1.5,
        "word": "yes" if number > 0 else trigger if trigger == "c" else "no",
    }


@pytest.mark.parametrize(
    "sources", [TextSources(), TextSources(decimals=decimals, lookup=texts)], ids=["arrow", "compiled"]
)
@settings(max_examples=40)
@given(rows=ROWS)
def test_records_contain_the_same_text_as_python(sources, rows):
    batch = assembled(rows, sources)
    shown = [record | {"at": record["at"].astimezone(UTC)} for record in batch.records.to_pylist()]
    assert repr(shown) == repr([expected(row) for row in rows])  # nan is not equal to itself
    assert batch.keys.to_pylist() == [str(number) for *_, number, _ in rows]
    assert batch.headers["h"].to_pylist() == [str(share) for *_, share in rows]
    assert batch.headers["n"].to_pylist() == [f"{number}!" for *_, number, _ in rows]
    assert batch.timestamps.cast("int64").to_pylist() == [-5000 + tick * 7 for tick, *_ in rows]
    batch.records.validate(full=True)
    assert batch.records.schema == schema_of(SHAPE)


def test_values_that_depend_only_on_the_transition_are_not_computed_per_event():
    assert "trigger" not in {it.code for it in computed(SHAPE.columns)}
    assert not any("404" in it.code or "1.5" in it.code for it in computed(SHAPE.columns))
    assert {it.code for it in SHAPE.columns if is_of_transition(it)} >= {"trigger", "from_state", "to_state"}


def test_a_string_from_a_known_set_needs_one_column():
    assert isinstance(SHAPE.fields["word"], ShownValue)


def test_a_value_that_is_used_twice_is_computed_once():
    batch = assembled([(0, 0, 0, 5, 0.5)], TextSources())
    assert batch.keys.buffers()[2].address == batch.records.column("shown").buffers()[2].address


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["interpreted", "compiled"])
def test_large_records_come_in_small_batches_and_windows(engine):
    """An Arrow string array is limited to 2 GiB, and all records of a window are in memory at once."""
    large = Model(
        name="large",
        subjects=Population("one", 9000, {"mine": f"f'{{index}}{'ß' * 9000}'"}),
        states=["on"],
        initial="on",
        transitions=[Transition("go", "on", "on", 100, emit="events")],
        streams={"events": Stream({"text": "mine"})},
        clock=Clock(0, 1000, 2),
    )
    with closing(make_engine(program_of(large), 7, engine=engine)) as one:
        batches = [batch for _, batch in one.window(2).batches]
        assert one.records == 2**29 // 18004
    assert sum(map(len, batches)) == 2 * 9000
    assert {batch.nbytes <= 2**26 + 13 * len(batch) for batch in batches} == {True}
    assert len(batches) == 5
    assert batches[-1].records.column(0)[-1].as_py() == f"8999{'ß' * 9000}"


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_timestamps_are_iso_8601_from_the_year_1_to_9999(milliseconds):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    assert datetime.fromisoformat(iso(milliseconds)) == moment
    assert len(iso(milliseconds)) == len("2022-02-11T03:21:48.000Z")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["interpreted", "compiled"])
def test_a_string_assigned_at_the_start_contains_the_start_of_the_run(engine):
    model = Model(
        name="births",
        subjects=Population("user", 2, {"born": "f'born {timestamp}'"}),
        states=["here"],
        initial="here",
        transitions=[Transition("act", "here", "here", 100, emit="acts")],
        streams={"acts": Stream({"born": "born"})},
        clock=Clock(1_700_000_000_000, 1000, 2),
    )
    rows = [row for _, batch in model.batches(seed=1, engine=engine) for row in batch.to_pylist()]
    assert rows == [{"born": "born 2023-11-14T22:13:20.000Z"}] * 4
