"""The configuration of Kafka clients: addresses, guarantees and batching, overridden by the user's keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.model.redaction import HIDDEN, Redacted, revealed
from doge_datagen.sinks.destination_identity import DestinationIdentity, machine
from doge_datagen.sinks.kafka.conf_contradictions import ALL_ACKS
from doge_datagen.sinks.kafka.conf_rules import broken_promise
from doge_datagen.sinks.sink_kind import SinkConfig

BUFFER_SIZE = 100_000
BATCH_SIZE = 1_000_000
"""Default size of a batch in bytes, the same as the client's own default."""
PLACE = "Kafka sink"
DEFAULTS = {
    # Without it, a request whose answer was lost is sent again and stored twice, or behind a later one (KIP-98).
    "enable.idempotence": True,
    "linger.ms": 50,
    "compression.type": "lz4",
}
ADDRESSES = ("bootstrap.servers", "metadata.broker.list")
ACKS = ("acks", "request.required.acks")
TRANSACTION_MS = 60_000
MESSAGE_MS = 30_000
SOCKET_MS = 60_000
"""The client's own default."""
TRANSACTION, MESSAGE = "transaction.timeout.ms", ("message.timeout.ms", "delivery.timeout.ms")

Conf = dict[str, Any]


def client_conf(
    bootstrap_servers: Iterable[str] | str | Redacted | None, client_id: str | None, conf: Mapping[str, Any]
) -> Conf:
    """Configuration that every client of one factory shares; the keys of ``conf`` take precedence.

    Raises:
        ModelError: an address is missing or invalid, or a key of ``conf`` breaks a promise.

    >>> client_conf(['a:9092', 'b:9092'], 'doge', {'linger.ms': 5})
    {'bootstrap.servers': 'a:9092,b:9092', 'client.id': 'doge', 'linger.ms': 5}
    """
    merged: Conf = {}
    if bootstrap_servers is not None:
        merged["bootstrap.servers"] = _joined(bootstrap_servers)
    if client_id is not None:
        merged["client.id"] = client_id
    # The user's keys last, in particular addresses in programs that give all of them in conf.
    merged.update(conf)
    if broken := broken_promise(merged):
        raise ModelError(f"{PLACE}.conf.{broken[0]}", broken[1])
    at = next((merged[key] for key in ADDRESSES if merged.get(key)), "")
    at = at if isinstance(at, Redacted) else Redacted(str(at))
    check_addresses(at, str(revealed(merged.get("security.protocol", "plaintext"))), f"{PLACE}.bootstrap_servers")
    return dict(revealed(merged))


def producer_conf(conf: Conf, buffer_size: int) -> Conf:
    """Configuration of a producer: nothing lost or duplicated, large batches.

    Idempotence, a default, needs all acknowledgements, so an ``acks`` that asks for fewer switches it off.

    Raises:
        ModelError: ``buffer_size`` is not an integer of at least 1.

    >>> producer_conf({'acks': 1}, 10)
    {'linger.ms': 50, 'compression.type': 'lz4', 'queue.buffering.max.messages': 10, 'acks': 1}
    """
    if isinstance(buffer_size, bool) or not isinstance(buffer_size, int) or buffer_size < 1:
        raise ModelError(f"{PLACE}.buffer_size", f"{buffer_size!r} is not a number of messages. Hint: give 1 or more")
    defaults: Conf = {**DEFAULTS, "queue.buffering.max.messages": buffer_size}
    if any(str(revealed(conf[key])) not in ALL_ACKS for key in ACKS if key in conf):
        del defaults["enable.idempotence"]
    return {**defaults, **conf}


