"""The destinations of a torture run: the target of each, and its contents, read without any of our own code."""

import csv
import json
import re
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq

from tests.sinks.batch_databases import in_duckdb, in_postgres, in_sqlite
from tests.sinks.committed import read_committed
from tests.torture.rows import Row, rows, schema_of
from tests.torture.servers import Addresses

PART = re.compile(r"part-(\d{15})-(\d{15})\..*")
FRAME = struct.Struct(">bI")


@dataclass(frozen=True)
class Workspace:
    """Where a run writes.

    Attributes:
        folder: contains its files.
        run_id: also part of the names of its topics and tables.
        servers: addresses of the servers it uses.
    """

    folder: Path
    run_id: str
    servers: Addresses

    def unique_name(self, stream: str) -> str:
        """The name of a topic or table that only this run uses."""
        return f"{stream}_{self.run_id}"


@dataclass(frozen=True)
class Destination(ABC):
    """The destination of one stream."""

    stream: str

    @abstractmethod
    def target(self, workspace: Workspace) -> object:
        """Its entry in the target, as in the model file."""

    @abstractmethod
    def records(self, workspace: Workspace) -> list[Row]:
        """The records it contains, in the order it keeps."""

    @abstractmethod
    def ticks(self, workspace: Workspace) -> int:
        """The position that the run has committed; 0 before its first commit."""

    def in_order(self, records: Sequence[Row]) -> Sequence[Row]:
        """Sort records as far as the destination does not guarantee their order; by default it guarantees all of it."""
        return records


@dataclass(frozen=True)
class Topic(Destination):
    """A topic with three partitions; records are ordered per key.

    Attributes:
        wire_format: ``json`` or ``avro``.
        key: template for the key of a user's records.
    """

    wire_format: str
    key: str

    def target(self, workspace: Workspace) -> object:
        topic = workspace.unique_name(self.stream)
        target = {"kafka": "${KAFKA}", "topic": topic, "partitions": 3, "format": self.wire_format}
        return target | ({"schema_registry": "${SCHEMA_REGISTRY}"} if self.wire_format == "avro" else {})

    def records(self, workspace: Workspace) -> list[Row]:
        records = read_committed(workspace.servers.kafka, workspace.unique_name(self.stream))
        decode = json.loads if self.wire_format == "json" else Avro(workspace.servers.registry).decode
        decoded = rows((decode(record.value or b"") for record in records), schema_of(self.stream))
        for record, row in zip(records, decoded, strict=True):
            actual, expected = (record.key, record.timestamp), (self.key.format(row[0]).encode(), row[1])
            assert actual == expected, f"{self.stream}: key and timestamp are {actual} instead of {expected}"
        return decoded

    def ticks(self, workspace: Workspace) -> int:
        key = json.dumps([workspace.run_id, self.stream]).encode()
        records = read_committed(workspace.servers.kafka, "doge_positions")
        return last_or_zero(json.loads(record.value or b"")["ticks"] for record in records if record.key == key)

    def in_order(self, records: Sequence[Row]) -> Sequence[Row]:
        return sorted(records, key=lambda row: row[0])  # a stable sort: the order within a key is kept


class Avro:
    """Decodes Avro values that start with the ID of their schema."""

    def __init__(self, registry: str) -> None:
        self._registry = registry
        self._schemas: dict[int, Any] = {}

    def decode(self, value: bytes) -> dict[str, object]:
        """The record in a value."""
        magic, schema_id = FRAME.unpack_from(value)
        assert magic == 0
        if schema_id not in self._schemas:
            with urlopen(f"{self._registry}/schemas/ids/{schema_id}") as response:
                self._schemas[schema_id] = fastavro.parse_schema(json.loads(json.load(response)["schema"]))
        return fastavro.schemaless_reader(BytesIO(value[FRAME.size :]), self._schemas[schema_id])


@dataclass(frozen=True)
class Table(Destination):
    """A database table, which is unordered.

    Attributes:
        url: as in the target, relative to the run's folder.
        query: runs a statement and returns its rows.
        timestamp: SQL template that selects a timestamp column.
    """

    url: str
    query: Callable[[Workspace, str], Sequence[Sequence[Any]]]
    timestamp: str = '"{}"'

    def target(self, workspace: Workspace) -> object:
        return {"database": self.url, "table": workspace.unique_name(self.stream)}

    def records(self, workspace: Workspace) -> list[Row]:
        schema = schema_of(self.stream)
        columns = [(self.timestamp if pa.types.is_timestamp(it.type) else '"{}"').format(it.name) for it in schema]
        records = self.query(workspace, f'SELECT {", ".join(columns)} FROM "{workspace.unique_name(self.stream)}"')
        return rows((dict(zip(schema.names, record, strict=True)) for record in records), schema)

    def ticks(self, workspace: Workspace) -> int:
        condition = f"run_id = '{workspace.run_id}' AND stream = '{self.stream}'"
        positions = self.query(workspace, f"SELECT ticks FROM doge_position WHERE {condition}")
        return last_or_zero(ticks for (ticks,) in positions)

    def in_order(self, records: Sequence[Row]) -> Sequence[Row]:
        return sorted(records, key=repr)


@dataclass(frozen=True)
class Folder(Destination):
    """A folder of part files, whose records are ordered if the parts are read in the order of their names.

    Attributes:
        path: relative to the run's folder.
        read: reads the records of a part.
    """

    path: str
    read: Callable[[Path], list[dict[str, object]]]

    def target(self, workspace: Workspace) -> object:
        return self.path

    def records(self, workspace: Workspace) -> list[Row]:
        folder = workspace.folder / self.path
        records = [record for part in self.parts(workspace) for record in self.read(folder / part)]
        return rows(records, schema_of(self.stream))

    def ticks(self, workspace: Workspace) -> int:
        stored = json.loads((workspace.folder / self.path / "_doge.json").read_text())["ticks"]
        return max(stored or 0, last_or_zero(int(PART.fullmatch(part)[2]) for part in self.parts(workspace)))

    def parts(self, workspace: Workspace) -> list[str]:
        """The names of the parts that readers see."""
        folder = workspace.folder / self.path
        return sorted(it.name for it in folder.iterdir() if it.name[0] != "_") if folder.exists() else []


def read_jsonl(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def read_csv(path: Path) -> list[dict[str, object]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def read_parquet(path: Path) -> list[dict[str, object]]:
    return pq.read_table(path).to_pylist()


def last_or_zero(numbers: Any) -> int:
    """The last number; 0 if there is none, or if it is null."""
    return [0, *numbers][-1] or 0


CLICKS = Topic("clicks", "avro", "{}")
TRX = Topic("trx", "json", "user-{}")
BALANCE = Table("balance", "${DATABASE}", lambda workspace, sql: in_postgres(workspace.servers.database, sql))
AUDIT = Folder("audit", "out/audit.jsonl", read_jsonl)
DESTINATIONS: tuple[Destination, ...] = (
    CLICKS,
    TRX,
    BALANCE,
    Table(
        "ledger",
        "duckdb:///out/bank.duckdb",
        lambda workspace, sql: in_duckdb(workspace.folder / "out" / "bank.duckdb", sql),
        "strftime(make_timestamp(epoch_us(\"{}\")), '%Y-%m-%dT%H:%M:%S.%f')",
    ),
    Table(
        "visits",
        "sqlite:///out/bank.db",
        lambda workspace, sql: in_sqlite(workspace.folder / "out" / "bank.db", sql),
    ),
    AUDIT,
    Folder("payments", "out/payments.parquet", read_parquet),
    Folder("loans", "out/loans.csv", read_csv),
)
