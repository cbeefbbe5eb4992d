"""Batches and their parts."""

import pyarrow as pa

from doge_datagen.batch import Batch


def test_a_part_has_a_slice_of_everything():
    numbers = pa.array(range(5), pa.int64())
    moments, texts = numbers.cast(pa.timestamp("ms", "UTC")), numbers.cast(pa.string())
    whole = Batch(pa.record_batch({"n": numbers}), moments, texts, {"h": texts}, moments, {"subject": numbers})
    part = whole.part(1, 2)
    assert part.records["n"].to_pylist() == [1, 2]
    assert part.keys.to_pylist() == part.headers["h"].to_pylist() == ["1", "2"]
    assert part.timestamps.equals(moments[1:3])
    assert part.arrivals.equals(moments[1:3])
    assert part.hidden["subject"].to_pylist() == [1, 2]


def test_its_bytes_are_those_of_all_columns():
    numbers = pa.array(range(5), pa.int64())
    plain = Batch(pa.record_batch({"n": numbers}), numbers)
    assert plain.nbytes == 80
    assert Batch(plain.records, numbers, numbers, {"h": numbers}, numbers, {"subject": numbers}).nbytes == 240
