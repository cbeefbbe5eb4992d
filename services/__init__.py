"""Real servers for tests and for experiments, reachable from this machine only."""

from services.errors import ServiceError
from services.kafka import Kafka
from services.postgres import Postgres
from services.registry import SchemaRegistry
from services.shared import Owner, address

__all__ = ["Kafka", "Owner", "Postgres", "SchemaRegistry", "ServiceError", "address"]
