"""Random models, each a function of its number, which combine parts of the language in unforeseen ways."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from doge_datagen import Arrival, Clock, Model, Population, Rhythm, Stream, Transition

DAY, MINUTE = 86_400_000, 60_000
EVENING = Rhythm("Europe/Warsaw", hours={"0": 0.3, "8": 0.8, "20": 2.2}, weekdays={"sat": 1.4}, growth="2 %/week")
ATTRIBUTES: dict[str, Any] = {"speed": "gamma(mean=1, shape=2)", "kind": "choices(['a', 'b'], weights=[4, 1])", "n": 0}
ACTIONS = (None, "n += 1", "require(random() < 0.6); n += 1", "require(n < 20); n += 1", "n = 0")
DWELLS = ("lognormal(median=2 h, sigma=1)", "exponential(mean=5 h)", "uniform(30 min, 9 h)", "4 h * speed")


def random_model(number: int) -> Model:
    """The random model with the given number."""
    rng = Random(number)
    named = [f"s{index}" for index in range(rng.randint(2, 5))]
    ticks = rng.random() < 0.3
    exits = [transition for state in named for transition in (_per_tick if ticks else _by_moments)(rng, state, named)]
    if rng.random() < 0.4:
        last = exits.pop()
        exits.append(_led_to(last, {"gone": 0.2, last.to_state or "stay": "rest"} if not ticks else "gone"))
    dwelling = {transition.from_state for transition in exits if transition.weight is not None}
    states = {it: {"dwell": rng.choice(DWELLS)} if it in dwelling else None for it in named} | {"gone": "final"}
    parts: dict[str, Any] = {} if ticks else {"rhythms": {"evening": EVENING}}
    warm_up = rng.choice([0, 0, 3 * DAY])
    clock = Clock(0, 5 * MINUTE, 2000 if ticks else 14 * DAY // (5 * MINUTE), warm_up=0 if ticks else warm_up)
    return Model(
        name=f"random {number}",
        subjects=_people(rng, ticks=ticks),
        states=states,
        initial={named[0]: 3, named[-1]: 1},
        transitions=exits,
        streams={"events": Stream({"time": "timestamp", "n": "n"})},
        clock=clock,
        **parts,
    )


def _people(rng: Random, *, ticks: bool) -> Population:
    if ticks or rng.random() < 0.6:
        return Population("user", rng.choice([1, 15, 200, 2000]), ATTRIBUTES)
    rate, rhythm = f"{rng.choice([5, 40, 300])}/d", rng.choice([None, "evening"])
    return Population("user", None, ATTRIBUTES, arrive=Arrival(rate, rng.choice([0, 50]), rhythm, emit="events"))


def _per_tick(rng: Random, state: str, states: list[str]) -> Iterator[Transition]:
    """One to three transitions that are attempted once per tick."""
    for index in range(rng.randint(1, 3)):
        chance = rng.choice([0.2, 1.0, 5.0, 20.0])
        yield Transition(f"{state}{index}", state, rng.choice(states), chance, do=rng.choice(ACTIONS), emit="events")


def _by_moments(rng: Random, state: str, states: list[str]) -> Iterator[Transition]:
    """Transitions at moments that leave a state, of one kind or mixed."""
    kind = rng.choice(["rates", "weights", "timers", "attempts"])
    for index in range(rng.randint(1, 3)):
        transition: dict[str, Any] = {"do": rng.choice(ACTIONS), "emit": "events"}
        if kind == "weights":
            transition["weight"] = rng.choice([1, 5, "1 + n", "3 if kind == 'a' else 1"])
        elif kind == "attempts":
            transition["probability"] = rng.choice(["min(30, 1 + n)", 3.0, "2 * speed"])
        elif kind == "timers" and index == 0:
            transition |= {rng.choice(["after", "every"]): rng.choice(["7 h", "exponential(mean=6 h)"])}
        else:
            transition |= {
                "rate": rng.choice(["3/d", "1/d * speed", "6/d * speed"]),
                "rhythm": rng.choice([None, "evening"]),
            }
            transition |= rng.choice([{}, {}, {"when": "n < 5"}])
        yield Transition(f"{state}{index}", state, rng.choice(states), **transition)


def _led_to(transition: Transition, to: Any) -> Transition:
    """The transition with another target."""
    given = {it: getattr(transition, it) for it in ("do", "emit", "rate", "weight", "after", "every", "when", "rhythm")}
    chance = transition.probability
    return Transition(transition.trigger, transition.from_state, to, chance, **given)
