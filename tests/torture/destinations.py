"""The places that runs are tortured with: how a target names each, and what is there, read without any code of ours."""

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
class Where:
    """Where a run has its places.

    Attributes:
        folder: of its files.
        run_id: its name, which topics and tables have too.
        servers: that it uses.
    """

    folder: Path
    run_id: str
    servers: Addresses

    def named(self, stream: str) -> str:
        """The name of a topic or table of this run alone."""
        return f"{stream}_{self.run_id}"


@dataclass(frozen=True)
class Destination(ABC):
    """Where one stream goes."""

    stream: str

    @abstractmethod
    def target(self, where: Where) -> object:
        """What the model file says of it."""

    @abstractmethod
    def records(self, where: Where) -> list[Row]:
        """What is there, in the order that the place keeps."""

    @abstractmethod
    def ticks(self, where: Where) -> int:
        """How far the run is there; 0 where it has not committed yet."""

    def in_order(self, records: Sequence[Row]) -> Sequence[Row]:
        """Records in as much order as the place promises; here all of it."""
        return records


@dataclass(frozen=True)
class Topic(Destination):
    """A topic of three partitions, whose records are in order per key.

    Attributes:
        form: ``json`` or ``avro``.
        key: of a user's records.
    """

    form: str
    key: str

    def target(self, where: Where) -> object:
        place = {"kafka": "${KAFKA}", "topic": where.named(self.stream), "partitions": 3, "format": self.form}
        return place | ({"schema_registry": "${SCHEMA_REGISTRY}"} if self.form == "avro" else {})

    def records(self, where: Where) -> list[Row]:
        found = read_committed(where.servers.kafka, where.named(self.stream))
        decode = json.loads if self.form == "json" else Avro(where.servers.registry).decode
        reported = rows((decode(record.value or b"") for record in found), schema_of(self.stream))
        for record, row in zip(found, reported, strict=True):
            beside, asked = (record.key, record.timestamp), (self.key.format(row[0]).encode(), row[1])
            assert beside == asked, f"{self.stream}: key and timestamp are {beside} instead of {asked}"
        return reported

    def ticks(self, where: Where) -> int:
        key = json.dumps([where.run_id, self.stream]).encode()
        found = read_committed(where.servers.kafka, "doge_positions")
        return last(json.loads(record.value or b"")["ticks"] for record in found if record.key == key)

    def in_order(self, records: Sequence[Row]) -> Sequence[Row]:
        return sorted(records, key=lambda row: row[0])  # sorting leaves those of a key as they are


class Avro:
    """Values with the number of their schema before them."""

    def __init__(self, registry: str) -> None:
        self._registry = registry
        self._schemas: dict[int, Any] = {}

    def decode(self, value: bytes) -> dict[str, object]:
        """The record in it."""
        magic, number = FRAME.unpack_from(value)
        assert magic == 0
        if number not in self._schemas:
            with urlopen(f"{self._registry}/schemas/ids/{number}") as answer:
                self._schemas[number] = fastavro.parse_schema(json.loads(json.load(answer)["schema"]))
        return fastavro.schemaless_reader(BytesIO(value[FRAME.size :]), self._schemas[number])


@dataclass(frozen=True)
class Table(Destination):
    """A table of a database; it has no order.

    Attributes:
        url: as the target says it, from the run's folder.
        ask: runs a statement there.
        moment: how the database tells a timestamp.
    """

    url: str
    ask: Callable[[Where, str], Sequence[Sequence[Any]]]
    moment: str = '"{}"'

    def target(self, where: Where) -> object:
        return {"database": self.url, "table": where.named(self.stream)}

    def records(self, where: Where) -> list[Row]:
        schema = schema_of(self.stream)
        columns = [(self.moment if pa.types.is_timestamp(it.type) else '"{}"').format(it.name) for it in schema]
        found = self.ask(where, f'SELECT {", ".join(columns)} FROM "{where.named(self.stream)}"')
        return rows((dict(zip(schema.names, record, strict=True)) for record in found), schema)

    def ticks(self, where: Where) -> int:
        asked = f"run_id = '{where.run_id}' AND stream = '{self.stream}'"
        return last(ticks for (ticks,) in self.ask(where, f"SELECT ticks FROM doge_position WHERE {asked}"))

    def in_order(self, records: Sequence[Row]) -> Sequence[Row]:
        return sorted(records, key=repr)


@dataclass(frozen=True)
class Folder(Destination):
    """A folder of parts: in order of their names, records are in order.

    Attributes:
        path: from the run's folder.
        read: a part's records.
    """

    path: str
    read: Callable[[Path], list[dict[str, object]]]

    def target(self, where: Where) -> object:
        return self.path

    def records(self, where: Where) -> list[Row]:
        found = [record for part in self.parts(where) for record in self.read(where.folder / self.path / part)]
        return rows(found, schema_of(self.stream))

    def ticks(self, where: Where) -> int:
        said = json.loads((where.folder / self.path / "_doge.json").read_text())["ticks"]
        return max(said or 0, last(int(PART.fullmatch(part)[2]) for part in self.parts(where)))

    def parts(self, where: Where) -> list[str]:
        """The names of what readers see."""
        folder = where.folder / self.path
        return sorted(it.name for it in folder.iterdir() if it.name[0] != "_") if folder.exists() else []


def read_jsonl(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def read_csv(path: Path) -> list[dict[str, object]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def read_parquet(path: Path) -> list[dict[str, object]]:
    return pq.read_table(path).to_pylist()


def last(numbers: Any) -> int:
    """The last of them; 0 where there is none, or it is unknown."""
    return [0, *numbers][-1] or 0


CLICKS = Topic("clicks", "avro", "{}")
TRX = Topic("trx", "json", "user-{}")
BALANCE = Table("balance", "${DATABASE}", lambda where, asked: in_postgres(where.servers.database, asked))
AUDIT = Folder("audit", "out/audit.jsonl", read_jsonl)
DESTINATIONS: tuple[Destination, ...] = (
    CLICKS,
    TRX,
    BALANCE,
    Table(
        "ledger",
        "duckdb:///out/bank.duckdb",
        lambda where, asked: in_duckdb(where.folder / "out" / "bank.duckdb", asked),
        "strftime(make_timestamp(epoch_us(\"{}\")), '%Y-%m-%dT%H:%M:%S.%f')",
    ),
    Table(
        "visits",
        "sqlite:///out/bank.db",
        lambda where, asked: in_sqlite(where.folder / "out" / "bank.db", asked),
    ),
    AUDIT,
    Folder("payments", "out/payments.parquet", read_parquet),
    Folder("loans", "out/loans.csv", read_csv),
)
