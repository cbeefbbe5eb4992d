"""Populations are linked to the populations that they spawn and refer to."""

from dataclasses import replace

import pytest

from doge_datagen import Spawn, Table, Transition
from doge_datagen.graph import graph_of
from doge_datagen.graph.annotations import links
from doge_datagen.graph.drawing import Link
from doge_datagen.model.transition import Lines
from tests.populations import PER_TICK, USER, market
from tests.spawned import CUSTOMER, ORDER, PARCEL, shop

BUY, PAY, CLOSE = CUSTOMER.transitions[0], *ORDER.transitions


def customer(*transitions, **attributes):
    return replace(CUSTOMER, transitions=transitions, attributes={**CUSTOMER.attributes, **attributes})


def test_each_spawning_event_is_an_arrow_from_its_state_to_the_spawned_population():
    assert links(shop().spec) == (
        Link(0, 1, "buy spawns randint(0, 2)", "here", spawns=True),
        Link(1, 2, "pay spawns 1", "open", spawns=True),
    )


def test_a_spawning_birth_is_an_arrow_from_the_point_before_the_initial_states():
    order = replace(ORDER, transitions=[CLOSE], arrive=replace(ORDER.arrive, spawn=[Spawn("parcel", {"of": 1}, 2)]))
    assert links(shop(CUSTOMER, order, PARCEL).spec)[1] == Link(1, 2, "born spawns 2", "", spawns=True)


def test_a_spawning_event_of_several_states_is_an_arrow_from_the_box():
    order = replace(ORDER, states=("open", "held", "closed"), transitions=[replace(PAY, from_state="*"), CLOSE])
    assert links(shop(CUSTOMER, order, PARCEL).spec)[1] == Link(1, 2, "pay spawns 1", None, spawns=True)


def test_the_label_says_that_one_is_spawned_per_line():
    lines = Lines(3, {"amount": 1})
    buy = replace(BUY, lines=lines, spawn=[Spawn("order", {"amount": "line.amount", "level": "level"}, each="lines")])
    assert links(shop(customer(buy), ORDER, PARCEL).spec)[0].text == "buy spawns one per line"


def test_links_are_dashed_arrows_for_graphviz():
    source = graph_of(shop().spec).graphviz().source
    assert '"population 0 state 0" -> "population 1 " [label="buy spawns randint(0, 2)" style=dashed]' in source
    assert '"population 1 state 0" -> "population 2 " [label="pay spawns 1" style=dashed]' in source


def test_an_arrow_from_a_box_starts_at_the_box_in_graphviz():
    transitions = [replace(BUY, from_state=["here", "there"]), Transition("go", "here", "there", rate="1/d")]
    two = replace(customer(*transitions), states=("here", "there"))
    source = graph_of(shop(two, ORDER, PARCEL).spec).graphviz().source
    assert "compound=true" in source
    arrow = '"population 0 " -> "population 1 " [label="buy spawns randint(0, 2)" ltail=cluster_0 style=dashed]'
    assert arrow in source


def test_links_are_arrows_between_boxes_in_mermaid():
    assert graph_of(shop().spec).mermaid().splitlines()[-2:] == [
        "    population_0 --> population_1 : buy spawns randint(0#44; 2)",
        "    population_1 --> population_2 : pay spawns 1",
    ]


def test_the_label_of_an_event_does_not_repeat_what_it_spawns():
    assert ": buy rate 2#47;d (carts)\n" in graph_of(shop().spec).mermaid()


def picking(do="balance = 0", **attributes):
    """Users who refer to a subject, among robots."""
    come = replace(USER.transitions[0], do=do)
    user = replace(USER, transitions=[come, USER.transitions[1]], attributes={**USER.attributes, **attributes})
    return replace(market(PER_TICK, USER).spec, populations=(PER_TICK, user))


@pytest.mark.parametrize(
    "spec",
    [
        picking("found = pick(robot)\nbalance = found.number"),
        picking(friends="picks(robot, 2)"),
        picking(friend="pick(robot)"),
    ],
    ids=["action", "picks", "attribute"],
)
def test_a_population_that_picks_from_another_refers_to_it(spec):
    assert links(spec) == (Link(1, 0, "refers to"),)


def test_a_function_as_an_action_refers_to_the_population_it_picks_from():
    def come(subject, draw):
        subject.found = draw.pick(robot)  # noqa: F821 - the name of a population

    assert links(picking(come)) == (Link(1, 0, "refers to"),)


def test_a_reference_is_a_dotted_arrow_between_boxes_for_graphviz():
    source = graph_of(picking(friend="pick(robot)")).graphviz().source
    looks = "constraint=false lhead=cluster_0 ltail=cluster_1 style=dotted"
    assert f'"population 1 " -> "population 0 " [label="refers to" {looks}]' in source


def test_picking_itself_a_row_or_own_favourites_is_not_a_reference():
    rows = {"robot": Table(rows=[{"name": "R2"}])}
    assert links(picking(friends="picks(user, 2)")) == ()
    assert links(replace(picking(friend="pick(robot)"), tables=rows)) == ()
    assert links(picking("balance = pick(robot).number", robot="picks(user, 3)")) == ()


def test_a_model_of_one_population_has_no_links():
    assert links(market(USER).spec) == ()
