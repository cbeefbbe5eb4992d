"""Find keys of a producer's ``conf`` that are valid alone but contradict each other, or the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from doge_datagen.errors import did_you_mean
from doge_datagen.model.redaction import revealed
from doge_datagen.sinks.kafka.conf_rules import TRUE, main_name, shown_value

ALL_ACKS = ("all", "-1")
# Brokers remember the sequence numbers of a producer's last five batches per partition (NUM_BATCHES_TO_RETAIN).
MOST_IN_FLIGHT = 5
"""Most requests in flight for which the broker still guarantees the order of an idempotent producer's records."""
FETCHED, FRAME = 52_428_800, 512
"""Bytes of records that a client fetches at once, and of the protocol around them."""
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "GSSAPI")
WITH_PASSWORD = MECHANISMS[:3]


@dataclass(frozen=True, slots=True)
class Given:
    """A key of the configuration.

    Attributes:
        key: the key as given, which may be an alias of the property.
        text: its value.
        shown: its value for messages.
    """

    key: str
    text: str
    shown: str

    @property
    def is_true(self) -> bool:
        """Whether librdkafka reads the value as true."""
        return self.text.lower() in TRUE


Keys = Mapping[str, Given]
Found = tuple[str, str]
Rule = Callable[[Keys], Found | None]


def contradiction(
    conf: Mapping[str, Any], given: Mapping[str, Any] = MappingProxyType({}), *, resumable: bool
) -> Found | None:
    """Return the first key that contradicts another or the run, and the problem; None if there is none.

    Args:
        conf: configuration of a producer, ours included; each key is valid alone.
        given: the keys that the user gave, with values that messages may show.
        resumable: whether the run has a name, so that records are delivered in transactions.

    >>> contradiction({'enable.idempotence': True, 'max.in.flight': 10}, resumable=False)[0]
    'max.in.flight'
    """
    keys = {
        main_name(key): Given(key, str(revealed(value)).strip(), shown_value(given.get(key, value)))
        for key, value in conf.items()
    }
    found = (rule(keys) for rule in (*RULES, *(RULES_OF_TRANSACTIONS if resumable else ())))
    return next((it for it in found if it is not None), None)


def _is_idempotent(keys: Keys) -> bool:
    return "enable.idempotence" in keys and keys["enable.idempotence"].is_true


def _number(keys: Keys, name: str, otherwise: float) -> float:
    if name not in keys:
        return otherwise
    text = keys[name].text
    try:
        return int(text, 0)
    except ValueError:
        return float(text)


def _acks(keys: Keys) -> Found | None:
    acks = keys.get("request.required.acks")
    if acks is None or acks.text in ALL_ACKS or not _is_idempotent(keys):
        return None
    return (
        acks.key,
        f"{acks.shown} contradicts enable.idempotence: true, which needs acks: all. Hint: remove one of them",
    )


def _idempotent(name: str, least: float, most: float, bound: str) -> Rule:
    def rule(keys: Keys) -> Found | None:
        if not _is_idempotent(keys) or least <= _number(keys, name, least) <= most:
            return None
        problem = "is not possible with enable.idempotence, without which records may be lost, doubled or out of order"
        return keys[name].key, f"{keys[name].shown} {problem}. Hint: give {bound}"

    return rule


def _gapless(keys: Keys) -> Found | None:
    gapless = keys.get("enable.gapless.guarantee")
    if gapless is None or not gapless.is_true or _is_idempotent(keys):
        return None
    return gapless.key, "needs enable.idempotence: true"


def _time_to_send(keys: Keys) -> Found | None:
    timeout, linger = _number(keys, "message.timeout.ms", 0), _number(keys, "queue.buffering.max.ms", 0)
    if timeout == 0 or timeout > linger:
        return None
    given = keys["message.timeout.ms"]
    return (
        given.key,
        f"{given.shown} is not longer than linger.ms, which is {linger:.0f}. Hint: raise it, or lower the other",
    )


def _backoff(keys: Keys) -> Found | None:
    names = ("reconnect.backoff.max.ms", "reconnect.backoff.ms")
    if _number(keys, names[0], 10_000) >= _number(keys, names[1], 100):
        return None
    given = next(keys[name] for name in names if name in keys)
    return given.key, f"{given.shown} makes reconnect.backoff.ms longer than reconnect.backoff.max.ms"


def _mechanism(keys: Keys) -> Found | None:
    given = keys.get("sasl.mechanisms")
    if given is None or not keys.get("security.protocol", given).text.lower().startswith("sasl"):
        return None
    if given.text not in MECHANISMS:
        return (
            given.key,
            f"{given.shown} is not possible. Hint: {did_you_mean(given.shown.strip(repr('')), MECHANISMS)}",
        )
    missing = [name for name in ("sasl.username", "sasl.password") if name not in keys]
    if given.text in WITH_PASSWORD and missing:
        return given.key, f"{given.shown} needs {' and '.join(missing)} too"
    return None


def _once(keys: Keys) -> Found | None:
    for name, strong in (("request.required.acks", ALL_ACKS), ("enable.idempotence", TRUE)):
        if name in keys and keys[name].text.lower() not in strong:
            problem = "is not possible with --run-id, where each record arrives exactly once. Hint: remove it"
            return keys[name].key, f"{keys[name].shown} {problem}"
    return None


def _within_the_transaction(keys: Keys) -> Found | None:
    limit, given = _number(keys, "transaction.timeout.ms", 60_000), keys.get("socket.timeout.ms")
    # The comparison of librdkafka itself, whose error would name neither the file nor the key.
    if given is None or _number(keys, "socket.timeout.ms", 0) <= limit + 100:
        return None
    return given.key, f"{given.shown} is longer than transaction.timeout.ms, which is {limit:.0f}. Hint: lower it"


def _positions_can_be_read(keys: Keys) -> Found | None:
    given = keys.get("receive.message.max.bytes")
    least = max(FETCHED, _number(keys, "message.max.bytes", 0)) + FRAME
    if given is None or _number(keys, "receive.message.max.bytes", 0) >= least:
        return None
    return (
        given.key,
        f"{given.shown} is too small with --run-id, as the position is read back. Hint: give {least:.0f} or more",
    )


RULES: tuple[Rule, ...] = (
    _acks,
    _idempotent("message.send.max.retries", 1, float("inf"), "1 or more"),
    _idempotent("max.in.flight.requests.per.connection", 1, MOST_IN_FLIGHT, f"{MOST_IN_FLIGHT} or fewer"),
    _idempotent("queue.buffering.backpressure.threshold", 1, 1, "1"),
    _gapless,
    _time_to_send,
    _backoff,
    _mechanism,
)
RULES_OF_TRANSACTIONS: tuple[Rule, ...] = (_once, _within_the_transaction, _positions_can_be_read)
