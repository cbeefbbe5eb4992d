"""The compiled engine follows the distributions that a model states.

Each test takes observations that are independent under the law, and compares them with it by Pearson's chi-square or
by Kolmogorov and Smirnov. Significance is 1 in 10,000 for each; the seed is fixed.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from doge_datagen import Clock, Model, Population, Stream, Transition

SIGNIFICANCE = 1e-4
FEWEST = 5  # expected in a cell, for the chi-square approximation to hold
SUBJECTS, TICKS, SEED = 8000, 400, 2022
STATES = ("x", "y", "z")
INITIAL = {"x": 1, "y": 2, "z": 5}
OPEN = 0.5  # the share of attempts at the blocked transition that succeed
WAYS = {"a": ("x", "y", 10), "b": ("x", "z", 20), "c": ("x", "x", 5), "d": ("y", "x", 60), "e": ("y", "y", 40)}
BLOCKED = ("z", "x", 3)
ACTION = "drawn = random()\nother = random()"
DRAWS = {
    "random()": stats.uniform(),
    "uniform(-3, 5)": stats.uniform(-3, 8),
    "triangular(1, 9, 3)": stats.triang(0.25, 1, 8),
    "gauss(10, 2)": stats.norm(10, 2),
    "normalvariate(-1, 0.5)": stats.norm(-1, 0.5),
    "expovariate(4)": stats.expon(scale=0.25),
    "lognormvariate(0.5, 0.75)": stats.lognorm(0.75, scale=np.exp(0.5)),
    "paretovariate(3)": stats.pareto(3),
    "weibullvariate(2, 1.5)": stats.weibull_min(1.5, scale=2),
}
WHOLE = {
    "randrange(7)": dict.fromkeys(range(7), 1),
    "randrange(10, -11, -4)": dict.fromkeys(range(10, -11, -4), 1),
    "randint(3, 6)": dict.fromkeys(range(3, 7), 1),
    "choice([4, 8, 15])": dict.fromkeys((4, 8, 15), 1),
    "choices([1, 2, 3], weights=[5, 1, 2])[0]": {1: 5, 2: 1, 3: 2},
    "choices([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])[0]": {9 - n: n + 1 for n in range(10)},
}


def model() -> Model:
    fields = {"index": "index", "tick": "tick", "trigger": "trigger", "drawn": "drawn", "other": "other"}
    transitions = [
        Transition(name, *transition, do=ACTION, emit=["events", "dice"] if name == "d" else "events")
        for name, transition in WAYS.items()
    ]
    blocked = Transition("f", *BLOCKED, do=f"require(random() < {OPEN})\n{ACTION}", emit="events")
    return Model(
        name="law",
        subjects=Population("one", SUBJECTS, {"luck": "random()", "drawn": 0.0, "other": 0.0}),
        states=STATES,
        initial=INITIAL,
        transitions=[*transitions, blocked],
        streams={
            "events": Stream({**fields, "luck": "luck", "shown": "random()"}),
            "dice": Stream({"tick": "tick", **{f"n{n}": it for n, it in enumerate([*DRAWS, *WHOLE])}}),
        },
        clock=Clock(0, 1, TICKS),
    )


@pytest.fixture(scope="module")
def observations():
    streams: dict[str, list] = {"events": [], "dice": []}
    for name, batch in model().batches(seed=SEED, engine="compiled"):
        streams[name].append(batch)
    events = {column: np.concatenate([it.column(column) for it in streams["events"]]) for column in ("index", "tick")}
    for column in ("drawn", "other", "luck", "shown"):
        events[column] = np.concatenate([it.column(column) for it in streams["events"]])
    events["trigger"] = np.concatenate([np.array(it.column("trigger").to_pylist()) for it in streams["events"]])
    first = {f"n{n}": np.array(streams["dice"][0].column(f"n{n}")) for n in range(len(DRAWS) + len(WHOLE))}
    return events, first


@pytest.fixture(scope="module")
def events(observations):
    """All events, in columns."""
    return observations[0]


@pytest.fixture(scope="module")
def by_subject(events):
    """The events sorted by subject and tick, and whether the previous event is of the same subject."""
    order = np.lexsort((events["tick"], events["index"]))
    sorted_ = {name: column[order] for name, column in events.items()}
    same = np.concatenate([[False], sorted_["index"][1:] == sorted_["index"][:-1]])
    return sorted_, same


def follows(observed, law):
    """Assert that counts follow probabilities; rare cells are merged."""
    observed, expected = np.array(observed, dtype=float), np.array(law, dtype=float) / np.sum(law) * np.sum(observed)
    order = np.argsort(expected)
    observed, expected = observed[order], expected[order]
    few = int(np.searchsorted(np.cumsum(expected), FEWEST)) + 1
    if few > 1:
        observed = np.concatenate([[observed[:few].sum()], observed[few:]])
        expected = np.concatenate([[expected[:few].sum()], expected[few:]])
    assert stats.chisquare(observed, expected).pvalue > SIGNIFICANCE


def independent(ours, others):
    """Assert that two columns of categories are independent."""
    _, rows = np.unique(ours, return_inverse=True)
    _, columns = np.unique(others, return_inverse=True)
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1)
    assert stats.chi2_contingency(table, correction=False).pvalue > SIGNIFICANCE


def binned(values):
    return np.floor(values * 8)


def of_state(state):
    return [name for name, (source, _, _) in WAYS.items() if source == state]


def firsts(by_subject):
    """The first event of each subject that has one."""
    events, same = by_subject
    return {name: column[~same] for name, column in events.items()}


@pytest.mark.slow
def test_subjects_start_by_the_weights(by_subject):
    first = {name: sum(np.isin(firsts(by_subject)["trigger"], of_state(name))) for name in ("x", "y")}
    started = [first["x"], first["y"], SUBJECTS - first["x"] - first["y"]]  # in z some have stayed during the whole run
    follows(started, list(INITIAL.values()))


@pytest.mark.slow
@pytest.mark.parametrize("state", ["x", "y"])
def test_transitions_are_taken_by_their_probabilities(events, state):
    transitions = of_state(state)
    follows(
        [np.sum(events["trigger"] == transition) for transition in transitions],
        [WAYS[transition][2] for transition in transitions],
    )


@pytest.mark.parametrize(("state", "percent"), [("x", 35), ("y", 100), ("z", BLOCKED[2] * OPEN)])
def test_dwell_times_are_geometric(by_subject, state, percent):
    """Only subjects that enter early enough; in the state with the blocked transition, only accepted attempts count."""
    events, same = by_subject
    longest, p = TICKS - 100, percent / 100
    entered = np.isin(events["trigger"], [name for name, (_, target, _) in WAYS.items() if target == state])
    entered |= (events["trigger"] == "f") & (state == BLOCKED[1])
    entered &= events["tick"] < TICKS - longest
    following = np.append(np.where(same[1:], events["tick"][1:], TICKS + longest), TICKS + longest)
    dwell = np.minimum(following - events["tick"] - 1, longest)[entered]
    law = p * (1 - p) ** np.arange(longest)
    if percent == 100:
        assert dwell.max() == 0
    else:
        follows(np.bincount(dwell, minlength=longest + 1), [*law, max(0.0, 1 - law.sum())])


@pytest.mark.parametrize("state", STATES)
def test_the_first_dwell_is_geometric_too(by_subject, state):
    events = firsts(by_subject)
    transitions = of_state(state) or ["f"]
    p = sum(WAYS[transition][2] for transition in transitions if transition in WAYS) / 100 or BLOCKED[2] * OPEN / 100
    dwell = events["tick"][np.isin(events["trigger"], transitions)]
    if p == 1:
        assert dwell.max() == 0
    else:
        follows(np.bincount(dwell, minlength=TICKS), p * (1 - p) ** np.arange(TICKS))  # given that it ends in time


@pytest.mark.parametrize("tick", [0, 1, 2, 7, 60, TICKS - 1])
def test_events_on_a_tick_follow_the_powers_of_the_transition_matrix(events, tick):
    transitions = {**WAYS, "f": (*BLOCKED[:2], BLOCKED[2] * OPEN)}
    matrix = np.eye(3)
    for source, target, percent in transitions.values():
        row = STATES.index(source)
        matrix[row, STATES.index(target)] += percent / 100
        matrix[row, row] -= percent / 100
    start = np.array(list(INITIAL.values())) / sum(INITIAL.values())
    before = start @ np.linalg.matrix_power(matrix, tick)
    law = [before[STATES.index(source)] * percent / 100 for source, _, percent in transitions.values()]
    now = events["trigger"][events["tick"] == tick]
    follows([*(np.sum(now == transition) for transition in transitions), SUBJECTS - len(now)], [*law, 1 - sum(law)])


def test_the_triggers_of_neighbours_are_independent(events):
    now = np.full(SUBJECTS, "-")
    here = events["tick"] == 5
    now[events["index"][here]] = events["trigger"][here]
    independent(now[::2], now[1::2])


def test_the_event_counts_of_neighbours_are_independent(events):
    counts = np.bincount(events["index"], minlength=SUBJECTS)
    assert stats.spearmanr(counts[:-1], counts[1:]).pvalue > SIGNIFICANCE


def test_the_draws_of_neighbours_are_independent(events):
    for tick in range(3):
        here = events["tick"] == tick
        neighbours = np.flatnonzero(np.diff(events["index"][here]) == 1)
        drawn = binned(events["drawn"][here])
        independent(drawn[neighbours], drawn[neighbours + 1])


@pytest.mark.parametrize("transition", ["c", "f"])
def test_an_action_draws_evenly(events, transition):
    assert stats.kstest(events["drawn"][events["trigger"] == transition], "uniform").pvalue > SIGNIFICANCE


@pytest.mark.parametrize("pair", list(pairwise(["drawn", "other", "shown", "drawn"])))
def test_draws_of_one_event_are_independent(events, pair):
    """Two draws of the action, and that of the field."""
    independent(*(binned(events[name][:100_000]) for name in pair))


def test_a_blocked_transition_draws_evenly_after_the_draw_that_accepted_it(events):
    blocked = events["trigger"] == "f"
    independent(binned(events["drawn"][blocked]), binned(events["other"][blocked]))


def test_a_draw_is_independent_of_the_previous_same_draw(by_subject):
    events, same = by_subject
    again = same & np.append(False, events["trigger"][1:] == events["trigger"][:-1])
    drawn = binned(events["drawn"])
    independent(drawn[again], np.append(0, drawn[:-1])[again])


@pytest.mark.parametrize("other", ["trigger", "drawn", "shown"])
def test_initial_attributes_are_independent_of_later_draws(by_subject, other):
    events = firsts(by_subject)
    values = events[other]
    independent(binned(events["luck"]), values if other == "trigger" else binned(values))


def test_actions_draw_independently_of_the_walk(by_subject):
    events, same = by_subject
    dwell = np.diff(events["tick"], prepend=0)
    soon = same & (events["trigger"] != "f")
    independent(binned(events["drawn"][soon]), np.minimum(dwell[soon], 5))
    before = np.append("", events["trigger"][:-1])[soon]
    independent(binned(events["drawn"][soon]), np.char.add(before, events["trigger"][soon]))


@pytest.mark.parametrize("number", range(len(DRAWS)), ids=list(DRAWS))
def test_a_draw_has_its_distribution(observations, number):
    law = list(DRAWS.values())[number]
    assert stats.kstest(observations[1][f"n{number}"][:20_000], law.cdf).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("number", range(len(WHOLE)), ids=list(WHOLE))
def test_an_integer_draw_has_its_distribution(observations, number):
    law = list(WHOLE.values())[number]
    values, counts = np.unique(observations[1][f"n{number + len(DRAWS)}"], return_counts=True)
    actual = dict(zip(values.tolist(), counts.tolist(), strict=True))
    assert actual.keys() == law.keys()
    follows(list(actual.values()), [law[value] for value in actual])