def transactional_conf(conf: Conf, transactional_id: str) -> Conf:
    """Configuration of a transactional producer, whose id the next process of the run will have too.

    By default a record must be confirmed within 30 seconds and a transaction must end within 60. The keys
    ``message.timeout.ms``, which is limited to the length of a transaction, and ``transaction.timeout.ms`` of ``conf``
    take precedence.

    Raises:
        ModelError: a time in ``conf`` is not an integer.

    >>> conf = transactional_conf({'linger.ms': 5, 'transaction.timeout.ms': 20_000}, 'doge-nightly:trx')
    >>> conf['transactional.id'], conf['transaction.timeout.ms'], conf['message.timeout.ms'], conf['linger.ms']
    ('doge-nightly:trx', 20000, 20000, 5)
    """
    whole = _milliseconds(conf, (TRANSACTION,), TRANSACTION_MS)
    ours = {
        "transactional.id": transactional_id,
        # The broker would create a topic that is deleted in mid-run again, with its default retention.
        "allow.auto.create.topics": False,
        # Only failures are counted one by one: what the client no longer holds and has not reported has arrived.
        "delivery.report.only.error": True,
        TRANSACTION: whole,
        # librdkafka refuses a message.timeout.ms above transaction.timeout.ms. Zero, which is without a limit, means
        # the longest.
        MESSAGE[0]: min(whole, _milliseconds(conf, MESSAGE, MESSAGE_MS) or whole),
    }
    # An alias beside the main name would be set last, and undo what is calculated below.
    others = {key: value for key, value in conf.items() if key not in MESSAGE}
    # Ours last: with another transactional.id a resumed process would fence nobody.
    return {**producer_conf(others, BUFFER_SIZE), **ours}


def _milliseconds(conf: Conf, keys: Iterable[str], default: int) -> int:
    key = next((key for key in keys if key in conf), None)
    if key is None:
        return default
    try:
        return int(conf[key])
    except (TypeError, ValueError):
        problem = f"{key} is {conf[key]!r}, which is not an integer. Hint: give milliseconds, such as {default}"
        raise ModelError(f"{PLACE}.conf", problem) from None


def socket_seconds(conf: Conf) -> float:
    """How long a client waits for an answer to one request: librdkafka's ``socket.timeout.ms``, in seconds.

    >>> socket_seconds({'socket.timeout.ms': '500'}), socket_seconds({})
    (0.5, 60.0)
    """
    return int(str(conf.get("socket.timeout.ms", SOCKET_MS)), 0) / 1000


def addresses(conf: Conf) -> str:
    """The brokers' addresses as messages show them."""
    return shown_addresses(Redacted(next(str(conf[key]) for key in ADDRESSES if conf.get(key))))


def conf_or_size(conf: Mapping[str, Any] | int | None, buffer_size: int) -> tuple[Mapping[str, Any], int]:
    """Tell both arguments apart: 1.0.4 had ``buffer_size`` where ``conf`` is now, so a number there is a size."""
    if isinstance(conf, int):
        return {}, conf
    if conf is not None and not isinstance(conf, Mapping):
        raise ModelError(
            f"{PLACE}.conf", f"{type(conf).__name__} is not a mapping. Hint: give librdkafka's keys and values"
        )
    return conf or {}, buffer_size


def _joined(servers: Iterable[str] | str | Redacted) -> str | Redacted:
    if isinstance(servers, str | Redacted):
        return servers
    listed = list(servers)
    if not all(isinstance(server, str) for server in listed):
        raise ModelError(
            f"{PLACE}.bootstrap_servers", f"{listed!r} holds what is not a string. Hint: give 'host:port' each"
        )
    return ",".join(listed)


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


def identity_of_topic(given: SinkConfig) -> DestinationIdentity:
    """Identify the topic that a target names; two lists with a broker in common are the same cluster."""
    conf = given.options.get("conf")
    listed = [str(revealed(conf[key])) for key in LISTS if conf.get(key)] if isinstance(conf, Mapping) else []
    # Lists of brokers need not be complete, so two streams may name one cluster by different ones; one in common is
    # enough.
    brokers = {broker for text in listed or [given.at.reveal()] for broker in _brokers(text)}
    return in_cluster(frozenset(brokers), str(revealed(given.options.get("topic", given.stream))))


def in_cluster(cluster: frozenset[str], topic: str) -> DestinationIdentity:
    """Identify a topic of a cluster, which is given by its brokers or by its id."""
    return DestinationIdentity(frozenset(cluster), topic, "kafka", remedy=REMEDY)


def _brokers(text: str) -> Iterator[str]:
    for part in filter(None, (it.strip() for it in text.split(","))):
        found = HOST_AND_PORT.fullmatch(part)
        yield f"{machine(found['host'])}:{found['port'] or PORT}" if found else part
