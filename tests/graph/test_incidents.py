"""A drawing shows incidents and rhythms, and what depends on them."""

from dataclasses import replace

import pytest

from doge_datagen import Arrival, Incident, Rhythm, Transition
from doge_datagen.graph import graph_of
from doge_datagen.graph.annotations import incidents_of, legends
from doge_datagen.graph.drawing import Legend, label
from doge_datagen.model.timelines import Holidays, Period
from doge_datagen.model.transition import Lines
from tests.incidents import INCIDENTS, arriving, market

SPEC = market().spec


def act(subject, draw):
    subject.seen = 1 if outage else 0  # noqa: F821 - the name of an incident


@pytest.mark.parametrize(
    "kwargs",
    [
        {"rate": "0 if outage else 1/d"},
        {"at": "outage.begins"},
        {"rate": "1/d", "when": "not outage"},
        {"rate": "1/d", "to_state": {"here": "1 if outage else 2", "away": 1}},
        {"rate": "1/d", "do": "if outage:\n    seen += 1"},
        {"rate": "1/d", "do": act},
        {"rate": "1/d", "emit": {"orders": "not outage"}},
        {"rate": "1/d", "lines": Lines("2 if outage else 1", {"price": 1})},
        {"rate": "1/d", "lines": Lines(1, {"price": "2 if outage else 1"})},
        {"rate": "1/d", "spawn": "user"},
    ],
    ids=["rate", "at", "when", "branch", "do", "function", "emit", "lines", "field", "nothing"],
)
def test_an_event_depends_on_the_incidents_that_it_names_anywhere(kwargs):
    expected = () if "spawn" in kwargs else ("outage",)
    assert incidents_of(SPEC, Transition("buy", "here", **kwargs)) == expected


def test_an_event_depends_on_the_incidents_of_its_rhythm_in_the_order_of_the_model():
    assert incidents_of(SPEC, Transition("buy", "here", rate="1/d if works else 0", rhythm="busy")) == ("works", "bots")


def test_a_variable_of_an_action_is_not_an_incident():
    assert incidents_of(SPEC, Transition("buy", "here", rate="1/d", do="sale = 3\nseen = sale")) == ()


def test_invalid_code_depends_on_nothing():
    assert incidents_of(SPEC, Transition("buy", "here", rate="outage +", do="outage +")) == ()


def test_labels_name_incidents_after_the_rhythm():
    drawn = graph_of(SPEC).mermaid()
    assert ": browse rate 1#47;d if cable#91;region#93; else 2#47;d#44; rhythm busy#44; incidents cable + bots" in drawn
    assert ": give_up rate 8#47;d#44; incident outage (orders)\n" in drawn


def test_a_cell_of_a_matrix_names_incidents_after_its_weight():
    cell = Transition("home", "here", weight="2 if outage else 1")
    object.__setattr__(cell, "in_matrix", True)
    assert label(cell, ["outage"]) == "2 if outage else 1, incident outage"


def test_an_arrival_names_the_incidents_on_which_it_depends():
    drawn = graph_of(arriving("3/d if outage else 5/d", rhythm="busy").spec).mermaid()
    assert "arrive rate 3#47;d if outage else 5#47;d#44; rhythm busy#44; incidents outage + bots (customers)\n" in drawn


def test_a_dwell_time_is_below_the_name_of_its_state_with_its_rhythm_and_incidents():
    dwells = {"dwells": {"away": "2 h if outage else 1 h"}, "dwell_rhythms": {"away": "busy"}}
    spec = replace(SPEC, populations=[replace(SPEC.population, **dwells)])
    drawn = graph_of(spec)
    lines = drawn.mermaid().splitlines()
    assert lines[1:3] == [
        '    state "away" as state_1',
        "    state_1 : dwell 2 h if outage else 1 h#44; rhythm busy#44; incidents outage + bots",
    ]
    assert r'away [label="away\ndwell 2 h if outage else 1 h, rhythm\n  busy, incidents outage + bots\n"]' in (
        drawn.graphviz().source
    )


def test_a_legend_lists_the_times_scope_and_streams_of_each_incident():
    assert legends(SPEC)[0] == Legend(
        "incidents",
        (
            "outage: every exponential(mean=2 d) for lognormal(median=3 h, sigma=1) (log)",
            "sale: from 2026-01-05 to 2026-01-07 12:00 (log)",
            "cable: every exponential(mean=3 d) for 12 h, per eu + us (log + cables)",
            "works: every 4 d for 2 h, affects region == 'eu'",
            "bots: every weibull(shape=2, scale=3 d) for uniform(1, 9) * 1 h",
        ),
    )


def test_a_legend_lists_what_each_rhythm_depends_on():
    full = Rhythm(
        "Europe/Warsaw",
        {"7:30": 1, 20: 2},
        weekdays={"sat": 2},
        holidays=Holidays("PL", 0.5),
        growth="3 %/week",
        periods=[Period("drift", "2026-01-15", "2026-02-15", ramp=[1, 0.7])],
        incidents={"bots": 6},
    )
    (legend,) = legends(replace(SPEC, incidents={}, rhythms={"full": full, "flat": Rhythm()}))
    drift = "drift 2026-01-15 to 2026-02-15"
    assert legend == Legend(
        "rhythms",
        (
            f"full: hours, weekdays, holidays PL, growth 3 %/week, {drift}, incident bots 6, zone Europe/Warsaw",
            "flat: the same at all times",
        ),
    )


def test_there_is_no_legend_without_incidents_and_rhythms():
    assert legends(replace(SPEC, incidents={}, rhythms={})) == ()


def small(states):
    population = replace(
        SPEC.population,
        states=states,
        initial={states[0]: 1},
        transitions=[Transition("go", states[0], rate="1/d", emit="orders")],
    )
    sale = {"sale": Incident("2026-01-05", "2026-01-07", affects='region == "eu"')}
    return replace(SPEC, populations=[population], incidents=sale, rhythms={})


def test_a_legend_is_a_state_with_lines_in_mermaid():
    assert graph_of(small(["here"])).mermaid().splitlines()[-2:] == [
        '    state "incidents" as legend_0',
        "    legend_0 : sale#58; from 2026-01-05 to 2026-01-07#44; affects region #61;#61; #34;eu#34;",
    ]


def test_a_legend_is_a_note_for_graphviz():
    source = graph_of(small(["here"])).graphviz().source
    text = r"incidents:\lsale: from 2026-01-05 to 2026-01-07, affects region == \"eu\"\l"
    assert f'"legend:0" [label="{text}" shape=note style=solid]' in source


def test_a_state_with_the_name_of_a_legend_is_a_separate_box(dot):
    drawn = graph_of(small(["legend_0", "legend:0"]))
    assert '    state "incidents" as _legend_0' in drawn.mermaid().splitlines()
    assert drawn._repr_mimebundle_()["image/svg+xml"].count('class="node"') == 4


def test_all_incidents_of_the_tests_are_used():
    arrive = Arrival("1/d", do="seen = 1 if sale else 0")
    used = {name for it in SPEC.population.events for name in incidents_of(SPEC, it)}
    population = replace(SPEC.population, count=None, arrive=arrive)
    assert used | set(incidents_of(SPEC, population.arrival)) == set(INCIDENTS)
