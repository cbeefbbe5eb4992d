"""Records and the run's position in one transaction of Kafka: each record once, for consumers of what is committed."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from doge_datagen.batch import Batch
from doge_datagen.errors import DeliveryError, SinkError, UnknownTargetError
from doge_datagen.sinks.kafka.client import Cluster, Driver
from doge_datagen.sinks.kafka.conf import TRANSACTION, Conf, transactional_conf
from doge_datagen.sinks.kafka.position_topic import PLACE, POSITIONS, Positions, position_of, position_value
from doge_datagen.sinks.kafka.producing import ANY_PARTITION, Encode, RecordSender
from doge_datagen.sinks.kafka.sink import TimestampWarnings
from doge_datagen.sinks.kafka.topics import holds_anything
from doge_datagen.sinks.kafka.transactional_producer import Attempt, ProducerSession
from doge_datagen.sinks.patience import Patience
from doge_datagen.sinks.transactional import Position

BROKER_ENDS_SECONDS = 15.0
"""The broker looks for transactions that are too old every ten seconds."""
TAKEN_OVER = "another process has taken over run {run!r} ({by}). Hint: let it go on, or give this run another name"
TOO_LONG = (
    "the broker ended the transaction, as it took longer than transaction.timeout.ms ({limit} ms): the broker was away "
    "for so long, or so much is committed at once; commit more often, or raise it in conf"
)
TOO_OLD = "the broker takes this producer for one that another has taken over from; a new one is tried"
GONE = "{at} does not have it any more; it was deleted in mid-run"

NOT_THERE = "is not there, but run {run!r} has delivered to it. Hint: give the run another name to begin anew"


@dataclass(frozen=True, slots=True)
class RunTopic:
    """Which stream of which run goes to which topic.

    Attributes:
        run_id: the run's name.
        stream: the stream's name.
        topic: the topic's name.
        conf: what all clients of the cluster are told.
    """

    run_id: str
    stream: str
    topic: str
    conf: Conf

    @property
    def transactional_id(self) -> str:
        """The name of the producer, which a later process of the run has too: ``doge-<run>:<stream>``.

        No run's name has a colon, so no other run and stream has the same.
        """
        return f"doge-{self.run_id}:{self.stream}"


class KafkaTransactions:
    """How the records of a stream reach a topic together with the position, which is in the topic ``doge_positions``.

    A producer lives until something goes wrong; then it is not asked what became of its transaction, as there are
    errors after which it cannot know. A new one of the same name takes over, as a resumed process would: the broker
    finishes or aborts what the old one left, and refuses what still comes of it. Whether the transaction counts is
    then to be read in the topic of positions, where each commit leaves a number of its own::

                     deliver: begin, position, records, commit
                   ┌──────────────────────────────────────────┐
                   │                                          ▼
        claim ──▶ READY ◀─────────────────────────────────── done: all of it is there
                   │ anything fails: SinkError                ▲
                   ▼                                          │ yes
                 IN DOUBT ── deliver: new producer takes over ── was it committed? ── no: deliver as when READY
                   │                      │
                   │ close                └── the last claim is another's: SinkError for good
                   ▼
                 aborted, or left to the broker, which ends it after transaction.timeout.ms

    A claim is a record too, since a producer is also locked out ("fenced") when the broker ended its transaction for
    its age. Of two processes the one whose claim is the last goes on; that nothing is there twice does not hang on it.

    Where the broker keeps ACLs, the user needs Write and Describe on the transactional id, and Read, Write and Describe
    on ``doge_positions``, beside Write and Describe on the topic.

    Args:
        target: what goes where.
        driver: the client's modules.
        encode: makes the values.
        first: says what is to be said of the first record.
        patience: how long a broker is waited for that does not answer.

    Raises:
        ModelError: the conf has a key that is ours alone, or a value that makes no sense.
    """

    def __init__(
        self, target: RunTopic, driver: Driver, encode: Encode, first: TimestampWarnings, patience: Patience
    ) -> None:
        self._target = target
        self._driver = driver
        self._encode = encode
        self._first = first
        self._patience = patience
        self._place = f"topic {target.topic}"
        self._conf = transactional_conf(target.conf, target.transactional_id)
        seconds = self._conf[TRANSACTION] / 1000 + BROKER_ENDS_SECONDS
        self._positions = Positions(driver, target.conf, target.run_id, target.stream, seconds, patience)
        self._claim = _claim_value()
        self._claimed = False
        self._doubt: bytes | None = None
        self._open = False
        self._session: ProducerSession | None = ProducerSession(driver, self._conf, self._place, patience)
        self._unused = True

    def claim(self) -> None:
        """Lock a twin out, end what a killed process left open, and say in the topic of positions that it is ours.

        Raises:
            SinkError: the broker is away or busy, where it is transient, or does not let us.
        """
        self._take_over()
        self._transact(self._positions.claim_key, self._claim, ())
        self._claimed = True

    def position(self) -> Position | None:
        """What the last commit left; before the claim, the last commit that no open transaction hides.

        Raises:
            SinkError: it cannot be read, or is that of another topic.
        """
        value = self._positions.committed() if self._claimed else self._positions.seen()
        return None if value is None else position_of(value, self._target.topic)

    def has_records(self) -> bool:
        """Whether the topic holds anything.

        Raises:
            SinkError: no broker answers, or the topic may not be seen.
        """
        return holds_anything(Cluster(self._driver, self._target.conf, self._patience), self._target.topic)

    def deliver(self, batches: Sequence[Batch], position: Position) -> None:
        """Commit the records and the position, after it was found out what became of the last attempt.

        Raises:
            RecordError: a record cannot be written, for its values or its size, or is older than 1970.
            DeliveryError: records failed, each cause with how many; nothing of the attempt counts.
            UnknownTargetError: the topic, or that of positions, was deleted.
            RefusedError: the broker does not accept who we are any more, or what we do.
            SinkError: another process has taken over, or, where it is transient, the broker was away or busy.
        """
        if self._doubt is not None and self._arrived(self._doubt):
            self._doubt = None
            return
        self._doubt = position_value(position, self._target.topic, uuid4().hex)
        self._transact(self._positions.key, self._doubt, batches)
        self._doubt = None

    def close(self) -> None:
        """Let go of the producer; a transaction that is open is aborted."""
        session, self._session = self._session, None
        self._first.forget()
        if session is not None and self._open:
            session.abort()

    def _arrived(self, value: bytes) -> bool:
        """Whether the commit that left this position counts; what is open is aborted before."""
        self._take_over()
        self._check_owner()
        return self._positions.committed() == value

    def _take_over(self) -> None:
        if self._session is None or not self._unused:
            self._session = ProducerSession(self._driver, self._conf, self._place, self._patience)
        self._unused = self._open = False
        self._session.take_over()

    def _check_owner(self) -> None:
        """Raise where another process has claimed the run since."""
        claim = self._positions.claim()
        if claim is not None and claim != self._claim:
            by = ", ".join(f"{name} {value}" for name, value in _told(claim).items())
            raise SinkError(self._place, TAKEN_OVER.format(run=self._target.run_id, by=by))

    def _transact(self, key: bytes, value: bytes, batches: Sequence[Batch]) -> None:
        session = self._session
        if session is None:
            raise SinkError(self._place, "a closed sink takes no batches. Hint: make a new one")
        records, beside = Attempt(), Attempt()
        try:
            session.begin()
            self._open = True
            # Before the records, as the client's queue has room now.
            session.producer.produce(POSITIONS, value, key, ANY_PARTITION, beside.settled)
            self._send(session, batches, records)
            beside.accepted = 1
            if beside.failed:
                raise beside.error(PLACE)
            session.commit()
            self._open = False
        except (SinkError, *session.faults) as error:
            raise self._explained(session, error, (records, beside)) from error

    def _send(self, session: ProducerSession, batches: Sequence[Batch], account: Attempt) -> None:
        """Hand the records to the client and wait until it is known what became of each."""
        topic, patience = self._target.topic, self._patience
        sending = RecordSender(session.producer, self._driver, topic, self._encode, account, patience, all_or_none=True)
        for batch in batches:
            self._first.see(batch)
            sending.send(batch)
        sending.settle()
        sending.check()

    def _explained(self, session: ProducerSession, error: Exception, accounts: Sequence[Attempt]) -> SinkError:
        """What to raise where a transaction failed, for whatever the client gave as its reason."""
        if (refusal := session.refusal()) is not None:
            return refusal
        if unanswered := max(account.unanswered for account in accounts):
            session.lost = True
            return session.silence(unanswered)
        fault, names = session.fault(), set[str]().union(*(account.names for account in accounts))
        if fault is not None and fault.fatal() and fault.name() == "_FENCED":
            if not self._claimed:  # a broker that lost what it knew last, or a twin that begins now too
                return SinkError(self._place, TOO_OLD, transient=True)
            self._check_owner()
            return SinkError(self._place, TOO_LONG.format(limit=f"{self._conf[TRANSACTION]:,}"), transient=True)
        if "_MSG_TIMED_OUT" in names or (fault is not None and "UNKNOWN_TOPIC" in fault.name()):
            self._look_for_topics()
        # Records that only failed for the others' sake say nothing; the client's own reason does.
        if isinstance(error, SinkError) and (names or not isinstance(error, DeliveryError)):
            return error
        return session.problem(fault or session.reason(error))

    def _look_for_topics(self) -> None:
        """Raise where a topic is gone, or no broker answers: records run out of time for both reasons."""
        cluster = Cluster(self._driver, self._target.conf, self._patience)
        known = cluster.metadata(self._place).topics
        for topic in (self._target.topic, POSITIONS):
            if topic not in known:
                raise UnknownTargetError(f"topic {topic}", GONE.format(at=cluster.addresses))


def check_topics_exist(driver: Driver, target: RunTopic) -> None:
    """Raise where a run goes on whose topic is not there: made again, it would begin in the middle.

    Raises:
        UnknownTargetError: it is so.
        SinkError: the run delivers to another topic, or it cannot be found out.
    """
    value = Positions(driver, target.conf, target.run_id, target.stream, BROKER_ENDS_SECONDS).tried()
    if value is not None:
        position_of(value, target.topic)
        raise UnknownTargetError(f"topic {target.topic}", NOT_THERE.format(run=target.run_id))


def _claim_value() -> bytes:
    told = {"process": os.getpid(), "host": socket.gethostname(), "claim": uuid4().hex}
    return json.dumps(told).encode()


def _told(claim: bytes) -> dict[str, Any]:
    """What a claim says of its process."""
    try:
        told = json.loads(claim)
        return {name: told[name] for name in ("process", "host")}
    except (ValueError, KeyError, TypeError):
        return {"claim": claim[:100]}
