"""Models with moments instead of ticks: a music site, and the cost of dwell times and timers compared with rates."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import as_file

from benchmarks.floors import at_most
from benchmarks.profile_model import cost_of_bank, fastest, timed_run
from doge_datagen import Clock, Model, Population, Stream, Transition
from doge_datagen.gallery.shipped import shipped

LISTENERS, DAYS = 50_000, 28
VISITORS, DAY = 100_000, 86_400_000
START = 1_772_409_600_000
MEAN = "77 s"
"""The mean time on a page, which is log-normal in one model and exponential in the other."""
OF_BANK = 4.8
"""A record of the music site may cost this many times one of the bank: 5 M against 24 M records/s."""
ON_PAGE = {"click": 80, "order": 4, "leave": 16}


def music(listeners: int = LISTENERS) -> Model:
    """The music site of the package."""
    with as_file(shipped()["music"].file) as path:
        return Model.load(path).resized(subjects=listeners)


def sessions(*, memoryless: bool, visitors: int = VISITORS) -> Model:
    """Two weeks of visitors to a web site: with dwell times and timers, or with rates of the same means."""
    actions = {"click": "clicks += 1", "order": "clicks += 1", "leave": "clicks = 0"}
    to = {"click": "page", "order": "page", "leave": "away"}
    transitions = [Transition("visit", "away", "page", rate="1.5/d", do="session += 1", emit="clicks")]
    for trigger, percent in ON_PAGE.items():
        transition = Transition(trigger, "page", to[trigger], do=actions[trigger], emit="clicks")
        rate = f"{percent / 100}/({MEAN})"
        transitions.append(replace(transition, rate=rate) if memoryless else replace(transition, weight=percent))
    time_out = Transition("time_out", "page", "away", do="clicks = 0", emit="clicks")
    transitions.append(replace(time_out, rate="1/(10 h)") if memoryless else replace(time_out, after="30 min"))
    return Model(
        name="sessions",
        subjects=Population("visitor", visitors, {"session": 0, "clicks": 0}),
        states={"away": None, "page": None if memoryless else {"dwell": "lognormal(median=25 s, sigma=1.5)"}},
        initial="away",
        transitions=transitions,
        streams={"clicks": Stream({"ts": "timestamp", "visitor": "index", "what": "trigger", "clicks": "clicks"})},
        clock=Clock(START, 1, 14 * DAY),
    )


def main() -> None:
    """Print the figures."""
    timed_run(music(10).program)  # compiles
    seconds, records = fastest(music().program)
    site = seconds["all"] / records
    ratio = at_most(OF_BANK, "moments / music", site / cost_of_bank())
    print(f"moments: music, {LISTENERS:,} listeners x {DAYS} days, {records:,} records to Arrow on one core: ")
    print(f"  {1e-6 / site:.1f} M records/s; the bank / this: {ratio}")
    costs = {}
    for memoryless in (True, False):
        timed_run(sessions(memoryless=memoryless, visitors=10).program)
        seconds, records = fastest(sessions(memoryless=memoryless).program)
        costs[memoryless] = seconds["all"] / records
        print(f"  {'rates' if memoryless else 'dwell times and timers'}: {records:,} records, "
              f"{costs[memoryless] * 1e9:.0f} ns each")  # fmt: skip
    print(f"  one / the other: {at_most(1.5, 'moments / rates', costs[False] / costs[True])}")


if __name__ == "__main__":
    main()
