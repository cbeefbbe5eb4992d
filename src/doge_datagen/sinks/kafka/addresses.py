"""Addresses of Kafka brokers, in the syntax of librdkafka: checked, displayed, and as the identity of a topic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from doge_datagen.errors import ModelError
from doge_datagen.model.redaction import HIDDEN, Redacted, revealed
from doge_datagen.sinks.destination_identity import DestinationIdentity, machine
from doge_datagen.sinks.sink_kind import SinkConfig

BROKER = re.compile(
    r"(?:(?P<protocol>[A-Za-z_]+)://)?(?P<host>[\w.-]+|\[[\w:.%]+\]|[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)"
    r"(?::(?P<port>\d{1,5}))?/?"
)
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
LAST_PORT = 65_535
LIKE = "write host:port, such as localhost:9092"
USER = "a broker's address has no user. Hint: give user and password in conf: sasl.username, sasl.password"


def check_addresses(at: Redacted, protocol: str, where: str) -> None:
    """Check each address of a broker: ``host`` or ``host:port``, optionally after a protocol such as ``SASL_SSL://``.

    Args:
        at: the addresses, separated by commas.
        protocol: the ``security.protocol``, which a protocol in an address has to match.
        where: location of the addresses, for errors.

    Raises:
        ModelError: an address is invalid, or there is none.

    >>> check_addresses(Redacted('broker-1:9092, SSL://[::1]:9093'), 'ssl', 'targets.live.trx')
    >>> check_addresses(Redacted('http://localhost:9092'), 'plaintext', 'targets.live.trx')
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: targets.live.trx: 'http://localhost:9092' is not a broker's address. Hint: write \
host:port, such as localhost:9092
    """
    given = [it for it in at.split(",") if it]
    if not given:
        raise ModelError(where, "no broker is named. Hint: give one, such as 'localhost:9092'")
    for address in given:
        problem = _problem(address, protocol.upper())
        if problem is not None:
            raise ModelError(where, problem)


def shown_addresses(at: Redacted) -> str:
    """Return the addresses for messages; anything that is not a broker's address is hidden, as it may be a secret.

    >>> shown_addresses(Redacted('a:9092,ann:hunter2@b:9092'))
    '***@b:9092'
    """
    shown = [it.strip() for it in at.address.split(",")]
    return ",".join(it if BROKER.fullmatch(it.removeprefix(f"{HIDDEN}@")) or "${" in it else HIDDEN for it in shown)


def _problem(address: Redacted, protocol: str) -> str | None:
    text = address.reveal()
    if "@" in text:
        return USER
    found = BROKER.fullmatch(text)
    named = (found["protocol"] or protocol).upper() if found else ""
    if found is None or named not in PROTOCOLS:
        return f"{address!r} is not a broker's address. Hint: {LIKE}"
    if found["port"] and not 1 <= int(found["port"]) <= LAST_PORT:
        return f"{address!r} has a port that does not exist. Hint: give one from 1 to {LAST_PORT}"
    if named != protocol:
        hint = f"set security.protocol: {named} in conf, or remove the '{named}://'"
        return f"{address!r} is not used, as security.protocol is {protocol}. Hint: {hint}"
    return None


HOST_AND_PORT = re.compile(r"(?:\w+://)?(?P<host>\[[^]]*\]|[^:]*)(?::(?P<port>\d+))?")
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
        found = HOST_AND_PORT.fullmatch(part)
        yield f"{machine(found['host'])}:{found['port'] or PORT}" if found else part
