"""A value that a column would change is an error with column, type and value; other values are stored unchanged."""

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column as SqlColumn
from sqlalchemy import MetaData, Table, types
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite

from doge_datagen.errors import DeliveryError
from doge_datagen.sinks.database.columns import DECIMAL, FLOAT, NUMBER, SINGLE, TIMESTAMP, Column, fitted
from doge_datagen.sinks.database.sqlalchemy.columns import columns_of
from tests.sinks.batch_databases import UTC_MS, batch_of, in_duckdb, in_postgres, in_sqlite, write

DOUBLES = st.floats(allow_nan=False, allow_infinity=False)


def moments(*milliseconds):
    return pa.array(milliseconds, UTC_MS)


def taken(array, family, digits=None):
    """The values passed to a column of a type family."""
    records = pa.RecordBatch.from_arrays([array], names=["a"])
    return fitted(records, [Column("a", "T", family, digits=digits)])[0].to_pylist()


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_float_column_accepts_integers_equal_to_a_double(number):
    if int(float(number)) == number:
        assert taken(pa.array([number]), FLOAT) == [number]
    else:
        with pytest.raises(
            ValueError, match=rf"column 'a' \(T\): {number} would be stored as {int(float(number))}. Hint: make"
        ):
            taken(pa.array([number]), FLOAT)


@given(st.integers(0, 12), DOUBLES)
def test_a_decimal_column_accepts_floats_without_excess_digits(digits, number):
    if -Decimal(repr(number)).normalize().as_tuple().exponent <= digits:
        assert [Decimal(it) for it in taken(pa.array([number]), DECIMAL, digits)] == [Decimal(repr(number))]
    else:
        with pytest.raises(
            ValueError, match=rf"has more than {digits} digits after the point. Hint: round it in the field"
        ):
            taken(pa.array([number]), DECIMAL, digits)


@given(st.integers(0, 6), st.integers(-(10**15), 10**15))
def test_a_decimal_column_accepts_rounded_floats(digits, whole):
    number = round(whole / 10**digits, digits)
    assert [float(it) for it in taken(pa.array([number]), DECIMAL, digits)] == [number]


@pytest.mark.parametrize(
    ("array", "family", "digits", "message"),
    [
        (pa.array([16777216, 16777217]), SINGLE, None, "16777217 would be stored as 16777216. Hint: make it BIGINT"),
        (pa.array([0.0, 1e-300]), SINGLE, None, "1e-300 would be stored as 0. Hint: make it DOUBLE PRECISION"),
        (pa.array([1e39]), SINGLE, None, r"1e\+39 is out of its range. Hint: make the column wider"),
        (pa.array([1234, 1250]), DECIMAL, -2, "1234 would be stored rounded. Hint: make it BIGINT"),
        (moments(0, 250), TIMESTAMP, 0, r"1970-01-01T00:00:00\.250Z has more digits after the point than it keeps"),
        (moments(120, 125), TIMESTAMP, 2, r"1970-01-01T00:00:00\.125Z has more digits after the point than it keeps"),
        (moments(2**62 + 1), TIMESTAMP, 0, r"146140482-04-24T15:36:27\.905Z has more digits"),
    ],
)  # fmt: skip
def test_a_value_that_would_change_is_reported_with_a_hint(array, family, digits, message):
    with pytest.raises(ValueError, match=rf"^column 'a' \(T\): {message}"):
        taken(array, family, digits)


@pytest.mark.parametrize(
    ("array", "family", "digits"),
    [
        (pa.array([2**53, -(2**62)]), FLOAT, None),
        (pa.array([0.1, float("inf"), 0.0, -0.0]), SINGLE, None),
        (pa.array([9007199254740993]), NUMBER, None),
        (pa.array([0.1 + 0.2, 1e300]), NUMBER, None),
        (moments(0, 3000), TIMESTAMP, 0),
        (moments(1), TIMESTAMP, 3),
        (pa.array([], pa.float64()), DECIMAL, 0),
    ],
)
def test_a_value_that_does_not_change_is_accepted(array, family, digits):
    expected = array.cast(pa.timestamp("ms")).to_pylist() if family == TIMESTAMP else array.to_pylist()
    assert taken(array, family, digits) == expected


@pytest.mark.parametrize(
    ("dialect", "kind", "family", "digits"),
    [
        (postgresql, types.REAL(), SINGLE, None),
        (postgresql, types.Numeric(10, 2), DECIMAL, 2),
        (postgresql, types.Numeric(), DECIMAL, None),
        (postgresql, postgresql.TIMESTAMP(precision=0), TIMESTAMP, 0),
        (postgresql, postgresql.DOMAIN("money", types.Numeric(9, 2)), DECIMAL, 2),
        (sqlite, types.Numeric(10, 2), NUMBER, None),
        (sqlite, types.REAL(), FLOAT, None),
        (mysql, mysql.FLOAT(), SINGLE, None),
        (mysql, mysql.DATETIME(), TIMESTAMP, 0),
        (mysql, mysql.DATETIME(fsp=3), TIMESTAMP, 3),
        (mssql, mssql.DATETIME(), TIMESTAMP, 2),
        (oracle, oracle.BINARY_FLOAT(), SINGLE, None),
    ],
)
def test_the_precision_of_a_column_is_known_from_its_type(dialect, kind, family, digits):
    table = Table("events", MetaData(), SqlColumn("a", kind))
    (column,) = columns_of(table, dialect.dialect())
    assert (column.family, column.digits) == (family, digits)


