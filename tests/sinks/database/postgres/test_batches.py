import datetime as dt
import threading

import psycopg
import pyarrow as pa
import pytest
from sqlalchemy import make_url

from doge_datagen.errors import DeliveryError, RefusedError, UnknownTargetError, UnreachableError
from doge_datagen.sinks.database.postgres.batches import BYTES_IN_A_PIECE
from tests.sinks.batch_databases import EPOCH, UTC_MS, batch_of, in_postgres, opened, write

SECRET = "hush-hush"
INTEGERS = [0, -1, 2**63 - 1, -(2**63)]
FLOATS = [-0.0, 5e-324, 1.7976931348623157e308, float("inf")]
TEXTS = ["", "Zoë 🐕\\N\t\r\n'\"", "\x01\x7f\u2028", "x" * 3_000_000]
MOMENTS = [0, -1, 1_644_549_708_123, 253_402_300_799_999]
AWKWARD = batch_of(
    i=INTEGERS, t=TEXTS, f=FLOATS, b=[True, False, True, False], m=pa.array(MOMENTS, UTC_MS), u=TEXTS[::-1]
)
ROWS = [
    (i, t, f, b, EPOCH + dt.timedelta(milliseconds=m), u)
    for i, t, f, b, m, u in zip(INTEGERS, TEXTS, FLOATS, [True, False] * 2, MOMENTS, TEXTS[::-1], strict=True)
]


def test_every_type_reads_back_with_its_extremes(database, table_name):
    write(database, table_name, AWKWARD)
    actual = in_postgres(database, f"SELECT * FROM {table_name}")
    assert actual == ROWS
    assert str(actual[0][2]) == "-0.0"


def test_a_new_table_has_the_widest_types(database, table_name):
    opened(database, table_name, AWKWARD).close()
    condition = (
        f"SELECT data_type FROM information_schema.columns WHERE table_name = '{table_name}' ORDER BY column_name"
    )
    assert [kind for (kind,) in in_postgres(database, condition)] == [
        "boolean",
        "double precision",
        "bigint",
        "timestamp with time zone",
        "text",
        "text",
    ]


def test_a_batch_of_several_pieces_keeps_its_order_and_values(database, table_name):
    texts = [f"{number:04} é " * 120 for number in range(4000)]  # of equal length, so that pages are filled in order
    batch = batch_of(number=list(range(4000)), name=texts)
    assert batch.records.nbytes > 3 * BYTES_IN_A_PIECE
    write(database, table_name, batch)
    assert in_postgres(database, f"SELECT number, name FROM {table_name}") == list(enumerate(texts))


@pytest.mark.parametrize(
    "kind", ["SMALLINT", "INTEGER", "BIGINT", "REAL", "DOUBLE PRECISION", "NUMERIC", "NUMERIC(12, 3)", "SERIAL"]
)
def test_a_column_of_numbers_takes_integers(database, table_name, kind):
    in_postgres(database, f"CREATE TABLE {table_name} (a {kind})")
    write(database, table_name, batch_of(a=[-32768, 0, 32767]))
    assert in_postgres(database, f"SELECT a FROM {table_name}") == [(-32768,), (0,), (32767,)]


@pytest.mark.parametrize(("kind", "value"), [("SMALLINT", 32768), ("INTEGER", -(2**31) - 1), ("REAL", 1e39)])
def test_a_number_out_of_a_columns_range_is_reported_with_column_and_value(database, table_name, kind, value):
    in_postgres(database, f"CREATE TABLE {table_name} (a {kind})")
    with pytest.raises(
        DeliveryError, match=rf"column 'a' \({kind}\): {value} is out of its range".replace("+", r"\+")
    ) as caught:
        write(database, table_name, batch_of(a=[0, value]))
    assert (caught.value.missing, caught.value.transient) == (2, False)
    assert in_postgres(database, f"SELECT a FROM {table_name}") == []


def test_infinity_fits_a_narrow_float(database, table_name):
    in_postgres(database, f"CREATE TABLE {table_name} (a REAL)")
    write(database, table_name, batch_of(a=[float("inf"), 1.5]))
    assert in_postgres(database, f"SELECT a FROM {table_name}") == [(float("inf"),), (1.5,)]


@pytest.mark.parametrize(
    "kind", ["VARCHAR", "VARCHAR(20)", "CHAR(7)", "JSON", "JSONB", "a domain", "a domain of texts"]
)
def test_a_column_of_texts_takes_strings(database, table_name, kind):
    if kind.startswith("a domain"):
        of = "VARCHAR(20)" if kind == "a domain" else "TEXT CHECK (length(value) < 20)"
        kind = f"d_{table_name[-12:]}"
        in_postgres(database, f"CREATE DOMAIN {kind} AS {of}")
    in_postgres(database, f"CREATE TABLE {table_name} (a {kind}, b BIGINT)")
    write(database, table_name, batch_of(a=['{"a":1}'], b=[1]))
    assert in_postgres(database, f"SELECT CAST(a AS TEXT) FROM {table_name}")[0][0].replace(" ", "") == '{"a":1}'


@pytest.mark.parametrize("rows", [1, 5])
def test_enum_values_and_difficult_strings_can_be_combined(database, table_name, rows):
    kind = f"e_{table_name[-12:]}"
    in_postgres(database, f"CREATE TYPE {kind} AS ENUM ('red', 'blue')")
    in_postgres(database, f"CREATE TABLE {table_name} (a {kind}, b UUID, c TEXT, d TIMESTAMPTZ, e BOOLEAN, f FLOAT8)")
    number = "8a2d0c5e-6c1f-4c39-9f2b-0a52f1f3a111"
    moments = pa.array([-1] * rows, UTC_MS)
    batch = batch_of(
        a=["blue"] * rows, b=[number] * rows, c=[TEXTS[1]] * rows, d=moments, e=[True] * rows, f=[0.1] * rows
    )
    write(database, table_name, batch)
    row = ("blue", number, TEXTS[1], EPOCH - dt.timedelta(milliseconds=1), True, 0.1)
    assert (
        in_postgres(database, f"SELECT CAST(a AS TEXT), CAST(b AS TEXT), c, d, e, f FROM {table_name}") == [row] * rows
    )


