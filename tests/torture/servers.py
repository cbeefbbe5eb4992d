"""The servers of a torture test: a broker and a database of its own, which it kills, and a schema registry."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from services import Kafka, Postgres, SchemaRegistry


@dataclass(frozen=True)
class Addresses:
    """The addresses of the servers.

    Attributes:
        kafka: bootstrap servers.
        database: URL of PostgreSQL.
        registry: URL of the schema registry.
    """

    kafka: str
    database: str
    registry: str

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that the targets refer to."""
        return {"KAFKA": self.kafka, "DATABASE": self.database, "SCHEMA_REGISTRY": self.registry}


@dataclass(frozen=True)
class Servers:
    """The servers that runs use and that may be killed.

    Attributes:
        kafka: may be killed.
        postgres: may be killed.
        registry: URL of the schema registry, which is never killed.
    """

    kafka: Kafka
    postgres: Postgres
    registry: str

    @property
    def addresses(self) -> Addresses:
        """Their addresses, which a restart does not change."""
        return Addresses(self.kafka.bootstrap_servers, self.postgres.url, self.registry)


@contextmanager
def servers(registry: str | None = None) -> Iterator[Servers]:
    """Start the servers, and stop them at the end; includes a registry unless one is given."""
    with ExitStack() as opened:
        kafka, postgres = opened.enter_context(Kafka()), opened.enter_context(Postgres())
        own = None if registry else opened.enter_context(SchemaRegistry())
        yield Servers(kafka, postgres, registry or own.url)
