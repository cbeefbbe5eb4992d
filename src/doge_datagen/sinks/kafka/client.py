"""The Kafka client: its modules, its connection errors, metadata queries, and producers shared by several sinks."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Any

from doge_datagen.errors import MissingDriverError, ModelError, RefusedError, UnreachableError
from doge_datagen.sinks.kafka.conf import PLACE, Conf, addresses, socket_seconds
from doge_datagen.sinks.server_wait import FOREVER, Patience, Wait

log = logging.getLogger(__name__)

ANY_PARTITION = -1
"""Leaves it to the client to choose a partition."""
OPEN_SECONDS = 10.0
ROUND_SECONDS = 0.5
PAUSE_SECONDS = 0.05
NOT_THE_BROKERS = ("Local: ", "Failed to acquire")
"""Prefixes of the client's own problems during a login, such as a lost connection or a token that it could not get. The
client reports these as failed authentications too."""
UNKNOWN = "No such configuration property"
KEYS = "see https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md, or take it away"
CLOSED_WHILE_SENDING = "Broken pipe"
"""In an error about a connection that the broker has closed, which says less than ``CLOSED_AT_ONCE``."""
CLOSED_AT_ONCE = "it closes each connection at once; does the listener want another security.protocol?"


class Driver:
    """The modules of confluent-kafka, imported when an instance is created and not before.

    Raises:
        MissingDriverError: they are not installed.
    """

    def __init__(self) -> None:
        try:
            import confluent_kafka  # noqa: PLC0415 - a driver is imported when it is needed
            from confluent_kafka import admin, serialization  # noqa: PLC0415 - as above
        except ImportError as error:
            raise MissingDriverError("a Kafka sink", "kafka") from error
        self.kafka: Any = confluent_kafka
        self.admin: Any = admin
        self.serialization: Any = serialization
        self.error: type[Exception] = confluent_kafka.KafkaException


class ConnectionErrors:
    """Keeps a client's connection errors until they matter.

    It also serves as the client's logger. librdkafka logs an unreachable broker as an error many times per second, and
    Python prints errors of loggers that nobody has configured; so everything is logged at level INFO at most.

    Attributes:
        refusal: why the broker does not accept our credentials; None if it has not refused them.
        last: the most recent connection error.
    """

    def __init__(self) -> None:
        self.refusal: str | None = None
        self.last: str | None = None

    def log(self, level: int, message: str, *values: object) -> None:
        """Take one line of the client's log."""
        log.log(min(level, logging.INFO), message, *values)

    def on_error(self, error: Any) -> None:
        """Take one KafkaError that does not concern a record."""
        # Kept and not raised: this runs in a callback of the client, and may concern one of several brokers.
        if error.name() == "_AUTHENTICATION" and not any(words in error.str() for words in NOT_THE_BROKERS):
            self.refusal = error.str()
        # _ALL_BROKERS_DOWN follows the error that says why, and would replace it.
        elif error.name() != "_ALL_BROKERS_DOWN" and CLOSED_WHILE_SENDING not in error.str():
            self.last = error.str()

    def accepted(self) -> None:
        """Note that the broker has answered, so our credentials are accepted whatever it said before."""
        self.refusal = None


def made(driver: Driver, make: Callable[[Conf], Any], conf: Conf, connection_errors: ConnectionErrors) -> Any:
    """Create a client that reports its errors to us, and to the ``error_cb`` of the user's conf.

    Raises:
        ModelError: librdkafka rejects a key or its value.
    """
    users_callback = conf.get("error_cb")

    def on_error(error: Any) -> None:
        connection_errors.on_error(error)
        if users_callback is not None:
            users_callback(error)

    try:
        # Our callback comes last, as it calls the user's; the logger first, so that a logger of the user's takes its
        # place.
        return make({"logger": connection_errors, **conf, "error_cb": on_error})
    except driver.error as error:
        problem = error.args[0].str()
        hinted = f"{problem}. Hint: {KEYS}" if problem.startswith(UNKNOWN) else problem
        raise ModelError(f"{PLACE}.conf", hinted) from None
    except (TypeError, ValueError, AttributeError) as error:  # such as a string where a function is expected
        raise ModelError(f"{PLACE}.conf", str(error)) from None


