"""How often the range of a forecast contains the actual count, for thirty shipped and random models."""

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
"""Runs with more events use the compiled engine."""


def models() -> Iterator[Model]:
    """The shipped models and examples unchanged, and random models to make thirty."""
    own = [Model.of(loads(it.renamed(it.name)).spec) for it in shipped().values()]
    own += [Model.load(EXAMPLES / name / f"{name}.yaml") for name in ("bank", "fraud", "shop")]
    yield from own
    yield from map(random_model, range(MODELS - len(own)))


def actual_count(model: Model, expected: float) -> int:
    """The number of events of a run."""
    engine = "compiled" if expected > LARGE else "interpreted"
    with windows(model.program, RunConfig(engine=engine), SEED) as simulated:
        return sum(window.events_in_all for window in simulated)


def main() -> None:
    within = []
    print(f"{'model':12} {'expected':>10} {'range':>20} {'actual':>10} {'error':>7}")
    for model in models():
        expected = forecast(model.program).events
        actual = actual_count(model, expected.per_run_or_hour)
        is_within = expected.low is not None and expected.high is not None and expected.low <= actual <= expected.high
        within.append(is_within)
        error = f"{expected.per_run_or_hour / max(actual, 1) - 1:>7.1%} {'' if is_within else 'outside'}"
        figures = f"{amount(expected.per_run_or_hour):>10} {interval(expected):>20} {amount(actual):>10} {error}"
        print(f"{model.name:12} {figures}")
    print(f"within: {at_least(NEEDED, 'ranges with the actual count', sum(within))} of {MODELS}")


if __name__ == "__main__":
    main()
