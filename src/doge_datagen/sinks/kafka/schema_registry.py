"""The schema registry: its client, registering a schema, its refusals as our errors, and how schemas conflict."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from doge_datagen.errors import MissingDriverError, ModelError, RefusedError, UnreachableError
from doge_datagen.model.redaction import Redacted, hidden_in, is_secret_name, redacted, without_secrets
from doge_datagen.sinks.kafka.registry_conf import check_registry_conf, with_numbers
from doge_datagen.sinks.server_wait import FOREVER, Patience, Wait, in_background

PLACE = "KafkaAvroSinkFactory"
# Three attempts of at most 4 seconds with short pauses: an unreachable registry is reported within 15 seconds.
PATIENCE = {"timeout": 4, "max.retries": 2, "retries.wait.ms": 200}
SECONDS_BETWEEN_LOOKS = 0.1
WEB = re.compile(r"https?://[^/\s].*")
AWAY = frozenset({408, 429, 500, 502, 503, 504})
NOT_YOU = frozenset({401, 403})
NOT_HERE = frozenset({404, 405})
INCOMPATIBLE = 409


class Registry:
    """A schema registry in which Avro schemas are registered.

    A user and password in the URL are removed from it, so that no message or log can show them.

    Args:
        url: one URL, or several separated by commas; may be in ``conf`` instead.
        conf: keys of confluent-kafka's ``SchemaRegistryClient``; they take precedence.
        asker: who uses the registry, for error messages.
        patience: how long to wait for an answer, if that is less than the client waits.

    Raises:
        MissingDriverError: the client is not installed.
        ModelError: a URL is missing or invalid, or the client rejects a key or its value.
    """

    def __init__(
        self,
        url: str | Redacted | None,
        conf: Mapping[str, Any] | None,
        asker: str = PLACE,
        patience: Patience = FOREVER,
    ) -> None:
        schema_registry = client_of_registry()
        self._asker = asker
        self._patience = patience
        merged = {**PATIENCE, **({"url": url} if url else {}), **(conf or {})}
        where = f"{asker}.schema_registry_url"
        if not merged.get("url"):
            raise ModelError(where, "no registry is named, such as 'http://localhost:8081'")
        check_urls(redacted(merged["url"]), where)
        check_registry_conf(merged, f"{asker}.schema_registry_conf", all_known=False)
        self._conf = with_numbers(merged)
        self._secrets = [it for key, it in self._conf.items() if isinstance(it, str) and is_secret_name(key)]
        self._conf["url"], user = without_user(self._conf["url"])
        if user is not None:
            self._conf.setdefault("basic.auth.user.info", user)
            # The password alone, too: the client may quote it without the user.
            self._secrets += [user, user.partition(":")[2]]
        self.url = without_secrets(self._conf["url"])
        self.modules = schema_registry
        # The client uses one of these HTTP libraries, whichever is installed, and lets its exceptions through.
        spoken = [sys.modules[name] for name in ("httpx2", "httpx") if name in sys.modules]
        self._http_errors = tuple(kind for module in spoken for kind in (module.HTTPError, module.InvalidURL))
        self.client()

    def registered(self, destination: str, subject: str, schema: str) -> int:
        """Register an Avro schema under a subject, if it is not registered yet, and return its id.

        Raises:
            UnreachableError: the registry does not answer, or is temporarily unavailable.
            RefusedError: it refuses the user or the schema, with its reason or the fields that differ.
        """
        wait = Wait(f"schema registry {self.url}", self._patience)
        # In a thread, so that a request to stop is seen meanwhile, of which the HTTP client knows nothing.
        answer = in_background(lambda: self._register(destination, subject, schema))
        while not answer.done():
            if wait.is_over():
                raise UnreachableError(destination, f"{self.url} has not answered for {wait.seconds:.0f} s")
            futures.wait([answer], SECONDS_BETWEEN_LOOKS)
        wait.progressed()
        return answer.result()

    def _register(self, destination: str, subject: str, schema: str) -> int:
        # A client of its own, which no other thread uses or closes while this one still waits.
        with self.errors_translated(destination, subject, schema), self.client() as client:
            number: int = client.register_schema(subject, self.modules.Schema(schema, "AVRO"))
        return number

    def client(self) -> Any:
        """Return a new client, a context manager that connects with its first request.

        Raises:
            ModelError: it rejects a key.
        """
        try:
            return self.modules.SchemaRegistryClient(self._conf)
        except (TypeError, ValueError, AttributeError, OSError) as error:  # OSError for certificates
            raise ModelError(f"{self._asker}.schema_registry_conf", self._without_secrets(error)) from None

    @contextmanager
    def errors_translated(self, destination: str, subject: str, schema: str) -> Iterator[None]:
        """Turn errors of the registry or its HTTP client into ours while a schema is registered.

        Raises:
            UnreachableError: the registry does not answer, or is temporarily unavailable.
            RefusedError: it refuses the user or the schema, with its reason or the fields that differ.
        """
        try:
            yield
        except self.modules.SchemaRegistryError as error:
            # The registry's own text is about Avro's types and positions in JSON; the fields that differ are what a
            # user can change.
            if error.http_status_code == INCOMPATIBLE and (problem := self._conflict(subject, schema)):
                raise RefusedError(
                    destination, f"the schema registry {self.url} refuses the schema: {problem}"
                ) from error
            raise self._refused(destination, error) from error
        except self._http_errors as error:
            raise self._away(destination, error) from error

    def _conflict(self, subject: str, schema: str) -> str:
        """Describe what is incompatible; empty if the registry does not return its latest version."""
        try:
            with self.client() as client:
                latest = client.get_latest_version(subject)
            return conflict(subject, schema, latest.version, latest.schema.schema_str)
        except (self.modules.SchemaRegistryError, *self._http_errors, ValueError, KeyError, TypeError):
            return ""

    def _refused(self, destination: str, error: Any) -> UnreachableError | RefusedError:
        status = error.http_status_code
        reason = f"{self._without_secrets(without_class_names(str(error.error_message)))} (HTTP {status})"
        if status in AWAY:
            return UnreachableError(destination, f"the schema registry {self.url} does not answer now: {reason}")
        if status in NOT_YOU:
            return RefusedError(destination, f"the schema registry {self.url} refuses us: {reason}")
        if status in NOT_HERE:
            return RefusedError(destination, f"{self.url} does not answer as a schema registry does: {reason}")
        return RefusedError(destination, f"the schema registry {self.url} refuses the schema: {reason}")

    def _away(self, destination: str, error: Exception) -> UnreachableError:
        return UnreachableError(
            destination, f"no schema registry answers at {self.url}: {self._without_secrets(error)}"
        )

    def _without_secrets(self, message: object) -> str:
        return hidden_in(str(message), self._secrets)


def client_of_registry() -> Any:
    """Import the modules of the registry's client.

    Raises:
        MissingDriverError: they are not installed.
    """
    try:
        from confluent_kafka import schema_registry  # noqa: PLC0415 - a driver is imported when it is needed
    except ImportError as error:
        raise MissingDriverError("a Kafka sink that writes Avro", "kafka") from error
    return schema_registry


def check_urls(urls: Redacted, where: str) -> None:
    """Check that each is the URL of a registry, without contacting it.

    Raises:
        ModelError: one is not; ``where`` is their location.

    >>> check_urls(Redacted('localhost:8081'), 'targets.real.trx.schema_registry')
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: targets.real.trx.schema_registry: 'localhost:8081' is not the URL of a schema \
registry. Hint: write it like http://localhost:8081
    """
    if not isinstance(urls, Redacted):
        raise ModelError(
            where, f"{urls!r} is not the URL of a schema registry. Hint: write it like http://localhost:8081"
        )
    for url in urls.split(","):
        text = url.reveal()
        if not WEB.fullmatch(text) or not _has_host(text):
            raise ModelError(
                where, f"{url!r} is not the URL of a schema registry. Hint: write it like http://localhost:8081"
            )
        if "?" in text or "#" in text:
            hint = "give a token in schema_registry_conf: bearer.auth.credentials.source, bearer.auth.token"
            raise ModelError(where, f"{url!r} has a '?', after which the client cannot ask for anything. Hint: {hint}")


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # of an invalid port or unbalanced brackets
        return False


def without_user(urls: str) -> tuple[str, str | None]:
    """Return the URLs without user and password, and those of the first URL as ``user:password``.

    >>> without_user('http://doge:s%40cret@a:8081,http://b:8081')
    ('http://a:8081,http://b:8081', 'doge:s@cret')
    """
    parts = [urlsplit(url.strip()) for url in urls.split(",")]
    clean = ",".join(urlunsplit(part._replace(netloc=part.netloc.rpartition("@")[2])) for part in parts)
    first = parts[0]
    if first.username is None:
        return clean, None
    return clean, f"{unquote(first.username)}:{unquote(first.password or '')}"


CLASS_NAME = re.compile(r"(?:[a-z_]\w*\.)+[A-Z]\w*(?:Exception|Error): ")
"""What Java puts before a message."""
REMEDY = (
    "Hint: send the stream to another topic, give the fields the names and types of that version, or lower the "
    "compatibility of the subject"
)


def conflict(subject: str, new: str, version: int, old: str) -> str:
    """What to say of a schema that is refused for the latest version there is.

    Args:
        subject: that it would be registered under.
        new: the schema as JSON.
        version: the number of the latest version.
        old: that as JSON.

    >>> conflict('trx-value', '{"type": "record", "name": "trx", "fields": [{"name": "id", "type": "string"}]}', 3,
    ...     '{"type": "record", "name": "trx", "fields": [{"name": "id", "type": "long"}]}').partition('. ')[0]
    "subject 'trx-value' has version 3, which the new schema is not compatible with: field 'id' was long and is string"
    """
    found = "; ".join(_differences(json.loads(old), json.loads(new)))
    because = f": {found}" if found else ""
    return f"subject {subject!r} has version {version}, which the new schema is not compatible with{because}. {REMEDY}"


def without_class_names(message: str) -> str:
    """What a registry says, without the names of its classes."""
    return CLASS_NAME.sub("", message)


def _differences(old: Any, new: Any) -> Iterator[str]:
    if not (_is_record(old) and _is_record(new)):
        yield f"it was {_type(old)} and is {_type(new)}"
        return
    if old.get("name") != new.get("name"):
        yield f"the record was called {old.get('name')!r} and is called {new.get('name')!r}"
    before = {field["name"]: field for field in old["fields"]}
    now = {field["name"]: field for field in new["fields"]}
    for name, field in now.items():
        if name not in before:
            yield f"field {name!r} is new" + ("" if "default" in field else " and has no default")
        elif _type(before[name]["type"]) != _type(field["type"]):
            yield f"field {name!r} was {_type(before[name]['type'])} and is {_type(field['type'])}"
    for name, field in before.items():
        if name not in now:
            yield f"field {name!r} is gone" + ("" if "default" in field else " and had no default")


def _is_record(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "record"


def _type(schema: Any) -> str:
    """A type in a word, as far as there is one."""
    if isinstance(schema, dict):
        named = schema.get("logicalType") or schema.get("name") or schema["type"]
        return named if isinstance(named, str) else json.dumps(named)
    return schema if isinstance(schema, str) else " or ".join(map(_type, schema))
