"""The times at which sinks commit."""

from functools import partial

import pytest

from doge_datagen.errors import SinkError
from doge_datagen.run.delivery.delivery import Delivery
from doge_datagen.run.delivery.retry import Retry
from doge_datagen.sinks.base import Capabilities
from doge_datagen.sinks.testing.samples import batches_of
from doge_datagen.sinks.transactional import Position
from tests.run.ledger import Ledger


@pytest.mark.parametrize(("preferred", "requested", "commits"), [(0, 2, [2, 4]), (4, 2, [4]), (1, 4, [4])])
def test_a_run_commits_as_rarely_as_a_destination_prefers(preferred, requested, commits):
    ledger, seconds = Ledger(), [0]
    sink = ledger.sink()
    sink.capabilities = Capabilities(commit_every=preferred)
    delivery = Delivery({"trx": sink}, requested, Retry(0), now=lambda: seconds[0])
    delivery.claim()
    for tick in range(1, 6):
        seconds[0] = tick
        delivery.commit_in_time(tick, "of")
    assert ledger.commits == commits


@pytest.mark.parametrize(("limit", "commits"), [({"held": 10}, [2]), ({"held_bytes": 100}, [1, 2]), ({}, [])], ids=str)
def test_a_large_backlog_is_committed_at_once(limit, commits):
    ledger = Ledger()
    delivery = Delivery({"trx": ledger.sink()}, 1000, Retry(0), now=lambda: 0, **limit)
    delivery.claim()
    for tick, batch in enumerate(batches_of([5, 5]), 1):
        delivery.write("trx", batch)
        delivery.commit_in_time(tick, "of")
    assert ledger.commits == commits


def test_a_position_is_read_before_the_claim_only_if_the_sink_allows_it():
    sinks = {"before": Ledger(), "after": Ledger()}
    for ledger in sinks.values():
        ledger.position = Position(7, "of")
    opened = {stream: ledger.sink() for stream, ledger in sinks.items()}
    opened["after"].capabilities = Capabilities()
    assert Delivery(opened, 1, Retry(0)).positions_before_claim() == {"before": Position(7, "of")}


@pytest.mark.parametrize("kind", [ValueError, partial(SinkError, "a place")], ids=["any error", "of a sink"])
def test_the_other_errors_of_a_commit_are_notes_of_the_first(kind):
    sinks = {}
    for stream in ("clicks", "views"):
        ledger = Ledger()
        ledger.own_thread = True
        ledger.before = partial(fail, kind(f"{stream} failed"))
        sinks[stream] = ledger.sink()
    delivery = Delivery(sinks, 1, Retry(0))
    delivery.claim()
    with pytest.raises((ValueError, SinkError), match="clicks failed") as caught:
        delivery.commit(1, "of")
    assert caught.value.__notes__ == [f"and {kind('views failed')}"]


def fail(error):
    raise error
