"""Real servers for the tests, and for a person to play with, on this machine's loopback only."""

from services.errors import ServiceError
from services.kafka import Kafka
from services.postgres import Postgres
from services.registry import SchemaRegistry
from services.shared import Owner, address

__all__ = ["Kafka", "Owner", "Postgres", "SchemaRegistry", "ServiceError", "address"]
