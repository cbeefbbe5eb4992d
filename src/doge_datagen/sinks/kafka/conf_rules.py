"""Which keys and values ``conf`` may have, checked without creating a client, which would load code that they name.

Two kinds of keys are refused although librdkafka knows them. Those that break a promise of ours, such as ``acks: 0``,
are always refused. Those that load a library, run a command or send the records elsewhere are refused in a model file,
which may come from somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from doge_datagen.errors import did_you_mean
from doge_datagen.model.redaction import HIDDEN, is_secret_name, revealed
from doge_datagen.sinks.kafka.properties import LIBRDKAFKA, PROPERTIES, Property

REMOVE = "remove it"
CODE = f"loads code or runs a command, and a model file must not. Hint: {REMOVE}"
BROKERS = f"names brokers beside those of 'kafka:'. Hint: {REMOVE}, and write them there"
OLD_PROTOCOL = f"lets the client speak a protocol without timestamps and headers. Hint: {REMOVE}"
MOCK = f"replaces the brokers with simulated ones, and nothing would arrive. Hint: {REMOVE}"
COUNTED = f"is what the counts of delivered records are made from. Hint: {REMOVE}"
NOT_IN_A_MODEL: Mapping[str, str] = {
    **dict.fromkeys(("plugin.library.paths", "ssl.providers", "ssl.engine.location", "ssl.engine.id"), CODE),
    "sasl.kerberos.kinit.cmd": CODE,
    **dict.fromkeys(("test.mock.num.brokers", "test.mock.broker.rtt"), MOCK),
    **dict.fromkeys(("metadata.broker.list", "bootstrap.servers"), BROKERS),
    **dict.fromkeys(("api.version.request", "api.version.fallback.ms", "broker.version.fallback"), OLD_PROTOCOL),
    "internal.termination.signal": f"sends signals to this process. Hint: {REMOVE}",
    "delivery.report.only.error": COUNTED,
}
"""By key, why it is refused in a model file whatever its value."""
FUNCTIONS = (
    *("logger", "on_delivery", "on_commit", "oauth_cb", "default.topic.config"),
    *(name for name, it in PROPERTIES.items() if it.kind == "see dedicated API"),
)
"""Keys whose values are functions or objects of a program."""
REFUSED = {
    **NOT_IN_A_MODEL,
    **dict.fromkeys(FUNCTIONS, f"takes a function or an object, which a model file cannot hold. Hint: {REMOVE}"),
}
IN_COMMANDS = ("sasl.kerberos.principal", "sasl.kerberos.keytab", "sasl.kerberos.service.name")
"""Keys that librdkafka inserts into the shell command with which it gets a Kerberos ticket."""
IN_COMMAND = re.compile(r"(?!-)[\w./@:+=-]*")
C_INTEGER = re.compile(r"[+-]?(?:0[xX](?P<hex>[0-9a-fA-F]+)|(?P<digits>\d+))")
TRUE, FALSE = ("true", "t", "1"), ("false", "f", "0")
Conf = Mapping[str, Any]
Rule = Callable[[str, str], str | None]


def broken_promise(conf: Conf) -> tuple[str, str] | None:
    """Return the first key that breaks a promise of all Kafka sinks, and the problem; None if there is none.

    >>> broken_promise({'acks': 0})[0]
    'acks'
    >>> broken_promise({'acks': 1, 'linger.ms': 5})
    """
    for key, value in conf.items():
        rule = PROMISES.get(main_name(key))
        problem = None if rule is None or isinstance(value, Mapping) else rule(key, str(revealed(value)).strip())
        if problem is not None:
            return key, problem
    # The old form of topic settings, where an acks of 0 would go unnoticed.
    nested = conf.get("default.topic.config")
    return broken_promise(nested) if isinstance(nested, Mapping) else None


def problem_of_key(key: str, value: object) -> str | None:
    """Describe what is wrong with a key of a model file's ``conf``, taken alone; None if nothing is."""
    if (reason := REFUSED.get(key)) is not None:
        return reason
    known = PROPERTIES.get(key)
    if known is None:
        usable = [it for it in PROPERTIES if it not in REFUSED]
        return f"is not a property of librdkafka {LIBRDKAFKA}. Hint: {did_you_mean(key, usable)}"
    if known.consumers_only:
        return f"is a property of consumers, and means nothing to a producer. Hint: {REMOVE}"
    rule = IN_A_MODEL.get(main_name(key))
    if rule is not None and (problem := rule(key, str(revealed(value)).strip())):
        return problem
    if key in IN_COMMANDS and not IN_COMMAND.fullmatch(str(revealed(value))):
        return "becomes part of a shell command, so it can have letters, digits and . / @ : + = - _ only"
    return _problem_of_value(key, known, value)


