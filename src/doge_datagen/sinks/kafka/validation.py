"""Check the target of a topic before any broker or registry is contacted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.model import whole_number
from doge_datagen.model.redaction import Redacted, redacted, revealed
from doge_datagen.sinks.kafka.client import Driver
from doge_datagen.sinks.kafka.conf import BUFFER_SIZE, client_conf, producer_conf, transactional_conf
from doge_datagen.sinks.kafka.conf_contradictions import contradiction
from doge_datagen.sinks.kafka.conf_rules import problem_of_key
from doge_datagen.sinks.kafka.registry_conf import check_registry_conf
from doge_datagen.sinks.kafka.schema_registry import check_urls, client_of_registry
from doge_datagen.sinks.kafka.topics import BROKERS_DEFAULT, check_topic_name
from doge_datagen.sinks.sink_kind import SinkConfig

JSON, AVRO = "json", "avro"
MOST_PARTITIONS, MOST_COPIES = 100_000, 10_000
"""The client's own limits."""
FILES = (".location", ".file", ".keytab")
"""Suffixes of keys that name a file."""
PROBED = "probe"
"""Value of a certificate key that lets the client look for the certificates itself."""
PLACES = {"kafka": "", "Kafka sink.bootstrap_servers": ""}
"""Locations of errors raised elsewhere, and what they are in a target."""


def check_kafka(given: SinkConfig) -> None:
    """Check the target of a topic; no client is created, as that would load code that ``conf`` names.

    Raises:
        ModelError: the target is invalid.
    """
    conf = given.options.get("conf", {})
    for key, value in conf.items():
        if problem := problem_of_key(key, value):
            raise ModelError(f"{given.where}.conf.{key}", problem)
    with located_at(given.where):
        topic_numbers(given.options)
        client_conf(given.at, None, conf)
        _check_registry(given)
    known, resumable = revealed(conf), given.run_id is not None
    whole = transactional_conf(known, "") if resumable else producer_conf(known, BUFFER_SIZE)
    if found := contradiction(whole, conf, resumable=resumable):
        raise ModelError(f"{given.where}.conf.{found[0]}", found[1])
    topic = given.options.get("topic")
    check_topic_name(topic or given.stream, given.where if topic is None else f"{given.where}.topic")


def _check_registry(given: SinkConfig) -> None:
    if given.options.get("format", JSON) == AVRO:
        check_urls(redacted(registry_of(given.options)), "kafka.schema_registry")
    conf = given.options.get("schema_registry_conf", {})
    if "url" in conf:
        raise ModelError("kafka.schema_registry_conf.url", "belongs beside it: write schema_registry: and the URL")
    check_registry_conf(conf, "kafka.schema_registry_conf")


def needs_of_kafka(given: SinkConfig) -> None:
    """Check that this machine has the clients, and the files that ``conf`` names.

    Raises:
        MissingDriverError: a package is missing.
        ModelError: a file is missing.
    """
    Driver()
    if given.options.get("format", JSON) == AVRO:
        client_of_registry()
    for name in ("conf", "schema_registry_conf"):
        for key, value in given.options.get(name, {}).items():
            if key.endswith(FILES) and isinstance(value, Redacted) and value != PROBED:
                _check_exists(value, f"{given.where}.{name}.{key}")


def _check_exists(file: Redacted, where: str) -> None:
    try:
        there = Path(file.reveal()).exists()
    except (OSError, ValueError):
        there = False
    if not there:
        raise ModelError(where, f"there is no file {file!r} on this machine")


def topic_numbers(options: Mapping[str, Any]) -> tuple[int, int]:
    """Return the number of partitions and the replication factor of a new topic.

    Raises:
        ModelError: one is out of range.
    """
    partitions = whole_number("kafka.partitions", options.get("partitions", 1), at_least=1, below=MOST_PARTITIONS + 1)
    replication = options.get("replication", BROKERS_DEFAULT)
    if replication != BROKERS_DEFAULT:
        whole_number("kafka.replication", replication, at_least=1, below=MOST_COPIES + 1)
    return partitions, replication


def registry_of(options: Mapping[str, Any]) -> str | Redacted:
    """Return the URL of the schema registry.

    Raises:
        ModelError: it is missing.
    """
    url = options.get("schema_registry")
    if not url:
        problem = "format 'avro' needs the URL of a schema registry, such as http://localhost:8081"
        raise ModelError("kafka.schema_registry", problem)
    return url if isinstance(url, Redacted) else str(url)


@contextmanager
def located_at(where: str) -> Iterator[None]:
    """Report errors at their location in the target."""
    try:
        yield
    except ModelError as error:
        below = error.dotted_path.removeprefix("Kafka sink.").removeprefix("kafka.")
        below = PLACES.get(error.dotted_path, f".{below}")
        # Without the first error, which would be shown as its context and has another location.
        raise ModelError(f"{where}{below}", error.problem) from None
