"""The configuration of Kafka clients: addresses, guarantees and batching, overridden by the user's keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.model.redaction import Redacted, revealed
from doge_datagen.sinks.kafka.addresses import check_addresses, shown_addresses
from doge_datagen.sinks.kafka.conf_contradictions import ALL_ACKS
from doge_datagen.sinks.kafka.conf_rules import broken_promise

BUFFER_SIZE = 100_000
BATCH_SIZE = 1_000_000
"""Default size of a batch in bytes, the same as the client's own default."""
PLACE = "Kafka sink"
DEFAULTS = {
    "enable.idempotence": True,
    "linger.ms": 50,
    "compression.type": "lz4",
}
ADDRESSES = ("bootstrap.servers", "metadata.broker.list")
ACKS = ("acks", "request.required.acks")
TRANSACTION_MS = 60_000
MESSAGE_MS = 30_000
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
        "delivery.report.only.error": True,
        TRANSACTION: whole,
        MESSAGE[0]: min(whole, _milliseconds(conf, MESSAGE, MESSAGE_MS) or whole),
    }
    others = {key: value for key, value in conf.items() if key not in MESSAGE}
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
