"""Check ``schema_registry_conf``, the settings of the schema registry's client, without creating a client."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from doge_datagen.errors import ModelError, did_you_mean
from doge_datagen.model.redaction import HIDDEN, is_secret_name, redacted, revealed

URL = re.compile(r"(?:https?|socks5h?)://[^/\s]+.*")
WEB = re.compile(r"https?://[^/\s]+.*")
NEEDED_BY: Mapping[str, tuple[str, ...]] = {
    "OAUTHBEARER": ("logical.cluster", "client.id", "client.secret", "scope", "issuer.endpoint.url"),
    "OAUTHBEARER_AZURE_IMDS": ("logical.cluster",),
    "STATIC_TOKEN": ("logical.cluster", "token"),
}
"""By source of the token, the keys of ``bearer.auth`` that are required."""
TAKEN_BY: Mapping[str, tuple[str, ...]] = {
    "OAUTHBEARER": ("identity.pool.id",),
    "OAUTHBEARER_AZURE_IMDS": ("identity.pool.id", "issuer.endpoint.url", "issuer.endpoint.query"),
    "STATIC_TOKEN": ("identity.pool.id",),
}
"""The keys that are optional."""
SOURCE = "bearer.auth.credentials.source"

Rule = Callable[[Any], str | None]
"""Returns what a value should be; None if it is that."""


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value else "a string"


def _certificates(value: Any) -> str | None:
    return None if value is False else _text(value) and "the path of a file, or false"


def _url(pattern: re.Pattern[str], like: str) -> Rule:
    return lambda value: None if isinstance(value, str) and pattern.fullmatch(value) else f"a URL, such as {like}"


def _user(value: Any) -> str | None:
    return None if isinstance(value, str) and ":" in value else "user:password"


def _source(value: Any) -> str | None:
    return None if isinstance(value, str) and value in NEEDED_BY else f"one of {', '.join(NEEDED_BY)}"


def _number(least: int, unit: str) -> Rule:
    def rule(value: Any) -> str | None:
        number = _as_number(value)
        is_number = isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
        return None if is_number and number >= least else f"a number of {unit}, {least} or more"

    return rule


NUMBERS: Mapping[str, Rule] = {
    "timeout": _number(1, "seconds"),
    "cache.capacity": _number(1, "schemas"),
    "cache.latest.ttl.sec": _number(1, "seconds"),
    "max.retries": _number(0, "retries"),
    "retries.wait.ms": _number(0, "milliseconds"),
    "retries.max.wait.ms": _number(0, "milliseconds"),
}
BEARER = (
    "token",
    "client.id",
    "client.secret",
    "scope",
    "logical.cluster",
    "identity.pool.id",
    "issuer.endpoint.query",
)
KEYS: Mapping[str, Rule] = {
    "ssl.ca.location": _certificates,
    **dict.fromkeys(("ssl.key.location", "ssl.key.password", "ssl.certificate.location"), _text),
    "basic.auth.user.info": _user,
    "proxy": _url(URL, "http://proxy.example:3128"),
    **NUMBERS,
    SOURCE: _source,
    **dict.fromkeys((f"bearer.auth.{name}" for name in BEARER), _text),
    "bearer.auth.issuer.endpoint.url": _url(WEB, "https://login.example/token"),
}
"""By key, the rule for its value."""


def check_registry_conf(conf: Mapping[str, Any], where: str, *, all_known: bool = True) -> None:
    """Check that the client accepts the keys and their values.

    Args:
        conf: keys and values; ``url`` is not checked.
        where: location of the mapping, for errors.
        all_known: whether keys that are not listed here are errors; programs can also pass keys with functions.

    Raises:
        ModelError: a key or value is invalid.

    >>> check_registry_conf({'timeout': 5, 'proxy': 5}, 'targets.live.trx.schema_registry_conf')
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: targets.live.trx.schema_registry_conf.proxy: 5 is not a URL, such as \
http://proxy.example:3128
    """
    for key, value in conf.items():
        # The client checks them, too, but only when a run opens the sink, and in words of its own.
        if key in KEYS and (wanted := KEYS[key](revealed(value))):
            shown = HIDDEN if is_secret_name(key) else repr(redacted(value))
            raise ModelError(f"{where}.{key}", f"{shown} is not {wanted}")
        if key not in KEYS and key != "url" and all_known:
            raise ModelError(
                f"{where}.{key}", f"is not a key of the registry's client. Hint: {did_you_mean(key, KEYS)}"
            )
    for key, problem in _contradictions(conf):
        raise ModelError(f"{where}.{key}", problem)


def with_numbers(conf: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings as the client takes them: numbers from environment variables are converted."""
    known = dict(revealed(conf))
    return {key: _as_number(value) if key in NUMBERS else value for key, value in known.items()}


def _contradictions(conf: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("ssl.key.location", "ssl.key.password"):
        if key in conf and "ssl.certificate.location" not in conf:
            yield key, "needs ssl.certificate.location too"
    source = revealed(conf.get(SOURCE, ""))
    needed = [f"bearer.auth.{name}" for name in NEEDED_BY.get(source, ())]
    taken = [*needed, *(f"bearer.auth.{name}" for name in TAKEN_BY.get(source, ()))]
    yield from ((SOURCE, f"needs {key} too") for key in needed if key not in conf)
    for key in conf:
        if key.removeprefix("bearer.auth.") in BEARER and key not in taken:
            problem = f"means nothing where {SOURCE} is {source}" if source else f"needs {SOURCE} too"
            yield key, problem


def _as_number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return int(value) if value.strip().lstrip("-").isdecimal() else float(value)
    except ValueError:
        return value
