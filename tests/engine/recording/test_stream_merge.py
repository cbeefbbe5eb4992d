"""Merging the batches of several populations: order, sizes, every type of column."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.batch import Batch
from doge_datagen.engine.recording.stream_merge import merged

TIME = pa.timestamp("ms", tz="UTC")


def batch(times, name):
    count = len(times)
    numbers = [f"{name}{number}" for number in range(count)]
    records = pa.RecordBatch.from_pydict(
        {"at": pa.array(times, pa.int64()), "of": numbers, "odd": [it % 2 == 1 for it in times]}
    )
    hidden = {"subject": pa.array(range(count), pa.uint32())}
    return Batch(records, pa.array(times, TIME), pa.array(numbers), {"h": pa.array(numbers)}, hidden=hidden)


def rows(batches):
    return [row for it in batches for row in it.records.to_pylist()]


times = st.lists(st.integers(0, 9), max_size=12).map(sorted)


@given(st.lists(st.lists(times, max_size=3), max_size=4), st.integers(1, 7))
def test_batches_are_merged_by_moment_and_then_by_group(times_by_group, size):
    groups = []
    for number, lists in enumerate(times_by_group):
        ordered = sorted(time for it in lists for time in it)
        cuts = np.cumsum([len(it) for it in lists])[:-1] if lists else []
        groups.append(
            [batch(it.tolist(), f"{number}-{part}-") for part, it in enumerate(np.split(ordered, cuts))]
            if lists
            else []
        )
    families = [
        [[Batch(it.records, it.timestamps, it.keys, it.headers, hidden=it.hidden) for it in group]] for group in groups
    ]
    merged_batches = list(merged(families, ("subject",), rows=size))
    expected = [row for group in groups for row in rows(group)]
    assert rows(merged_batches) == sorted(expected, key=lambda row: row["at"])
    for it in merged_batches:
        assert it.timestamps.cast(pa.int64()).to_pylist() == it.records.column("at").to_pylist()
        assert it.keys.to_pylist() == it.headers["h"].to_pylist() == it.records.column("of").to_pylist()
        assert [name.rsplit("-", 1)[1] for name in it.keys.to_pylist()] == [
            str(n) for n in it.hidden["subject"].to_pylist()
        ]
    if sum(any(map(len, group)) for group in groups) > 1:
        assert all(0 < len(it) <= size for it in merged_batches)


def test_a_stream_of_one_population_passes_unchanged():
    first, second = batch([1, 2], "a"), batch([2, 3], "b")
    assert list(merged([[[]], [[first, second]], [[]]], ("subject",))) == [first, second]


def test_within_a_family_records_of_one_moment_are_ordered_by_root_and_then_by_population():
    parents, children, others = batch([5, 5, 6], "p"), batch([5, 5, 5], "c"), batch([5], "o")
    times_by_group = rows(merged([[[others]], [[parents], [children]]]))
    assert [it["of"] for it in times_by_group] == ["o0", "p0", "c0", "p1", "c1", "c2", "p2"]


def test_unrequested_hidden_columns_are_omitted():
    assert [it.hidden for it in merged([[[batch([1], "p")], [batch([1], "c")]]])] == [{}]


def test_merged_batches_respect_the_maximum_size():
    groups = [[batch(list(range(20)), "a")], [batch(list(range(20)), "b")]]
    assert max(len(it) for it in merged([[it] for it in groups], size=2 * batch([1], "a").nbytes)) < 10
