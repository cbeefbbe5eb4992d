"""A process that is killed at any step while it delivers to Kafka: what it leaves is resumed, each record once."""

from functools import partial

import pytest

from doge_datagen.run.delivery.retry import Retry
from doge_datagen.sinks.transactional import Position
from tests.crashing import TIMEOUT, crash_at_every_step
from tests.sinks.committed import at, batch, begun, numbers_of, read_committed, sink_of
from tests.sinks.topics import make_topic

PER_COMMIT = 3
COMMITS = 2
PER_RUN = PER_COMMIT * COMMITS

pytestmark = pytest.mark.timeout(TIMEOUT)


def deliver(kafka: str, topic: str, number: int) -> None:
    """Two commits of few records, as a run whose name and whose records tell the number of the crash."""
    with begun(kafka, topic, f"{topic}-{number}", partitions=2, transaction_timeout_ms=60_000) as sink:
        go_on(sink, number, 0)


def go_on(sink, number, ticks):
    """What a run does from such a position on."""
    for tick in range(ticks, COMMITS):
        sink.write(batch(number * PER_RUN + tick * PER_COMMIT, PER_COMMIT))
        sink.commit(at(tick + 1))


def resumed(kafka: str, topic: str, number: int) -> None:
    """The same run goes on; then each of its records is there once, and each of all runs before it."""
    with sink_of(kafka, topic, f"{topic}-{number}", transaction_timeout_ms=60_000) as sink:
        Retry(30).until_done(sink.claim)  # as a run does: a busy broker may be without a leader for a moment
        found = Retry(30).until_done(sink.position) or Position(0, at(0).of)
        assert found.of == at(0).of
        go_on(sink, number, found.ticks)
    arrived = sorted(numbers_of(read_committed(kafka, topic)))
    assert arrived == list(range((number + 1) * PER_RUN)), (found, arrived[-2 * PER_RUN :])


@pytest.mark.slow
def test_a_run_resumes_from_what_a_killed_process_leaves(kafka, topic):
    make_topic(kafka, topic, partitions=2)
    killed = crash_at_every_step(partial(deliver, kafka, topic), partial(resumed, kafka, topic))
    assert len(killed) > 15
    assert {"transactions.py", "transactional_producer.py"} < {place.partition(":")[0] for place in killed}