class Cluster:
    """An admin client for queries while a sink opens; discarded afterwards.

    Args:
        driver: modules of the client.
        conf: configuration shared by all clients of the cluster.
        patience: how long to wait for a broker, if that is less than ``seconds``.

    Attributes:
        seconds: how long to wait for an answer: ten seconds, or ``socket.timeout.ms`` if that is less.
        connection_errors: problems of the client's connections so far.

    Raises:
        ModelError: librdkafka rejects a key of ``conf`` or its value.
    """

    def __init__(self, driver: Driver, conf: Conf, patience: Patience = FOREVER) -> None:
        self.driver = driver
        self._patience = patience
        self.addresses = addresses(conf)
        self.connection_errors = ConnectionErrors()
        self.client = made(driver, driver.admin.AdminClient, conf, self.connection_errors)
        self.seconds = min(OPEN_SECONDS, socket_seconds(conf))

    def metadata(self, destination: str, topic: str | None = None) -> Any:
        """Return the metadata of one topic, or of all; naming one creates it if the broker auto-creates topics.

        Raises:
            UnreachableError: no broker answered in time, or none is ready.
            RefusedError: the broker does not accept our credentials.
        """
        wait = Wait(destination, self._patience, self._left)
        while True:
            try:
                # In short rounds, as Ctrl-C is not heard within one, and refused credentials are only known from a
                # callback.
                found = self.client.list_topics(topic, timeout=ROUND_SECONDS)
            except self.driver.error as error:
                self.client.poll(PAUSE_SECONDS)
                if refusal := self.connection_errors.refusal:
                    raise RefusedError(destination, f"{self.addresses} refuses us: {refusal}") from error
                if wait.is_over():
                    cause = self.connection_errors.last or CLOSED_AT_ONCE
                    raise UnreachableError(
                        destination, f"no Kafka broker answers at {self.addresses}: {cause}"
                    ) from error
            else:
                self.connection_errors.accepted()
                # While a broker rejoins its cluster, it answers that there is none. A client that keeps such an answer
                # does not know whom to ask for a new topic, and waits for its next refresh in some minutes.
                if found.brokers:
                    return found
                self.client.poll(PAUSE_SECONDS)
                if wait.is_over():
                    raise UnreachableError(destination, f"no Kafka broker at {self.addresses} has joined its cluster")

    def _left(self, since: float) -> float:
        return min(since + self.seconds - monotonic(), self._patience.seconds_left(since))

    def described(self, kind: Any, name: str) -> dict[str, str]:
        """Return the settings of a topic or broker; empty if we are not allowed to see them."""
        resource = self.driver.admin.ConfigResource(kind, name)
        answer = self.client.describe_configs([resource], request_timeout=self.seconds / 2)[resource]
        try:
            return {setting.name: setting.value for setting in answer.result().values()}
        except self.driver.error as error:
            log.debug("%s does not describe %s: %s", self.addresses, name, error)
            return {}


NONE_MADE = {"allow.auto.create.topics": False}
"""Otherwise the broker would silently create a topic that is deleted in mid-run again, without its records."""


def new_producer(driver: Driver, conf: Conf) -> Any:
    """Create a producer.

    Raises:
        ModelError: librdkafka rejects a key of ``conf`` or its value.
    """
    return made(driver, driver.kafka.Producer, {**NONE_MADE, **conf}, ConnectionErrors())


class SharedProducers:
    """The producers of a factory: one for all sinks whose topics take the same, dropped with the last of them.

    Args:
        shared: configuration shared by all clients of the cluster.
        conf: configuration of the producers.
    """

    def __init__(self, shared: Conf, conf: Conf) -> None:
        self.driver = Driver()
        self.conf = conf
        self._shared = shared
        self._producers: dict[frozenset[tuple[str, Any]], Any] = {}
        self._users: Counter[frozenset[tuple[str, Any]]] = Counter()

    def cluster(self) -> Cluster:
        """A client for queries before the first record."""
        return Cluster(self.driver, self._shared)

    def acquire(self, limits: Conf) -> Any:
        """Return the producer to one more sink.

        Args:
            limits: settings that its topic needs instead of those in ``conf``.
        """
        # batch.size applies to a client and not to a topic, so topics with other limits need a client of their own.
        key = frozenset(limits.items())
        if key not in self._producers:
            self._producers[key] = new_producer(self.driver, {**self.conf, **limits})
        self._users[key] += 1
        return self._producers[key]

    def release(self, limits: Conf) -> None:
        """Give the producer back; the last sink to do so drops it."""
        key = frozenset(limits.items())
        self._users[key] -= 1
        if not self._users[key]:
            del self._producers[key]
