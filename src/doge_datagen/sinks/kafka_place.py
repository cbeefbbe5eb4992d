"""What is wrong with a topic as a target says it, before any broker or registry is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from doge_datagen.encode.avro_schema import check_field_names
from doge_datagen.errors import MissingDriverError, ModelError
from doge_datagen.model import whole_number
from doge_datagen.sinks.batch_sink import Described
from doge_datagen.sinks.installed import see_that_installed
from doge_datagen.sinks.kafka_client import Driver, check_conf
from doge_datagen.sinks.kafka_conf import BUFFER_SIZE, Conf, client_conf, producer_conf
from doge_datagen.sinks.kafka_topics import BROKERS_DEFAULT, check_topic_name
from doge_datagen.sinks.schema_registry import check_urls, client_of_registry

JSON, AVRO = "json", "avro"
MOST_PARTITIONS, MOST_COPIES = 100_000, 10_000
"""What the client lets us ask for."""
OF_THE_MACHINE = re.compile(
    r"\.location(: | failed|` must be an existing)|file: |No provider|OpenSSL (provider|engine)|(dlopen|LoadLibrary)\("
)
"""What librdkafka says where a value makes sense, but names what is not here: a file, a library, a way to log in."""
PLACES = {"kafka": "", "Kafka sink.bootstrap_servers": "", "Kafka sink.conf": ".conf"}
"""By where else a mistake would be, where it is in a target."""


def check_kafka(given: Described) -> None:
    """See that what a target says of a topic makes sense.

    Raises:
        ModelError: it does not.
    """
    with _told_at(given.where):
        topic_numbers(given.options)
        conf = _conf(given)
        if given.options.get("format", JSON) == AVRO:
            check_urls(registry_of(given.options), "kafka.schema_registry")
            check_field_names(given.fields, given.stream, "kafka")
    topic = given.options.get("topic")
    check_topic_name(topic or given.stream, given.where if topic is None else f"{given.where}.topic")
    if given.options.get("conf"):
        _check_keys(conf, given.where)


def needs_of_kafka(given: Described) -> None:
    """See that this machine has the packages, and what ``conf`` names.

    Raises:
        MissingDriverError: a package is missing.
        ModelError: librdkafka misses something else, such as a file.
    """
    driver = Driver()
    if given.options.get("format", JSON) == AVRO:
        see_that_installed("Avro", "avro", "pyruhvro")
        client_of_registry()
    else:
        see_that_installed("JSON", "json", "polars")
    with _told_at(given.where):
        check_conf(driver, _conf(given))


def topic_numbers(options: Mapping[str, Any]) -> tuple[int, int]:
    """How many partitions and copies a new topic gets.

    Raises:
        ModelError: not so many.
    """
    partitions = whole_number("kafka.partitions", options.get("partitions", 1), at_least=1, below=MOST_PARTITIONS + 1)
    replication = options.get("replication", BROKERS_DEFAULT)
    if replication != BROKERS_DEFAULT:
        whole_number("kafka.replication", replication, at_least=1, below=MOST_COPIES + 1)
    return partitions, replication


def registry_of(options: Mapping[str, Any]) -> str:
    """The URL of the schema registry.

    Raises:
        ModelError: there is none.
    """
    if not options.get("schema_registry"):
        problem = "format 'avro' needs the URL of a schema registry, such as http://localhost:8081"
        raise ModelError("kafka.schema_registry", problem)
    return str(options["schema_registry"])


def _conf(given: Described) -> Conf:
    return producer_conf(client_conf(given.at, None, given.options.get("conf", {})), BUFFER_SIZE)


def _check_keys(conf: Conf, where: str) -> None:
    """See that librdkafka takes the keys and their values together; where it is not installed, nobody knows."""
    try:
        driver = Driver()
    except MissingDriverError:
        return
    try:
        with _told_at(where):
            check_conf(driver, conf)
    except ModelError as error:
        if not OF_THE_MACHINE.search(str(error)):
            raise


@contextmanager
def _told_at(where: str) -> Iterator[None]:
    """Tell what is wrong at the place in the target where it stands."""
    try:
        yield
    except ModelError as error:
        below = PLACES.get(error.place, f".{error.place.removeprefix('kafka.')}")
        raise ModelError(f"{where}{below}", str(error).removeprefix(f"{error.place}: ")) from None
