import pytest

from doge_datagen.errors import DeliveryError, ModelError, SinkError
from doge_datagen.sinks.failing_batches import FailingBatchSink
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from doge_datagen.sinks.testing.samples import batches_of

ONE = batches_of([1])[0]


def first_failure(batches, **kwargs):
    """The number of the first batch that fails; the number of batches if none does."""
    kept = MemoryBatchSink()
    sink = FailingBatchSink(kept, **kwargs)
    for number in range(batches):
        try:
            sink.write(ONE)
        except DeliveryError:
            assert len(kept.batches) == sink.delivered == number
            return number
    return batches


def test_at_0_percent_no_batch_fails():
    assert first_failure(200, probability=0, seed=1) == 200


def test_at_100_percent_the_first_batch_fails():
    assert first_failure(200, probability=100, seed=1) == 0


def test_the_chosen_batch_fails():
    assert first_failure(200, at=7) == 7


def test_the_first_failure_follows_the_geometric_distribution():
    """The mean of 500 geometric numbers at 30 % is within 5 standard errors (significance 6e-7); seeds 0 to 499."""
    actual = [first_failure(100, probability=30, seed=seed) for seed in range(500)]
    assert abs(sum(actual) / 500 - 7 / 3) < 5 * (0.7**0.5 / 0.3) / 500**0.5


def test_the_same_seed_fails_at_the_same_batch():
    assert first_failure(200, probability=5, seed=7) == first_failure(200, probability=5, seed=7) < 200


def test_a_failure_is_transient_and_has_its_counts():
    sink = FailingBatchSink(MemoryBatchSink(), at=1)
    sink.write(batches_of([3])[0])
    with pytest.raises(DeliveryError, match=r"2 x batch 1 failed$") as caught:
        sink.write(batches_of([2])[0])
    assert (caught.value.accepted, caught.value.delivered, caught.value.transient) == (5, 3, True)


def test_after_a_failure_no_batch_is_accepted():
    sink = FailingBatchSink(MemoryBatchSink(), at=0)
    with pytest.raises(DeliveryError):
        sink.write(ONE)
    with pytest.raises(SinkError, match="takes no more"):
        sink.write(ONE)


@pytest.mark.parametrize("probability", [-1, 100.1, True, "5", float("nan")])
def test_an_invalid_probability_is_refused(probability):
    with pytest.raises(ModelError, match=r"^FailingBatchSink\.probability: .* give 0 to 100"):
        FailingBatchSink(MemoryBatchSink(), probability=probability)


@pytest.mark.parametrize("kwargs", [{"seed": -1}, {"seed": 2**64}, {"seed": "a"}, {"at": -1}, {"at": 0.5}])
def test_an_invalid_number_is_refused(kwargs):
    with pytest.raises(ModelError, match=rf"^FailingBatchSink\.{next(iter(kwargs))}: "):
        FailingBatchSink(MemoryBatchSink(), **kwargs)


def test_something_that_is_not_a_sink_is_refused():
    with pytest.raises(ModelError, match=r"^FailingBatchSink\.sink: 7 is not a sink"):
        FailingBatchSink(7)
