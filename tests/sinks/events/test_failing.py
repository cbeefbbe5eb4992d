import pytest
from scipy.stats import binomtest

from doge_datagen.errors import ModelError, SinkError
from doge_datagen.model import Transition
from doge_datagen.sinks.events.failing import FailingSink
from doge_datagen.sinks.events.memory import MemorySink

LOGIN = Transition("login", "offline", "online", 1)
SIGNIFICANCE = 1e-6


def failures(probability, seed, calls):
    sink, failed = FailingSink(MemorySink(), probability, seed), []
    for number in range(calls):
        try:
            sink.collect(number, "alice", LOGIN)
        except SinkError:
            failed.append(number)
    assert sink.delivered == calls - len(failed)
    return failed


def test_at_0_percent_no_call_fails():
    assert failures(0, seed=1, calls=200) == []


def test_at_100_percent_every_call_fails():
    assert failures(100, seed=1, calls=200) == list(range(200))


def test_calls_fail_with_the_probability_given():
    """Binomial test of 4,000 calls at 30 %, two-sided, with seed 42."""
    assert binomtest(len(failures(30, seed=42, calls=4000)), 4000, 0.3).pvalue > SIGNIFICANCE


def test_the_same_seed_fails_at_the_same_calls():
    assert failures(30, seed=7, calls=200) == failures(30, seed=7, calls=200)


def test_another_seed_fails_at_other_calls():
    assert failures(30, seed=7, calls=200) != failures(30, seed=8, calls=200)


def test_a_failure_is_transient_and_the_event_is_not_passed_on():
    kept = MemorySink()
    with pytest.raises(SinkError, match="call 0 failed, as drawn with seed 1") as caught:
        FailingSink(kept, 100, 1).collect(0, "alice", LOGIN)
    assert caught.value.transient
    assert kept.records == []


def test_closing_closes_the_wrapped_sink():
    kept = MemorySink()
    FailingSink(kept, 0, 1).close()
    with pytest.raises(SinkError, match="closed"):
        kept.collect(0, "alice", LOGIN)


@pytest.mark.parametrize("probability", [-0.1, 100.1, float("nan"), True, "50", None])
def test_a_probability_outside_0_to_100_is_refused(probability):
    with pytest.raises(ModelError, match=r"^FailingSink\.probability: .* give 0 to 100"):
        FailingSink(MemorySink(), probability, 1)


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, True, None])
def test_a_seed_that_is_not_a_64_bit_integer_is_refused(seed):
    with pytest.raises(ModelError, match=r"^FailingSink\.seed: .* give 0 to"):
        FailingSink(MemorySink(), 50, seed)


def test_something_that_is_not_a_sink_is_refused():
    with pytest.raises(ModelError, match=r"^FailingSink\.sink: .* is not a sink"):
        FailingSink(print, 50, 1)
