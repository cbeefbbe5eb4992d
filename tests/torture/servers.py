"""The servers of a torture: broker and database are its own and can be killed, the registry is only asked."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from services import Kafka, Postgres, SchemaRegistry


@dataclass(frozen=True)
class Addresses:
    """Where servers are.

    Attributes:
        kafka: the bootstrap servers.
        database: a URL of PostgreSQL.
        registry: a URL.
    """

    kafka: str
    database: str
    registry: str

    @property
    def environment(self) -> dict[str, str]:
        """What the targets of the models name."""
        return {"KAFKA": self.kafka, "DATABASE": self.database, "SCHEMA_REGISTRY": self.registry}


@dataclass(frozen=True)
class Servers:
    """What runs are tortured with.

    Attributes:
        kafka: to be killed.
        postgres: to be killed.
        registry: the URL of a schema registry.
    """

    kafka: Kafka
    postgres: Postgres
    registry: str

    @property
    def addresses(self) -> Addresses:
        """Where they are; a server that is started again is where it was."""
        return Addresses(self.kafka.bootstrap_servers, self.postgres.url, self.registry)


@contextmanager
def servers(registry: str | None = None) -> Iterator[Servers]:
    """Started, and stopped at the end; with a registry of their own where none is given."""
    with ExitStack() as opened:
        kafka, postgres = opened.enter_context(Kafka()), opened.enter_context(Postgres())
        own = None if registry else opened.enter_context(SchemaRegistry())
        yield Servers(kafka, postgres, registry or own.url)