CHANGED = [
    ("DOUBLE PRECISION", pa.array([9007199254740993])),
    ("REAL", pa.array([9007199254740993])),
    ("REAL", pa.array([1e-300])),
    ("DECIMAL(10, 2)", pa.array([1.005])),
    ("TIMESTAMP(0)", moments(250)),
]
"""Values that databases round silently."""
KEPT = [
    ("DOUBLE PRECISION", pa.array([2**53])),
    ("DECIMAL(18, 2)", pa.array([12.34, 90071992547409.93])),
    ("DECIMAL(18, 0)", pa.array([9007199254740993])),
]


@pytest.mark.parametrize("more", ["", ", own BIGINT GENERATED ALWAYS AS IDENTITY"], ids=["by COPY", "by INSERT"])
@pytest.mark.parametrize(("kind", "values"), CHANGED, ids=str)
def test_postgresql_gets_no_value_that_it_would_change(database, table_name, kind, values, more):
    in_postgres(database, f"CREATE TABLE {table_name} (a {kind}{more})")
    with pytest.raises(DeliveryError, match="column 'a' "):
        write(database, table_name, batch_of(a=values))
    assert in_postgres(database, f"SELECT a FROM {table_name}") == []


@pytest.mark.parametrize("more", ["", ", own BIGINT GENERATED ALWAYS AS IDENTITY"], ids=["by COPY", "by INSERT"])
@pytest.mark.parametrize(("kind", "values"), KEPT, ids=str)
def test_postgresql_stores_values_unchanged(database, table_name, kind, values, more):
    in_postgres(database, f"CREATE TABLE {table_name} (a {kind}{more})")
    write(database, table_name, batch_of(a=values))
    assert [Decimal(repr(it)) for it in values.to_pylist()] == [
        Decimal(it) for (it,) in in_postgres(database, f"SELECT a FROM {table_name}")
    ]


@pytest.mark.parametrize(("kind", "values"), [*CHANGED[:-1], ("TIMESTAMP_S", moments(250))], ids=str)
def test_duckdb_gets_no_value_that_it_would_change(tmp_path, kind, values):
    path = tmp_path / "bank.duckdb"
    in_duckdb(path, f"CREATE TABLE events (a {kind})")
    with pytest.raises(DeliveryError, match="column 'a' "):
        write(f"duckdb:///{path}", "events", batch_of(a=values))
    assert in_duckdb(path, "SELECT a FROM events") == []


@pytest.mark.parametrize(("kind", "values"), KEPT, ids=str)
def test_duckdb_stores_values_unchanged(tmp_path, kind, values):
    path = tmp_path / "bank.duckdb"
    in_duckdb(path, f"CREATE TABLE events (a {kind})")
    write(f"duckdb:///{path}", "events", batch_of(a=values))
    assert [Decimal(repr(it)) for it in values.to_pylist()] == [
        Decimal(it) for (it,) in in_duckdb(path, "SELECT a FROM events")
    ]


@pytest.mark.parametrize("kind", ["REAL", "DOUBLE PRECISION", "FLOAT"])
def test_sqlite_gets_no_integer_that_a_float_column_would_change(tmp_path, kind):
    path = tmp_path / "bank.db"
    in_sqlite(path, f"CREATE TABLE events (a {kind})")
    with pytest.raises(
        DeliveryError, match=r"9007199254740993 would be stored as 9007199254740992. Hint: make it BIGINT"
    ):
        write(f"sqlite:///{path}", "events", batch_of(a=[9007199254740993]))
    assert in_sqlite(path, "SELECT a FROM events") == []


@pytest.mark.parametrize("values", [[9007199254740993], [1.005, 0.1 + 0.2, 1e-300]], ids=str)
def test_sqlite_stores_numbers_in_a_decimal_column_unchanged(tmp_path, values):
    path = tmp_path / "bank.db"
    in_sqlite(path, "CREATE TABLE events (a DECIMAL(10, 2))")
    write(f"sqlite:///{path}", "events", batch_of(a=values))
    assert in_sqlite(path, "SELECT a FROM events") == [(it,) for it in values]


@pytest.mark.parametrize("text", ["007", " 1e3", "-.5", "9007199254740993.5"])
def test_sqlite_gets_no_text_that_it_would_convert_to_a_number(tmp_path, text):
    path = tmp_path / "bank.db"
    in_sqlite(path, "CREATE TABLE events (a JSON)")
    with pytest.raises(
        DeliveryError, match=r"column 'a' \(JSON\): the string .* would be stored as a number. Hint: make it TEXT"
    ):
        write(f"sqlite:///{path}", "events", batch_of(a=["[1]", text]))
    write(f"sqlite:///{path}", "events", batch_of(a=["[1]", '"7"', "1e", ""]))
    assert in_sqlite(path, "SELECT a FROM events") == [("[1]",), ('"7"',), ("1e",), ("",)]


def test_a_column_with_low_precision_is_a_warning_before_the_first_record(tmp_path, caplog):
    path = tmp_path / "bank.duckdb"
    in_duckdb(path, "CREATE TABLE events (a FLOAT)")
    write(f"duckdb:///{path}", "events", batch_of(a=[0.1]))
    (message,) = [it.getMessage() for it in caplog.records]
    rounded = (
        "keeps about 7 of the 16 digits of a float, so values are rounded. Hint: make it DOUBLE PRECISION to keep all"
    )
    assert message == f"column 'a' (FLOAT) {rounded}"
