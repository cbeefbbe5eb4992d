"""Commit records and the run's position in one Kafka transaction, so that each record is delivered exactly once.

Exactly once holds for consumers with ``isolation.level=read_committed``.
"""

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
from doge_datagen.sinks.kafka.client import ANY_PARTITION, Cluster, Driver
from doge_datagen.sinks.kafka.conf import TRANSACTION, Conf, transactional_conf
from doge_datagen.sinks.kafka.position_topic import PLACE, POSITIONS, Positions, position_of, position_value
from doge_datagen.sinks.kafka.producing import Encode, RecordSender
from doge_datagen.sinks.kafka.sink import TimestampWarnings
from doge_datagen.sinks.kafka.topics import holds_anything
from doge_datagen.sinks.kafka.transactional_producer import Attempt, ProducerSession
from doge_datagen.sinks.server_wait import Patience
from doge_datagen.sinks.transactional import Position

BROKER_ENDS_SECONDS = 15.0
"""Brokers check for expired transactions every ten seconds."""
TAKEN_OVER = "another process has taken over run {run!r} ({by}). Hint: let it continue, or give this run another name"
TOO_LONG = (
    "the broker ended the transaction, as it took longer than transaction.timeout.ms ({limit} ms): the broker was away "
    "for so long, or so much is committed at once. Hint: commit more often, or raise it in conf"
)
TOO_OLD = "the broker takes this producer for one that was taken over from; a new one is tried"
GONE = "{at} no longer has it: it was deleted during the run"

NOT_THERE = "is not there, but run {run!r} has delivered to it. Hint: give the run another name to begin anew"


@dataclass(frozen=True, slots=True)
class RunTopic:
    """Which stream of which run goes to which topic.

    Attributes:
        run_id: name of the run.
        stream: name of the stream.
        topic: name of the topic.
        conf: configuration shared by all clients of the cluster.
    """

    run_id: str
    stream: str
    topic: str
    conf: Conf

    @property
    def transactional_id(self) -> str:
        """Transactional id of the producer, the same in every process of the run: ``doge-<run>:<stream>``.

        Run names cannot contain a colon, so no other run and stream has the same id.
        """
        return f"doge-{self.run_id}:{self.stream}"


