"""A process killed at any step of delivery to Kafka is resumed, with each record once."""

from functools import partial

import pytest

from doge_datagen.run.delivery.retry import Retry
from doge_datagen.sinks.transactional import Position
from tests.crashing import TIMEOUT, crash_at_every_step
from tests.sinks.committed import at, batch, claimed_sink, numbers_of, read_committed, sink_of
from tests.sinks.topics import make_topic

PER_COMMIT = 3
COMMITS = 2
PER_RUN = PER_COMMIT * COMMITS

pytestmark = pytest.mark.timeout(TIMEOUT)


def deliver(kafka: str, topic: str, number: int) -> None:
    """Two commits of a few records; the run ID and the records contain the number of the crash."""
    with claimed_sink(kafka, topic, f"{topic}-{number}", partitions=2, transaction_timeout_ms=60_000) as sink:
        continue_from(sink, number, 0)


def continue_from(sink, number, ticks):
    """Continue the run from a position."""
    for tick in range(ticks, COMMITS):
        sink.write(batch(number * PER_RUN + tick * PER_COMMIT, PER_COMMIT))
        sink.commit(at(tick + 1))


def resumed(kafka: str, topic: str, number: int) -> None:
    """Resume the run; then each of its records and those of earlier runs exists exactly once."""
    with sink_of(kafka, topic, f"{topic}-{number}", transaction_timeout_ms=60_000) as sink:
        Retry(30).until_done(sink.claim)  # like a run, as a busy broker may briefly have no leader
        actual = Retry(30).until_done(sink.position) or Position(0, at(0).of)
        assert actual.of == at(0).of
        continue_from(sink, number, actual.ticks)
    arrived = sorted(numbers_of(read_committed(kafka, topic)))
    assert arrived == list(range((number + 1) * PER_RUN)), (actual, arrived[-2 * PER_RUN :])


@pytest.mark.slow
def test_a_run_resumes_after_a_process_was_killed_at_any_step(kafka, topic):
    make_topic(kafka, topic, partitions=2)
    killed = crash_at_every_step(partial(deliver, kafka, topic), partial(resumed, kafka, topic))
    assert len(killed) > 15
    assert {"transactions.py", "transactional_producer.py"} < {line.partition(":")[0] for line in killed}
