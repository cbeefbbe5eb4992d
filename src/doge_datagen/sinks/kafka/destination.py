"""Identify the topic and cluster that a target names, by whichever of its brokers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from doge_datagen.model.redaction import revealed
from doge_datagen.sinks.base import SinkConfig
from doge_datagen.sinks.destination_identity import TOPIC, DestinationIdentity, machine

BROKER = re.compile(r"(?:\w+://)?(?P<host>\[[^]]*\]|[^:]*)(?::(?P<port>\d+))?")
LISTS = ("bootstrap.servers", "metadata.broker.list")
PORT = "9092"


def destination_of_topic(given: SinkConfig) -> DestinationIdentity:
    """Identify the topic that a target names; two lists with a broker in common are the same cluster."""
    conf = given.options.get("conf")
    listed = [str(revealed(conf[key])) for key in LISTS if conf.get(key)] if isinstance(conf, Mapping) else []
    brokers = {broker for text in listed or [given.at.reveal()] for broker in _brokers(text)}
    return in_cluster(frozenset(brokers), topic_of(given.options, given.stream))


def in_cluster(cluster: frozenset[str], topic: str) -> DestinationIdentity:
    """Identify a topic of a cluster, which is given by its brokers or by its id."""
    return DestinationIdentity(TOPIC, frozenset(cluster), topic, TOPIC)


def topic_of(options: Mapping[str, object], stream: str) -> str:
    """Name of the topic that a target names; the stream's name by default."""
    return str(revealed(options.get("topic", stream)))


def _brokers(text: str) -> Iterator[str]:
    for part in filter(None, (it.strip() for it in text.split(","))):
        found = BROKER.fullmatch(part)
        yield f"{machine(found['host'])}:{found['port'] or PORT}" if found else part
