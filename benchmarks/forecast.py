"""What doge check expects of models whose actions reject, against what their runs do: expected, range, real, off by."""

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
"""How far off a figure may be; those whose own runs differ by more from each other are not counted."""


def models() -> Iterator[Model]:
    """Those that are shipped, with enough subjects for their runs to be like each other; and ours."""
    bank, starter = files("doge_datagen.demo") / "bank.yaml", files("doge_datagen.cli") / "starter.yaml"
    yield Model.load(str(bank)).resized(subjects=10_000)
    yield replace(Model.load(str(starter)), name="starter").resized(subjects=2000)
    yield Model.load(EXAMPLES / "fraud" / "fraud.yaml").resized(subjects=10_000)
    yield Model.load(EXAMPLES / "shop" / "shop.yaml")
    for made in REJECTING:
        yield made()


def real(model: Model) -> dict[str, int]:
    """What a run does: all events, and each stream's records."""
    counts = Counter[str]()
    with windows(model.program, RunConfig(engine="compiled"), SEED) as made:
        for window in made:
            counts["events"] += window.events_in_all
            for stream, batch in window.batches:
                counts[stream] += len(batch)
    return counts


def figures(model: Model) -> Iterator[tuple[str, Amount]]:
    """The headline, and each stream."""
    expected = forecast(model.program)
    yield "events", expected.events
    for stream in expected.streams:
        yield stream.name, stream.records


def main() -> None:
    near: list[bool] = []
    within: list[bool] = []
    print(f"{'model':14} {'figure':14} {'expected':>10} {'range':>20} {'real':>10} {'off by':>7}")
    for model in models():
        begun = perf_counter()
        told = list(figures(model))
        took, found = perf_counter() - begun, real(model)
        for name, it in told:
            off = it.per_run_or_hour / max(found[name], 1) - 1
            near.append(abs(off) <= LARGEST)
            if it.low is not None and it.high is not None:
                within.append(it.low <= found[name] <= it.high)
            print(
                f"{model.name:14} {name:14} {amount(it.per_run_or_hour):>10} {interval(it) or 'unknown':>20} "
                f"{amount(found[name]):>10} {off:>7.1%}"
            )
        print(f"{'':14} expected in {took:.1f} s; auto takes the {chosen(model.program)} engine")
    print(f"within 10 %: {at_least(0.9, 'figures within 10 %', sum(near) / len(near))}")
    print(f"within their range: {at_least(0.9, 'figures within their range', sum(within) / len(within))}")


if __name__ == "__main__":
    main()
