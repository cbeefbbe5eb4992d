"""A sample is spread over the whole run, limited by cost, and deterministic."""

import numpy as np
import pytest

from doge_datagen.forecast import sample as of_sample
from doge_datagen.forecast.sample import sample
from tests.compiling import program_of
from tests.engine.models import model_named
from tests.engine.rejecting import few_for_long, purses

COST = 30_000


def chosen(count, last):
    """The chosen subjects and seeds of a sample."""
    result = []

    class ChainSolution:
        def reseeded(self, seed):
            self.seed = seed

        def draws(self, subjects):
            for subject in subjects.tolist():
                result.append((subject, self.seed))
                yield []

    list(of_sample.chosen(ChainSolution(), count, 0, last))
    return result


@pytest.mark.parametrize("count", [1, 2, 3, 10, 1000, 1001, 4096, 2**32 - 1])
def test_sampled_subjects_belong_to_the_run_and_repeat_only_after_all_were_used(count):
    actual = chosen(count, 3000)
    assert len(set(actual)) == len(actual) == 3000
    assert {0 <= subject < count for subject, _ in actual} == {True}
    assert [seed for _, seed in actual] == [number // count for number in range(3000)]


@pytest.mark.parametrize("count", [1000, 4096, 10**9])
@pytest.mark.parametrize("last", [16, 100, 500])
def test_subjects_are_spread_over_the_whole_run_however_many_they_are(count, last):
    subjects = np.sort([subject for subject, _ in chosen(count, last)])
    assert np.diff(subjects, prepend=0, append=count).max() < 3 * count / last


@pytest.mark.parametrize("remainder", [2, 3, 7, 10])
def test_every_remainder_of_an_index_is_sampled_equally(remainder):
    """Attributes often depend on them, as in ``index % 7``."""
    hits = np.bincount([subject % remainder for subject, _ in chosen(1000, 420)], minlength=remainder)
    assert hits.min() > 0.6 * 420 / remainder


def test_a_sample_is_deterministic():
    one, two = (sample(program_of(purses()), COST) for _ in range(2))
    assert (one.events == two.events).all()


def test_the_cost_of_a_sample_is_bounded_by_its_attempts():
    assert 20 < sample(program_of(purses()), COST).subjects < sample(program_of(purses()), 10 * COST).subjects < 1000


def test_a_run_with_few_subjects_is_simulated_with_several_seeds():
    taken = sample(program_of(model_named("alone").resized(ticks=10)), COST)
    assert taken.subjects > 20
    assert len({tuple(row) for row in taken.events.tolist()}) > 5


def test_if_one_subject_over_all_ticks_is_too_expensive_a_part_is_simulated():
    taken = sample(program_of(few_for_long()), COST)
    assert (taken.subjects, taken.complete) == (1, False)
    assert 0 < taken.ticks < few_for_long().clock.ticks


def test_a_run_without_ticks_has_a_sample_too():
    taken = sample(program_of(model_named("alone").resized(ticks=0)), COST)
    assert (taken.complete, taken.attempts.sum()) == (True, 0)
