"""The forecast of models in which subjects arrive and leave."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from doge_datagen import ENDLESS, Arrival, Clock, Model, Population, Rhythm, Stream, Transition
from doge_datagen.forecast import forecast as module
from doge_datagen.forecast.as_json import as_json_values
from doge_datagen.forecast.as_tables import text
from doge_datagen.forecast.forecast import attempts_per_tick, forecast
from doge_datagen.forecast.in_words import comparison
from doge_datagen.forecast.sample import sample

DAY = 86_400_000
SMALL = 60_000.0


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "sample", lambda program, cost=SMALL: sample(program, min(cost, SMALL)))


def shop(days: float = 20, *, rate: str = "40/d", initially: int = 100, do: str | None = None) -> Model:
    """Customers who stay for two days on average and buy three times a day."""
    transitions = [
        Transition("buy", "here", rate="3/d", emit="orders"),
        Transition("leave", "here", "gone", rate="0.5/d", emit="orders"),
    ]
    arrive = Arrival(rate, initially, "evening", emit="customers", do=do)
    streams = {name: Stream({"who": "index", "what": "trigger"}) for name in ("customers", "orders")}
    return Model(
        "shop",
        Population("customer", arrive=arrive),
        {"here": None, "gone": "final"},
        "here",
        transitions,
        streams,
        Clock(0, 1, ENDLESS if days == 0 else int(days * DAY)),
        rhythms={"evening": Rhythm(hours={6: 1, 20: 5}, growth="30 %/week")},
    )


@pytest.mark.slow
def test_nine_in_ten_counts_of_a_run_are_within_their_range():
    model = shop(days=8)
    expected = forecast(model.program)
    ranges = {it.trigger: it.events for it in expected.transitions}
    within = 0
    for seed in range(14, 26):
        table = [it for _, batch in model.batches(seed=seed) for it in batch.to_pylist()]
        counts = Counter(row["what"] for row in table)
        within += sum(ranges[it].low <= counts[it] <= ranges[it].high for it in ranges)
    assert within >= 0.9 * 36


def test_the_arrivals_are_the_initial_subjects_plus_the_integral_of_the_rate():
    model = replace(shop(), rhythms={"evening": Rhythm(hours={6: 1, 20: 5})})
    expected = forecast(model.program)
    assert expected.arriving == pytest.approx(800)
    assert expected.subjects == 900
    assert expected.transitions[-1].events.total == pytest.approx(900)
    assert (expected.transitions[-1].from_state, expected.transitions[-1].to_state) == ("", "here")


def test_the_sample_is_spread_over_arrivals():
    model = replace(shop(rate="400/d", initially=0), rhythms={"evening": Rhythm()})
    expected = forecast(model.program)
    assert expected.sampled.subjects < 8000
    here = expected.states[0]
    assert here.stay_ms == pytest.approx(2 * DAY, rel=0.1)
    assert here.share == pytest.approx(1.8 / 10, rel=0.1)  # an average of 10 days
    assert here.visits == pytest.approx(1)


def test_an_unlimited_run_does_not_count_initial_subjects_as_arrivals():
    model = replace(shop(days=0), rhythms={"evening": Rhythm()})
    expected = forecast(model.program)
    assert expected.arriving_per_hour == pytest.approx(40 / 24)
    assert expected.transitions[-1].events.per_run_or_hour == pytest.approx(40 / 24, rel=1e-6)


def test_a_model_without_initial_subjects_has_a_forecast():
    expected = forecast(shop(rate="0/d", initially=0).program)
    assert expected.events.total == 0
    assert attempts_per_tick(shop(rate="0/d", initially=0).program) < 1e-6


def test_the_output_has_the_number_of_arrivals():
    expected = forecast(replace(shop(), rhythms={"evening": Rhythm()}).program)
    assert text(expected).startswith("shop: 100 subjects, 800 arriving, 20 days\n")
    assert comparison(expected)[0].startswith("100 subjects, 800 arriving x 20 days: about ")
    assert as_json_values(expected)["arriving"] == pytest.approx(800)
    endless = forecast(replace(shop(0), rhythms={"evening": Rhythm()}).program)
    assert text(endless).startswith("shop: 100 subjects, 1.67 arriving per hour, without end\n")


def test_a_name_that_an_arrival_sets_and_never_reads_is_a_warning():
    (actual,) = forecast(shop(do="price = 5").program).never_read
    assert (actual.name, actual.path) == ("price", ("subjects", "arrive", "do"))
    assert "subjects.arrive.do" in "".join(as_json_values(forecast(shop(do="price = 5").program))["warnings"])
