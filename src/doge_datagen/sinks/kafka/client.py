"""The Kafka client: its modules, what it says of its connections, and who answers at its addresses."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from doge_datagen.errors import MissingDriverError, ModelError, RefusedError, UnreachableError
from doge_datagen.sinks.kafka.conf import PLACE, Conf, addresses
from doge_datagen.sinks.patience import FOREVER, Patience, Wait

log = logging.getLogger(__name__)

OPEN_SECONDS = 10.0
ROUND_SECONDS = 0.5
PAUSE_SECONDS = 0.05
NOT_THE_BROKERS = ("Local: ", "Failed to acquire")
"""In what the client says of its own troubles on the way to a login, such as a connection that was lost or a token that
could not be had: it calls them failed authentications too."""
UNKNOWN = "No such configuration property"
KEYS = "see https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md, or take it away"
CLOSED_AT_ONCE = "it closes each connection at once; does the listener want another security.protocol?"


class Driver:
    """The modules of confluent-kafka, imported when a factory is made and not before.

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
    """What a client says of its connections, kept to be told when it matters.

    It takes the place of a logger: librdkafka calls an unreachable broker an error many times a second, and Python
    prints the errors of loggers nobody has set up, so everything goes to our own logger as information at most.

    Attributes:
        refusal: why the broker does not accept who we are; None while it has not said so.
        last: the last thing that went wrong with a connection.
    """

    def __init__(self) -> None:
        self.refusal: str | None = None
        self.last: str | None = None

    def log(self, level: int, message: str, *values: object) -> None:
        """Take one line of the client's log."""
        log.log(min(level, logging.INFO), message, *values)

    def heard(self, error: Any) -> None:
        """Take one KafkaError that concerns no record."""
        if error.name() == "_AUTHENTICATION" and not any(words in error.str() for words in NOT_THE_BROKERS):
            self.refusal = error.str()
        elif error.name() != "_ALL_BROKERS_DOWN":
            self.last = error.str()

    def accepted(self) -> None:
        """The broker has answered: it accepts who we are, whatever it said before."""
        self.refusal = None


def made(driver: Driver, make: Callable[[Conf], Any], conf: Conf, connection_errors: ConnectionErrors) -> Any:
    """A client that tells its troubles to us, and to the ``error_cb`` of the user's conf.

    Raises:
        ModelError: librdkafka does not know a key, or not its value.
    """
    told_too = conf.get("error_cb")

    def heard(error: Any) -> None:
        connection_errors.heard(error)
        if told_too is not None:
            told_too(error)

    try:
        return make({"logger": connection_errors, **conf, "error_cb": heard})
    except driver.error as error:
        told = error.args[0].str()
        raise ModelError(f"{PLACE}.conf", f"{told}. Hint: {KEYS}" if told.startswith(UNKNOWN) else told) from None
    except (TypeError, ValueError, AttributeError) as error:  # such as a text where a function is needed
        raise ModelError(f"{PLACE}.conf", str(error)) from None


class Cluster:
    """An admin client for the questions asked when a sink opens; it is thrown away afterwards.

    Args:
        driver: the client's modules.
        conf: what all clients of the cluster are told.
        patience: how long a broker is waited for, if that is less than ten seconds.

    Raises:
        ModelError: librdkafka does not know a key of ``conf``, or not its value.
    """

    def __init__(self, driver: Driver, conf: Conf, patience: Patience = FOREVER) -> None:
        self.driver = driver
        self._patience = patience
        self.addresses = addresses(conf)
        self._troubles = ConnectionErrors()
        self.client = made(driver, driver.admin.AdminClient, conf, self._troubles)

    def metadata(self, place: str, topic: str | None = None) -> Any:
        """What the cluster knows of one topic, or of all; asking for one makes it where the broker creates topics.

        Raises:
            UnreachableError: no broker answered in time.
            RefusedError: the broker does not accept who we are.
        """
        wait = Wait(place, self._patience, self._left)
        while True:
            try:
                found = self.client.list_topics(topic, timeout=ROUND_SECONDS)
            except self.driver.error as error:
                self.client.poll(PAUSE_SECONDS)
                if self._troubles.refusal:
                    raise RefusedError(place, f"{self.addresses} refuses us: {self._troubles.refusal}") from error
                if wait.is_over():
                    cause = self._troubles.last or CLOSED_AT_ONCE
                    raise UnreachableError(place, f"no Kafka broker answers at {self.addresses}: {cause}") from error
            else:
                self._troubles.accepted()
                return found

    def _left(self, since: float) -> float:
        return min(since + OPEN_SECONDS - monotonic(), self._patience.left(since))

    def described(self, kind: Any, name: str) -> dict[str, str]:
        """The settings of a topic or broker; empty where we may not see them."""
        resource = self.driver.admin.ConfigResource(kind, name)
        answer = self.client.describe_configs([resource], request_timeout=OPEN_SECONDS / 2)[resource]
        try:
            return {setting.name: setting.value for setting in answer.result().values()}
        except self.driver.error as error:
            log.debug("%s does not describe %s: %s", self.addresses, name, error)
            return {}


class SharedProducer:
    """One producer for all sinks of a factory, made when the first opens and let go when the last closes."""

    def __init__(self, shared: Conf, conf: Conf) -> None:
        self.driver = Driver()
        self._shared = shared
        self._conf = conf
        self._producer: Any = None
        self._users = 0

    def cluster(self, patience: Patience = FOREVER) -> Cluster:
        """Whom to ask before the first record."""
        return Cluster(self.driver, self._shared, patience)

    def taken(self) -> Any:
        """The producer, for one more sink."""
        if self._producer is None:
            self._producer = made(self.driver, self.driver.kafka.Producer, self._conf, ConnectionErrors())
        self._users += 1
        return self._producer

    def let_go(self) -> None:
        """One sink less."""
        self._users -= 1
        if not self._users:
            self._producer = None
