"""Where the demo writes and reads back: CSV files and tables of SQLite or another database, or Avro in Kafka."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, Table, select

from doge_datagen import model
from doge_datagen.errors import SinkError
from doge_datagen.sinks.database.sqlalchemy.engine import checked_url, open_engine, shown_url
from doge_datagen.sinks.kafka.topics import create_topics

Record = Mapping[str, Any]


@dataclass(frozen=True)
class StreamOutput:
    """Where one stream goes, and how to read it back.

    Attributes:
        name: name of the stream.
        where: the location in words.
        destination: the destination for the run.
        read: reads the records of this run in order of time, with timestamps as strings; call it after the run.
    """

    name: str
    where: str
    destination: model.Destination
    read: Callable[[], Iterable[Record]]


STREAMS = ("clickstream", "trx")
TABLES = ("balance", "loan")


def stream_files(folder: Path) -> Iterator[StreamOutput]:
    """Both streams as CSV files in the folder; existing ones are replaced."""
    for name in STREAMS:
        path = folder / f"{name}.csv"
        yield StreamOutput(name, str(path), model.Destination("file", str(path)), partial(read_csv, path))


def sqlite_tables(folder: Path) -> Iterator[StreamOutput]:
    """Both tables in a new SQLite file ``bank.db``; an existing one is replaced."""
    path = folder / "bank.db"
    folder.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return database_tables(f"sqlite:///{path}")


def database_tables(db_url: str) -> Iterator[StreamOutput]:
    """Both tables in a database; missing tables are created by the run."""
    shown = shown_url(checked_url(db_url))
    for name in TABLES:
        destination = model.Destination("database", db_url)
        yield StreamOutput(name, f"{shown}, table {name}", destination, partial(read_table, db_url, name))


def read_csv(path: Path) -> Iterator[Record]:
    """Read the records of a CSV file, with all values as strings."""
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def read_table(db_url: str, name: str) -> Iterator[Record]:
    """Read the rows of a table in order of their timestamps."""
    engine = open_engine(checked_url(db_url))
    try:
        with engine.connect() as connection:
            table = Table(name, MetaData(), autoload_with=connection)
            for row in connection.execute(select(table).order_by(table.c.timestamp)).mappings():
                yield with_text_for_time(dict(row))
    finally:
        engine.dispose()


def with_text_for_time(record: dict[str, Any]) -> Record:
    """The record with its timestamps as ISO 8601 strings in UTC, which sort by time, as in files.

    >>> with_text_for_time({'timestamp': datetime(2022, 2, 11, 3, 21, 48), 'amount': 7})
    {'timestamp': '2022-02-11T03:21:48.000Z', 'amount': 7}
    """
    return {name: _iso(value) if isinstance(value, datetime) else value for name, value in record.items()}


def _iso(moment: datetime) -> str:
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


SECONDS_TO_READ = 15.0


def stream_topics(bootstrap_servers: str, schema_registry_url: str) -> Iterator[StreamOutput]:
    """Both streams in topics of the same names; missing topics are created.

    Raises:
        MissingDriverError: the extra ``kafka`` is not installed.
        SinkError: Kafka is unreachable, or refuses the request.
    """
    new = create_topics(bootstrap_servers, list(STREAMS))
    for name in STREAMS:
        reader = TopicReader(bootstrap_servers, schema_registry_url, name, new=name in new)
        options = {"format": "avro", "schema_registry": schema_registry_url}
        destination = model.Destination("kafka", bootstrap_servers, options)
        yield StreamOutput(name, f"Kafka at {bootstrap_servers}, topic {name}", destination, reader.read)


class TopicReader:
    """Reads the records that arrive in a topic after the reader was created."""

    def __init__(self, bootstrap_servers: str, schema_registry_url: str, topic: str, *, new: bool) -> None:
        import confluent_kafka  # noqa: PLC0415 - a driver is imported when it is needed

        conf = {"bootstrap.servers": bootstrap_servers, "group.id": "doge-demo", "enable.auto.commit": False}
        self._topic = topic
        self._partition = confluent_kafka.TopicPartition
        self._consumer = confluent_kafka.Consumer(conf)
        self._registry = schema_registry_url
        self._begins = {} if new else self._ends()  # a new topic may not have a leader yet

    def read(self) -> Iterator[Record]:
        """Read and decode the records; those with the same key come in the order in which they were written."""
        from confluent_kafka.schema_registry import SchemaRegistryClient, avro  # noqa: PLC0415 - as above

        with SchemaRegistryClient({"url": self._registry}) as registry:
            decode = avro.AvroDeserializer(registry)
            for value in self._values():
                yield with_text_for_time(decode(value, None))

    def _values(self) -> Iterator[bytes | None]:
        ends = self._ends()
        begins = {number: self._begins.get(number, 0) for number in ends}
        left = sum(ends[number] - begin for number, begin in begins.items())
        self._consumer.assign([self._partition(self._topic, *begin) for begin in begins.items()])
        while left > 0:
            message = self._consumer.poll(SECONDS_TO_READ)
            if message is None or message.error():
                reason = message.error() if message else f"no record arrived for {SECONDS_TO_READ:.0f} s"
                raise SinkError(f"topic {self._topic}", f"cannot be read back: {reason}")
            left -= 1
            yield message.value()

    def _ends(self) -> dict[int, int]:
        """The offset after the last record of each partition."""
        partitions = self._consumer.list_topics(self._topic, SECONDS_TO_READ).topics[self._topic].partitions
        watermarks = {
            number: self._consumer.get_watermark_offsets(self._partition(self._topic, number), SECONDS_TO_READ)
            for number in partitions
        }
        return {number: high for number, (_, high) in watermarks.items()}
