"""The forecast of models whose actions reject, compared with their runs: expected, range, actual, error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from time import perf_counter

from benchmarks.floors import at_least
from doge_datagen import Model
from doge_datagen.forecast.forecast import forecast
from doge_datagen.forecast.in_words import interval
from doge_datagen.forecast.values import Amount
from doge_datagen.number_format import amount
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.simulation.engine_choice import chosen
from doge_datagen.run.simulation.windows import windows
from tests.engine.rejecting import REJECTING

EXAMPLES = Path(__file__).parents[1] / "examples"
SEED = 2022
LARGEST = 0.10
"""The largest relative error allowed; models whose runs differ by more among themselves are not counted."""


def models() -> Iterator[Model]:
    """The shipped models, with enough subjects for their runs to be similar, and models of the tests."""
    bank, starter = files("doge_datagen.demo") / "bank.yaml", files("doge_datagen.cli") / "starter.yaml"
    yield Model.load(str(bank)).resized(subjects=10_000)
    yield replace(Model.load(str(starter)), name="starter").resized(subjects=2000)
    yield Model.load(EXAMPLES / "fraud" / "fraud.yaml").resized(subjects=10_000)
    yield Model.load(EXAMPLES / "shop" / "shop.yaml")
    for make_model in REJECTING:
        yield make_model()


def actual_counts(model: Model) -> dict[str, int]:
    """The events of a run in total, and the records of each stream."""
    counts = Counter[str]()
    with windows(model.program, RunConfig(engine="compiled"), SEED) as simulated:
        for window in simulated:
            counts["events"] += window.events_in_all
            for stream, batch in window.batches:
                counts[stream] += len(batch)
    return counts


def figures(model: Model) -> Iterator[tuple[str, Amount]]:
    """The forecast of all events and of each stream."""
    expected = forecast(model.program)
    yield "events", expected.events
    for stream in expected.streams:
        yield stream.name, stream.records


def main() -> None:
    near: list[bool] = []
    within: list[bool] = []
    print(f"{'model':14} {'figure':14} {'expected':>10} {'range':>20} {'actual':>10} {'error':>7}")
    for model in models():
        started = perf_counter()
        expected = list(figures(model))
        seconds, actual = perf_counter() - started, actual_counts(model)
        for name, it in expected:
            error = it.per_run_or_hour / max(actual[name], 1) - 1
            near.append(abs(error) <= LARGEST)
            if it.low is not None and it.high is not None:
                within.append(it.low <= actual[name] <= it.high)
            print(
                f"{model.name:14} {name:14} {amount(it.per_run_or_hour):>10} {interval(it) or 'unknown':>20} "
                f"{amount(actual[name]):>10} {error:>7.1%}"
            )
        print(f"{'':14} forecast in {seconds:.1f} s; auto chooses the {chosen(model.program)} engine")
    print(f"within 10 %: {at_least(0.9, 'figures within 10 %', sum(near) / len(near))}")
    print(f"within their range: {at_least(0.9, 'figures within their range', sum(within) / len(within))}")


if __name__ == "__main__":
    main()
