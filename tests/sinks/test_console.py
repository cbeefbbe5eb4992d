import subprocess
import sys

import pyarrow as pa
import pytest

from doge_datagen.batch import Batch
from doge_datagen.errors import DeliveryError, ModelError
from doge_datagen.model import Destination
from doge_datagen.sinks.registry import open_sink

SCHEMA = pa.schema({"user_id": pa.string(), "paid": pa.float64(), "at": pa.timestamp("ms", "UTC")})
UNREAD = """
import sys
from doge_datagen.errors import DeliveryError
from doge_datagen.model import Destination
from doge_datagen.sinks.testing.samples import SCHEMA, batches_of
from doge_datagen.sinks.registry import open_sink

sink = open_sink(Destination.of('console'), 'samples', SCHEMA)
try:
    while True:
        sink.write(batches_of([1000])[0])
except DeliveryError as error:
    print(error, error.missing > 0, file=sys.stderr)
sink.close()
"""


def batch(*records):
    moments = pa.array([0] * len(records), pa.timestamp("ms", "UTC"))
    return Batch(pa.RecordBatch.from_pylist(list(records), SCHEMA), moments)


def show(*records):
    with open_sink(Destination.of("console"), "trx", SCHEMA) as sink:
        sink.write(batch(*records))


def test_a_line_has_the_stream_and_the_record(capsys):
    show({"user_id": "7", "paid": 0.5, "at": 1644549708000}, {"user_id": "Zoë", "paid": 2.0, "at": 0})
    assert capsys.readouterr().out == (
        'trx {"user_id": "7", "paid": 0.5, "at": "2022-02-11T03:21:48.000Z"}\n'
        'trx {"user_id": "Zoë", "paid": 2.0, "at": "1970-01-01T00:00:00.000Z"}\n'
    )


def test_a_string_with_line_breaks_stays_on_one_line(capsys):
    show({"user_id": "a\nb\x1b", "paid": 0.5, "at": 0})
    assert capsys.readouterr().out.count("\n") == 1


def test_values_that_json_cannot_represent_are_shown_anyway(capsys):
    show({"user_id": "7", "paid": float("nan"), "at": 253402300800000})
    assert capsys.readouterr().out == 'trx {"user_id": "7", "paid": NaN, "at": 253402300800000}\n'


def test_lines_are_visible_when_write_returns(capsys):
    sink = open_sink(Destination.of("console"), "trx", SCHEMA)
    sink.write(batch({"user_id": "7", "paid": 0.5, "at": 0}))
    assert (capsys.readouterr().out[:4], sink.delivered) == ("trx ", 1)
    sink.close()


def test_a_closed_pipe_is_an_error_without_a_traceback():
    with subprocess.Popen(
        [sys.executable, "-c", UNREAD], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout.readline().startswith("samples {")
        program.stdout.close()
        output = program.stderr.read()
    assert output.startswith("standard output: ")
    assert output.endswith("x nobody reads it any more True\n")
    assert output.count("\n") == 1


def test_a_character_outside_the_encoding_is_an_error(monkeypatch, tmp_path):
    with (tmp_path / "ascii").open("w", encoding="ascii") as screen:
        monkeypatch.setattr(sys, "stdout", screen)
        with pytest.raises(DeliveryError, match="1 of 1 records did not arrive"):
            show({"user_id": "Zoë", "paid": 0.5, "at": 0})


def test_an_address_is_refused():
    with pytest.raises(ModelError, match=r"^targets\.trx: the console has no address, but 'red' is given"):
        open_sink(Destination("console", "red"), "trx", SCHEMA)