def shown_value(value: object) -> str:
    """Format a value as a model file writes it, without secrets."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def main_name(key: str) -> str:
    """The main name of a property, of which the key may be an alias."""
    return PROPERTIES[key].alias_of or key if key in PROPERTIES else key


def _problem_of_value(key: str, known: Property, value: object) -> str | None:
    text = str(revealed(value)).strip()
    shown = HIDDEN if is_secret_name(key) else shown_value(value)
    if known.kind == "boolean":
        return None if text.lower() in (*TRUE, *FALSE) else f"{shown} is not true or false"
    if known.kind in ("integer", "float"):
        return None if text.lower() in known.choices else _problem_of_number(text, shown, known)
    given = [it.strip().lstrip("+-") for it in text.split(",")] if known.kind == "CSV flags" else [text]
    if known.choices and not {it.lower() for it in given} <= {it.lower() for it in known.choices}:
        return f"{shown} is not possible. Hint: {did_you_mean(str(value), known.choices)}"
    return None


def _problem_of_number(text: str, shown: str, known: Property) -> str | None:
    wanted = "an integer" if known.kind == "integer" else "a number"
    try:
        number = int(text, 0) if known.kind == "integer" else float(text)
    except ValueError:
        number = None
    # Checked as librdkafka parses it, by strtol, which ignores what follows the digits: 10_000 would be 10.
    if number is None or "_" in text:  # underscores, which Python allows in a number and C does not
        return f"{shown} is not {wanted} from {known.low} to {known.high}"
    within = known.low <= number <= known.high
    return None if within else f"{shown} is out of range. Hint: give {wanted} from {known.low} to {known.high}"


def _no_acks(key: str, text: str) -> str | None:
    """Refuse zero as librdkafka parses it: it reads only the digits at the beginning."""
    found = C_INTEGER.match(text)
    if found is None or (found["hex"] or found["digits"]).strip("0"):
        return None
    return f"{text} counts records as delivered that no broker has confirmed. Hint: give all, or remove {key}"


def _events(_: str, text: str) -> str | None:
    return None if text == "0" else COUNTED


def _never(reason: str) -> Rule:
    return lambda *_: reason


def _not(refused: tuple[str, ...], reason: str) -> Rule:
    return lambda _, text: reason if text.lower() in refused else None


PROMISES: Mapping[str, Rule] = {
    "request.required.acks": _no_acks,
    "transactional.id": _never(f"is ours: transactions are for named runs. Hint: {REMOVE}, and give --run-id"),
    "delivery.report.only.error": _not(TRUE, COUNTED),
    "enabled_events": _events,
    "queuing.strategy": _not(("lifo",), "lifo sends the newest record first, and records of a key keep their order"),
    "partitioner": _not(("random",), "random tears the records of a key apart, and these keep their order"),
}
"""By main name of a key, what breaks a promise of all Kafka sinks."""
IN_A_MODEL: Mapping[str, Rule] = {
    **PROMISES,
    "allow.auto.create.topics": _not(
        TRUE, f"makes a topic that is deleted in mid-run again, without what was in it. Hint: {REMOVE}"
    ),
}
"""The same for the streams of a model."""