def test_a_text_that_is_too_long_is_reported_with_its_column(database, table_name):
    in_postgres(database, f"CREATE TABLE {table_name} (name VARCHAR(3))")
    with pytest.raises(DeliveryError, match=r"value too long .* column name"):
        write(database, table_name, batch_of(name=["four"]))


def test_a_timestamp_without_a_zone_gets_utc_whatever_the_sessions_zone(database, table_name):
    in_postgres(database, f"CREATE TABLE {table_name} (a TIMESTAMP, b TIMESTAMP, c NUMERIC)")
    url = f"{database}?options=-ctimezone%3DAsia/Tokyo"
    moments = pa.array([0], UTC_MS)
    write(url, table_name, batch_of(a=moments, b=moments))
    write(url, table_name, batch_of(a=moments, b=moments, c=[1]))
    assert in_postgres(database, f"SELECT a, b FROM {table_name}") == [(dt.datetime(1970, 1, 1),) * 2] * 2


@pytest.mark.parametrize("moment", [2**62, -(2**62), 300_000 * 31_557_600_000])
def test_a_timestamp_out_of_range_is_an_error(database, table_name, moment):
    with pytest.raises(DeliveryError, match="out of"):
        write(database, table_name, batch_of(a=pa.array([moment], UTC_MS)))


@pytest.mark.parametrize("more", [[1], ["text"]])
def test_a_nul_in_a_text_is_reported_with_its_field(database, table_name, more):
    with pytest.raises(
        DeliveryError, match=r"field 'name' holds a string with the character NUL .* take it out"
    ) as caught:
        write(database, table_name, batch_of(more=more, name=["a\0b"]))
    assert caught.value.missing == 1
    assert not caught.value.transient


@pytest.mark.parametrize("name", ["LATIN1", "SQL_ASCII", "UTF8"])
def test_strings_are_delivered_with_any_client_encoding(database, table_name, name):
    write(f"{database}?client_encoding={name}", table_name, batch_of(a=["Zoë 🐕"]))
    assert in_postgres(database, f"SELECT a FROM {table_name}") == [("Zoë 🐕",)]


def test_a_table_with_an_identity_is_filled_without_copy(database, table_name):
    in_postgres(
        database, f"CREATE TABLE {table_name} (a BIGINT, n BIGINT GENERATED ALWAYS AS IDENTITY, j JSONB, d NUMERIC)"
    )
    write(database, table_name, batch_of(a=[7, 8], j=["[1]", "{}"], d=[0.5, 1.5]))
    assert in_postgres(database, f"SELECT a, n, j, d FROM {table_name}") == [(7, 1, [1], 0.5), (8, 2, {}, 1.5)]


def test_a_computed_column_is_refused_before_the_run(database, table_name):
    in_postgres(database, f"CREATE TABLE {table_name} (a BIGINT, b BIGINT GENERATED ALWAYS AS (a + 1) STORED)")
    with pytest.raises(UnknownTargetError, match="'b' is computed by the database"):
        opened(database, table_name, batch_of(a=[1], b=[2]))


def test_several_runs_may_create_the_same_table_at_once(database, table_name):
    batch, errors = batch_of(a=[1]), []

    def run():
        try:
            write(database, table_name, batch)
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert in_postgres(database, f"SELECT count(*) FROM {table_name}") == [(8,)]


def test_no_transaction_stays_open_between_batches(database, table_name):
    batch = batch_of(a=[1])
    with opened(database, table_name, batch) as sink:
        sink.write(batch)
        in_postgres(database, f"ALTER TABLE {table_name} ADD COLUMN b INT")


def test_an_unused_port_is_unreachable():
    with pytest.raises(UnreachableError) as caught:
        opened(f"postgresql://me:{SECRET}@127.0.0.1:1/db", "events", batch_of(a=[1]))
    assert caught.value.transient
    assert SECRET not in str(caught.value)
    assert "me:***@127.0.0.1" in str(caught.value)


def test_a_wrong_password_is_refused_and_not_displayed(database):
    url = make_url(database).set(password=SECRET).render_as_string(hide_password=False)
    with pytest.raises(RefusedError, match="password authentication failed") as caught:
        opened(url, "events", batch_of(a=[1]))
    assert SECRET not in str(caught.value)


def test_a_user_without_privileges_to_create_or_fill_a_table_is_refused_before_the_run(database, table_name):
    user, batch = f"u_{table_name[-12:]}", batch_of(a=[1])
    in_postgres(database, f"CREATE USER {user} PASSWORD '{SECRET}'")
    url = make_url(database).set(username=user, password=SECRET).render_as_string(hide_password=False)
    with pytest.raises(RefusedError, match="permission denied"):
        opened(url, table_name, batch)
    opened(database, table_name, batch).close()
    with pytest.raises(RefusedError, match="may not insert"):
        opened(url, table_name, batch)


def test_the_cause_of_a_failed_batch_is_psycopgs_error(database, table_name):
    in_postgres(database, f"CREATE TABLE {table_name} (a BIGINT CHECK (a < 5))")
    with pytest.raises(DeliveryError) as caught:
        write(database, table_name, batch_of(a=[7]))
    assert isinstance(caught.value.__cause__, psycopg.errors.CheckViolation)
