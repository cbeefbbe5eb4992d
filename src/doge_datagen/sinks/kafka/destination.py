"""Identify the topic and cluster that a target names, by whichever of its brokers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from doge_datagen.model.redaction import revealed
from doge_datagen.sinks.destination_identity import DestinationIdentity, machine
from doge_datagen.sinks.sink_kind import SinkConfig

BROKER = re.compile(r"(?:\w+://)?(?P<host>\[[^]]*\]|[^:]*)(?::(?P<port>\d+))?")
LISTS = ("bootstrap.servers", "metadata.broker.list")
PORT = "9092"
REMEDY = "give each a topic of its own: in one, the records of two streams would not be in order of time"


def destination_of_topic(given: SinkConfig) -> DestinationIdentity:
    """Identify the topic that a target names; two lists with a broker in common are the same cluster."""
    conf = given.options.get("conf")
    listed = [str(revealed(conf[key])) for key in LISTS if conf.get(key)] if isinstance(conf, Mapping) else []
    brokers = {broker for text in listed or [given.at.reveal()] for broker in _brokers(text)}
    return in_cluster(frozenset(brokers), str(revealed(given.options.get("topic", given.stream))))


def in_cluster(cluster: frozenset[str], topic: str) -> DestinationIdentity:
    """Identify a topic of a cluster, which is given by its brokers or by its id."""
    return DestinationIdentity(frozenset(cluster), topic, "kafka", remedy=REMEDY)


def _brokers(text: str) -> Iterator[str]:
    for part in filter(None, (it.strip() for it in text.split(","))):
        found = BROKER.fullmatch(part)
        yield f"{machine(found['host'])}:{found['port'] or PORT}" if found else part
