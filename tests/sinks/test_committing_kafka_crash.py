"""A process that is killed at any line while it delivers to Kafka: what it leaves is gone on with, each record once."""

from functools import partial

from doge_datagen.sinks import kafka_session, kafka_transactions
from doge_datagen.sinks.committing import Position
from tests.crashing import crash_at_every_line
from tests.sinks.committed import at, batch, begun, numbers_of, read_committed, sink_of
from tests.sinks.topics import make_topic

PER_COMMIT = 3
COMMITS = 2
STEP = 10
"""At every line it takes minutes; those of the crashes that are left are spread over both commits."""


def deliver(kafka: str, topic: str, number: int) -> None:
    """Two commits of few records, as a run whose name ends with the number of the crash."""
    with begun(kafka, topic, f"{topic}-{number}", partitions=2, transaction_timeout_ms=60_000) as sink:
        go_on(sink, 0)


def go_on(sink, ticks):
    """What a run does from such a position on."""
    for tick in range(ticks, COMMITS):
        sink.write(batch(tick * PER_COMMIT, PER_COMMIT))
        sink.commit(at(tick + 1))


def resumed(kafka: str, topic: str, number: int) -> None:
    """The same run goes on; then each of its records is there once."""
    with sink_of(kafka, topic, f"{topic}-{number}", transaction_timeout_ms=60_000) as sink:
        sink.claim()
        found = sink.position() or Position(0, at(0).of)
        assert found.of == at(0).of
        go_on(sink, found.ticks)
    arrived = numbers_of(read_committed(kafka, topic))
    runs = len(arrived) // (PER_COMMIT * COMMITS)
    assert sorted(arrived) == sorted(list(range(PER_COMMIT * COMMITS)) * runs), (found, arrived)


def test_what_a_killed_process_leaves_is_gone_on_with(kafka, topic):
    make_topic(kafka, topic, partitions=2)
    modules = [kafka_transactions, kafka_session]
    killed = crash_at_every_line(modules, partial(deliver, kafka, topic), partial(resumed, kafka, topic), step=STEP)
    assert len(killed) > 8
    assert {place.partition(":")[0] for place in killed} == {"kafka_transactions.py", "kafka_session.py"}
