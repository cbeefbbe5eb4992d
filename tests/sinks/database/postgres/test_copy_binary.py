import struct

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.sinks.database.postgres.copy_binary import EPOCH, BinaryRows

FARTHEST = (2**63 - 1 - EPOCH) // 1000  # milliseconds that fit into 64 bits as microseconds since another epoch
FORMS = {
    "BIGINT": (">q", pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "INTEGER": (">i", pa.int64(), st.integers(-(2**31), 2**31 - 1)),
    "SMALLINT": (">h", pa.int64(), st.integers(-(2**15), 2**15 - 1)),
    "DOUBLE PRECISION": (">d", pa.float64(), st.floats(allow_nan=False)),
    "REAL": (">f", pa.float64(), st.floats(width=32, allow_nan=False)),
    "BOOLEAN": (">?", pa.bool_(), st.booleans()),
    "TIMESTAMP WITH TIME ZONE": (">q", pa.timestamp("ms", "UTC"), st.integers(-FARTHEST, FARTHEST)),
    None: ("", pa.string(), st.text()),
}


def one_by_one(kinds, rows):
    """A simple implementation of PostgreSQL's format, value by value."""
    out = b""
    for row in rows:
        out += struct.pack(">h", len(kinds))
        for kind, value in zip(kinds, row, strict=True):
            if kind is None:
                sent = value.encode()
            elif kind == "TIMESTAMP WITH TIME ZONE":
                sent = struct.pack(">q", value * 1000 - EPOCH)
            else:
                sent = struct.pack(FORMS[kind][0], value)
            out += struct.pack(">i", len(sent)) + sent
    return out


@st.composite
def tables(draw):
    kinds = draw(st.lists(st.sampled_from(list(FORMS)), min_size=1, max_size=6))
    rows = draw(st.lists(st.tuples(*(FORMS[kind][2] for kind in kinds)), min_size=1, max_size=5))
    return kinds, rows


def arrays_of(kinds, rows):
    return [pa.array(values, FORMS[kind][1]) for kind, values in zip(kinds, zip(*rows, strict=True), strict=True)]


@given(tables())
def test_columns_give_the_same_bytes_as_single_rows(table):
    kinds, rows = table
    encoder = BinaryRows([f"c{number}" for number in range(len(kinds))], kinds)
    assert bytes(encoder.encode(arrays_of(kinds, rows))) == one_by_one(kinds, rows)


@given(tables())
def test_chunks_of_any_length_can_be_concatenated(table):
    kinds, rows = table
    encoder, arrays = BinaryRows(list("abcdef"), kinds), arrays_of(kinds, rows)
    for first, count in ((0, 1), (0, len(rows)), (len(rows) - 1, 1), (0, len(rows))):
        part = [array.slice(first, count) for array in arrays]
        assert bytes(encoder.encode(part)) == one_by_one(kinds, rows[first : first + count])


@pytest.mark.parametrize(("kind", "value"), [("INTEGER", 2**31), ("SMALLINT", -(2**15) - 1)])
def test_a_number_out_of_range_is_refused_with_its_column(kind, value):
    with pytest.raises(ValueError, match=rf"column 'b' \({kind}\): .* is out of its range"):
        BinaryRows(["a", "b"], [None, kind]).encode([pa.array([""]), pa.array([value])])


@pytest.mark.parametrize("value", [FARTHEST, -FARTHEST])
def test_a_timestamp_out_of_range_is_refused(value):
    kind = "TIMESTAMP WITH TIME ZONE"
    encoder, farther = BinaryRows(["a"], [kind]), value + (1 if value > 0 else -1)
    assert bytes(encoder.encode(arrays_of([kind], [(value,)]))) == one_by_one([kind], [(value,)])
    with pytest.raises(ValueError, match=r"column 'a' .* a timestamp is out of its range"):
        encoder.encode(arrays_of([kind], [(farther,)]))


@pytest.mark.parametrize("kind", ["REAL", "DOUBLE PRECISION"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_infinity_and_nan_fit_every_float(kind, value):
    sent = bytes(BinaryRows(["a"], [kind]).encode([pa.array([value])]))
    assert np.array_equal(struct.unpack(FORMS[kind][0], sent[6:])[0], value, equal_nan=True)
