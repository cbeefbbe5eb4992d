"""Records of every stream type, with values that are difficult to encode."""

import pyarrow as pa
from hypothesis import strategies as st

EVERY_TYPE = pa.schema(
    {
        "count": pa.int64(),
        "share": pa.float64(),
        "paid": pa.bool_(),
        "name": pa.string(),
        "at": pa.timestamp("ms", tz="UTC"),
    }
)
FIRST_MS, LAST_MS = -62_135_596_800_000, 253_402_300_799_999
"""The years 0001 to 9999."""

int64s = st.integers(-(2**63), 2**63 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]))
rows = st.fixed_dictionaries(
    {
        "count": int64s,
        "share": st.floats(allow_nan=False, allow_infinity=False),
        "paid": st.booleans(),
        "name": texts,
        "at": st.integers(FIRST_MS, LAST_MS),
    }
)


def batch(listed) -> pa.RecordBatch:
    """Records from rows, with times in milliseconds."""
    arrays = [pa.array([row[field.name] for row in listed], field.type) for field in EVERY_TYPE]
    return pa.RecordBatch.from_arrays(arrays, schema=EVERY_TYPE)


def sample(number: int) -> list[dict]:
    """The given number of distinct rows, three per timestamp."""
    return [
        {"count": n * 10**14 - 7, "share": n / 7, "paid": n % 3 == 0, "name": f"Ωmega {n}", "at": n // 3 * 1001}
        for n in range(number)
    ]