class KafkaTransactions:
    """Commits the records of a stream to a topic together with the position, which is in the topic ``doge_positions``.

    A producer is used until something fails. It is then not asked what became of its transaction, because after some
    errors it cannot know. A new producer with the same transactional id takes over, as in a resumed process: the broker
    finishes or aborts what the old producer left, and rejects anything it still sends. Whether the transaction was
    committed can then be read from the position topic, where each commit leaves a unique number::

                     deliver: begin, position, records, commit
                   ┌──────────────────────────────────────────┐
                   │                                          ▼
        claim ──▶ READY ◀─────────────────────────────────── done: everything is committed
                   │ anything fails: SinkError                ▲
                   ▼                                          │ yes
                 IN DOUBT ── deliver: new producer takes over ── was it committed? ── no: deliver as in READY
                   │                      │
                   │ close                └── the last claim is another process's: permanent SinkError
                   ▼
                 aborted, or left to the broker, which aborts it after transaction.timeout.ms

    A claim is a record too, because being locked out ("fenced") is ambiguous: a producer is also fenced when the broker
    has aborted its transaction for its age. Of two processes, the one with the last claim continues. Exactly-once
    delivery does not depend on claims; fencing ensures it.

    If the broker uses ACLs, the user needs Write and Describe on the transactional id and Read, Write and Describe on
    ``doge_positions``, in addition to Write and Describe on the topic.

    Args:
        target: which stream of which run goes to which topic.
        driver: modules of the client.
        encode: encodes the records' values.
        first: warns about the timestamps of the first record.
        patience: how long to wait for a broker that does not answer.

    Raises:
        ModelError: the conf sets a key that is reserved for us, or has an invalid value.
    """

    def __init__(
        self, target: RunTopic, driver: Driver, encode: Encode, first: TimestampWarnings, patience: Patience
    ) -> None:
        self._target = target
        self._driver = driver
        self._encode = encode
        self._first = first
        self._patience = patience
        self._destination = f"topic {target.topic}"
        self._conf = transactional_conf(target.conf, target.transactional_id)
        seconds = self._conf[TRANSACTION] / 1000 + BROKER_ENDS_SECONDS
        self._positions = Positions(driver, target.conf, target.run_id, target.stream, seconds, patience)
        self._claim = _claim_value()
        self._claimed = False
        self._doubt: bytes | None = None  # position of the last attempt, while its outcome is unknown
        self._open = False  # whether a transaction is open
        self._session: ProducerSession | None = ProducerSession(driver, self._conf, self._destination, patience)
        self._unused = True  # the session has not taken over yet

    def claim(self) -> None:
        """Lock out other processes of the run, end the transaction of a killed one, and record the claim.

        Raises:
            SinkError: the broker refuses us or, if it is transient, is unreachable or busy.
        """
        # Before the claim is written: a producer that is not fenced yet could still commit behind it.
        self._take_over()
        # In a transaction only because a transactional producer sends nothing outside of one: a claim counts once it is
        # written, whether it is committed or not.
        self._transact(self._positions.claim_key, self._claim, ())
        self._claimed = True

    def position(self) -> Position | None:
        """Return the last committed position; before the claim, the last one not hidden by an open transaction.

        Raises:
            SinkError: it cannot be read, or it belongs to another topic.
        """
        # Before the claim, what is behind an open transaction is not waited for: it may be that of a process at work.
        value = self._positions.committed() if self._claimed else self._positions.seen()
        return None if value is None else position_of(value, self._target.topic)

    def has_records(self) -> bool:
        """Whether the topic contains any records.

        Raises:
            SinkError: no broker answers, or we are not allowed to see the topic.
        """
        return holds_anything(Cluster(self._driver, self._target.conf, self._patience), self._target.topic)

    def deliver(self, batches: Sequence[Batch], position: Position) -> None:
        """Commit the records and the position, after finding out what became of the previous attempt.

        Raises:
            RecordError: a record cannot be written because of its values or its size, or is dated before 1970.
            DeliveryError: records failed; it has a count for each cause. Nothing of the attempt was committed.
            UnknownTargetError: the topic, or the position topic, was deleted.
            RefusedError: the broker no longer accepts our credentials, or forbids the operation.
            SinkError: another process has taken over or, if it is transient, the broker was unreachable or busy.
        """
        # The answer to the last commit was lost. Its records are delivered if its position is, as one transaction has
        # both.
        if self._doubt is not None and self._arrived(self._doubt):
            self._doubt = None
            return
        # Unique for each attempt, so that reading it back tells this attempt from earlier ones with the same position.
        self._doubt = position_value(position, self._target.topic, uuid4().hex)
        self._transact(self._positions.key, self._doubt, batches)
        # Only after the commit was confirmed. After any exception it stays, Ctrl-C included, and the next attempt looks
        # first.
        self._doubt = None

    def close(self) -> None:
        """Release the producer; an open transaction is aborted."""
        session, self._session = self._session, None
        self._first.forget()
        # A failed transaction is open as well: aborted here, it does not hold up readers until transaction.timeout.ms.
        if session is not None and self._open:
            session.abort()

    def _arrived(self, value: bytes) -> bool:
        """Whether the commit with this position took effect; an open transaction is aborted first."""
        # Taking over settles the old transaction, so what is read afterwards is final.
        self._take_over()
        # After taking over and before reading: if the other process has claimed the run since, we have just fenced it
        # by mistake, and must not go on in its place.
        self._check_owner()
        return self._positions.committed() == value

    def _take_over(self) -> None:
        if self._session is None or not self._unused:
            self._session = ProducerSession(self._driver, self._conf, self._destination, self._patience)
        # The old client is not closed: its transaction is ended by init_transactions of the new one, whatever state it
        # is in.
        self._unused = self._open = False
        self._session.take_over()

    def _check_owner(self) -> None:
        """Raise if another process has claimed the run since."""
        claim = self._positions.claim()
        # None only if the topic has lost its records, as our own claim was among them; then nobody else is known.
        if claim is not None and claim != self._claim:
            by = ", ".join(f"{name} {value}" for name, value in _claimant(claim).items())
            raise SinkError(self._destination, TAKEN_OVER.format(run=self._target.run_id, by=by))

    def _transact(self, key: bytes, value: bytes, batches: Sequence[Batch]) -> None:
        session = self._session
        if session is None:
            raise SinkError(self._destination, "a closed sink takes no batches. Hint: make a new one")
        records, of_position = Attempt(), Attempt()
        try:
            # A local call: the broker learns of the transaction with the first partition that is produced to.
            session.begin()
            self._open = True
            # Before the records, while the client's queue is sure to have room.
            session.producer.produce(POSITIONS, value, key, ANY_PARTITION, of_position.settled)
            self._send(session, batches, records)
            of_position.accepted = 1
            # The position may fail alone, such as for a missing right on doge_positions; the commit would then fail
            # without a reason.
            if of_position.failed:
                raise of_position.error(PLACE)
            session.commit()
            self._open = False
        except (SinkError, *session.faults) as error:
            explained = self._explained(session, error, (records, of_position))
            if explained is error:
                raise  # as it is: an error that is its own cause would replace the client's, and has no end
            raise explained from error

    def _send(self, session: ProducerSession, batches: Sequence[Batch], report: Attempt) -> None:
        """Pass the records to the client and wait until the outcome of each is known."""
        topic, patience = self._target.topic, self._patience
        sending = RecordSender(session.producer, self._driver, topic, report, patience, all_or_none=True)
        for batch in batches:
            self._first.check(batch.timestamps[0].value)
            sending.send(batch, self._encode)
        # commit_transaction would flush as well, but its error does not say which records failed, and why.
        sending.settle()
        sending.check()

    def _explained(self, session: ProducerSession, error: Exception, reports: Sequence[Attempt]) -> SinkError:
        """The error to raise for a failed transaction, whatever reason the client gave."""
        # First of all: with credentials that are refused, everything else is a consequence, mostly a time-out.
        if (refusal := session.refusal()) is not None:
            return refusal
        if unanswered := max(report.unanswered for report in reports):
            # Not asked again, also not to abort: each call would wait for a broker that has just been given up.
            session.lost = True
            return session.silence(unanswered)
        fault, names = session.fault(), set[str]().union(*(report.names for report in reports))
        # The client may learn that it was fenced only from this error, and know of no fault yet.
        if any(it is not None and it.name() == "_FENCED" for it in (fault, session.reason(error))):
            if not self._claimed:  # the broker has lost its latest state, or another process starts at the same time
                return SinkError(self._destination, TOO_OLD, transient=True)
            self._check_owner()
            return SinkError(self._destination, TOO_LONG.format(limit=f"{self._conf[TRANSACTION]:,}"), transient=True)
        # librdkafka waits for a topic that has gone until message.timeout.ms, as metadata may only be late; so both
        # look alike.
        if "_MSG_TIMED_OUT" in names or (fault is not None and "UNKNOWN_TOPIC" in fault.name()):
            self._look_for_topics()
        # Records that failed only because others did carry no information; the client's own reason does.
        # The order of these causes is from the most to the least specific; the client's reason is often just that its
        # state is wrong.
        if isinstance(error, SinkError) and (names or not isinstance(error, DeliveryError)):
            return error
        return session.problem(fault or session.reason(error))

    def _look_for_topics(self) -> None:
        """Raise if a topic was deleted or no broker answers: records time out in both cases."""
        cluster = Cluster(self._driver, self._target.conf, self._patience)
        known = cluster.metadata(self._destination).topics
        for topic in (self._target.topic, POSITIONS):
            if topic not in known:
                raise UnknownTargetError(f"topic {topic}", GONE.format(at=cluster.addresses))


def check_topics_exist(driver: Driver, target: RunTopic) -> None:
    """Refuse to resume a run whose topic was deleted: a new topic would start in the middle of the run.

    Raises:
        UnknownTargetError: the run has delivered to the topic.
        SinkError: the run delivers to another topic, or its position cannot be read.
    """
    value = Positions(driver, target.conf, target.run_id, target.stream, BROKER_ENDS_SECONDS).attempted()
    if value is not None:
        position_of(value, target.topic)
        raise UnknownTargetError(f"topic {target.topic}", NOT_THERE.format(run=target.run_id))


def _claim_value() -> bytes:
    # The number tells processes apart that have the same id and host name, as in containers that are started again.
    claim = {"process": os.getpid(), "host": socket.gethostname(), "claim": uuid4().hex}
    return json.dumps(claim).encode()


def _claimant(claim: bytes) -> dict[str, Any]:
    """Which process made a claim, as far as the claim is readable."""
    try:
        fields = json.loads(claim)
        return {name: fields[name] for name in ("process", "host")}
    except (ValueError, KeyError, TypeError):
        return {"claim": claim[:100]}
