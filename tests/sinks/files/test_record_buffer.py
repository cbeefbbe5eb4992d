import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.sinks.files.record_buffer import RowGroups
from doge_datagen.sinks.transactional import BATCH_OVERHEAD_BYTES


def batches(sizes):
    ends = [sum(sizes[: index + 1]) for index in range(len(sizes))]
    return [pa.record_batch({"n": list(range(end - size, end))}) for size, end in zip(sizes, ends, strict=True)]


def given_together(enough, sizes):
    gatherer = RowGroups(enough)
    before = [together for batch in batches(sizes) for together in gatherer.add(batch)]
    return before, list(gatherer.rest())


@given(enough=st.integers(1, 50), sizes=st.lists(st.integers(1, 200), max_size=30))
def test_all_records_are_returned_once_and_in_order(enough, sizes):
    before, rest = given_together(enough, sizes)
    assert [n for batch in (*before, *rest) for n in batch["n"].to_pylist()] == list(range(sum(sizes)))


@given(enough=st.integers(1, 50), sizes=st.lists(st.integers(1, 200), max_size=30))
def test_returned_batches_are_large_enough_and_at_most_three_times_as_large(enough, sizes):
    before, rest = given_together(enough, sizes)
    assert all(enough <= len(batch) < 3 * enough for batch in before)
    assert sum(map(len, rest)) < enough


def test_a_large_enough_batch_is_not_copied():
    (batch,) = batches([15])
    (together,) = RowGroups(10).add(batch)
    assert together["n"].buffers()[1].address == batch["n"].buffers()[1].address


def test_wide_records_are_returned_early():
    wide = pa.record_batch({"text": ["x" * 30_000]})
    gatherer = RowGroups(1000, size=100_000)
    assert [len(together) for _ in range(6) for together in gatherer.add(wide)] == [3, 3]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_overhead_of_batches_counts(rows):
    gatherer = RowGroups(10_000, size=10 * BATCH_OVERHEAD_BYTES)
    assert [len(together) for batch in batches([rows] * 10) for together in gatherer.add(batch)] == [10 * rows]
