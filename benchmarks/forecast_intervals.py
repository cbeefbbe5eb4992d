"""Whether the range of a forecast has the real count of a run: of the shipped models and random ones, thirty in all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.floors import at_least
from doge_datagen import Model
from doge_datagen.forecast.forecast import forecast
from doge_datagen.forecast.in_words import interval
from doge_datagen.gallery.shipped import shipped
from doge_datagen.modelfile.load import loads
from doge_datagen.number_format import amount
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.simulation.windows import windows
from tests.forecast.random_models import random_model

EXAMPLES = Path(__file__).parents[1] / "examples"
MODELS, NEEDED = 30, 27
SEED = 2026
LARGE = 400_000
"""Runs of more events are compiled."""


def models() -> Iterator[Model]:
    """The shipped models and the examples as they are, and as many random ones as make thirty."""
    own = [Model.of(loads(it.renamed(it.name)).spec) for it in shipped().values()]
    own += [Model.load(EXAMPLES / name / f"{name}.yaml") for name in ("bank", "fraud", "shop")]
    yield from own
    yield from map(random_model, range(MODELS - len(own)))


def real(model: Model, expected: float) -> int:
    """How many events a run has."""
    engine = "compiled" if expected > LARGE else "interpreted"
    with windows(model.program, RunConfig(engine=engine), SEED) as made:
        return sum(window.events_in_all for window in made)


def main() -> None:
    within = []
    print(f"{'model':12} {'expected':>10} {'range':>20} {'real':>10} {'off by':>7}")
    for model in models():
        told = forecast(model.program).events
        found = real(model, told.per_run_or_hour)
        is_within = told.low is not None and told.high is not None and told.low <= found <= told.high
        within.append(is_within)
        off = f"{told.per_run_or_hour / max(found, 1) - 1:>7.1%} {'' if is_within else 'outside'}"
        print(f"{model.name:12} {amount(told.per_run_or_hour):>10} {interval(told):>20} {amount(found):>10} {off}")
    print(f"within: {at_least(NEEDED, 'ranges with the real count', sum(within))} of {MODELS}")


if __name__ == "__main__":
    main()
