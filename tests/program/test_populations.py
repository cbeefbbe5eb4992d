"""Words of several populations, and how a spec of several is compiled."""

from dataclasses import replace

import pytest

from doge_datagen import Clock, Model, Population, Stream, Transition
from doge_datagen.errors import InvalidModelError
from doge_datagen.model.spec import Spec
from doge_datagen.program.compilation import compile_spec, with_clock
from tests.populations import GUEST, MINUTE, PER_TICK, SHOP, USER, market, rows, tables

BLINK = [Transition("blink", "on", "on", 100, emit="log")]


def shows(expression: str, attributes=None, *, do: str | None = None, key: str | None = None) -> list[object]:
    """What a field of each of three lamps shows."""
    ways = [replace(BLINK[0], do=do)]
    lamp = Population("lamp", 3, attributes or {}, states=["on"], initial="on", transitions=ways)
    model = Model("a", populations=[lamp], streams={"log": Stream({"x": expression}, key)}, clock=Clock(0, 1000, 1))
    return model.table("log", seed=1, engine="interpreted")["x"].to_pylist()


def refused(*args, **how) -> str:
    with pytest.raises(InvalidModelError) as caught:
        shows(*args, **how)
    return str(caught.value)


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("population", ["lamp"] * 3),
        ("id", ["0", "1", "2"]),
        ("population + '-' + id", ["lamp-0", "lamp-1", "lamp-2"]),
        ("f'{population}/{id}'", ["lamp/0", "lamp/1", "lamp/2"]),
        ("id if index > 1 else population", ["lamp", "lamp", "2"]),
        ("population == 'lamp'", [True] * 3),
    ],
)
def test_words_for_the_population_and_the_identity_of_a_subject(expression, found):
    assert shows(expression) == found


def test_first_values_may_use_these_words():
    assert shows("own", {"own": "'x' + id"}) == ["x0", "x1", "x2"]
    assert shows("own", {"own": "population"}) == ["lamp"] * 3


def test_actions_may_use_the_population():
    assert shows("n", {"n": 0}, do="n = 7 if population == 'lamp' else 8") == [7] * 3


def test_attributes_of_these_names_hide_the_words():
    assert shows("f'{id} {population}'", {"id": "10 * index", "population": "'own'"}) == ["0 own", "10 own", "20 own"]
    assert shows("x", {"x": 0}, do="id = 3; x = id") == [3] * 3


def test_an_identity_cannot_be_calculated_with():
    assert "'id' is a string, which only fields, keys, headers and first values can show" in refused("id > 1")
    assert "Hint: use index, a number" in refused("index", {"x": 0}, do="x = id")


def test_a_population_is_compared_with_names_of_populations():
    assert "'lump' is not a value of the other side. Hint: did you mean 'lamp'?" in refused("population == 'lump'")


def test_names_of_the_other_populations_may_be_compared_with():
    field = {"visits": Stream({"who": "population", "x": "1 if population == 'shop' else 2"})}
    model = Model("a", populations=[PER_TICK, SHOP], streams=field, clock=Clock(0, MINUTE, 60))
    found = {(row["who"], row["x"]) for row in rows(tables(model, engine="interpreted")["visits"])}
    assert found == {("robot", 2), ("shop", 1)}


def test_the_name_of_the_population_is_kept_only_where_it_is_used():
    assert "user" in market(USER).program.data.added
    plain = Model(
        "a",
        populations=[USER],
        streams={it: Stream({"x": "index"}) for it in ("visits", "sales")},
        clock=Clock(0, 1, 1),
    )
    assert "user" not in plain.program.data.added


def test_each_population_has_a_program_of_its_own_with_the_streams_that_it_feeds():
    program = market(USER, SHOP, GUEST).program
    assert [list(it.shapes) for it in program.parts] == [["visits", "sales"], ["visits"], ["visits"]]
    assert [it.spec.population.name for it in program.populations] == ["user", "shop", "guest"]
    alone = market(USER).program
    assert alone.populations == (alone,)


def test_a_population_that_counts_ticks_does_so_beside_those_that_do_not():
    program = market(USER, SHOP).program
    assert (program.spec.clock.tick_ms, program.spec.clock.ticks) == (1, 300 * MINUTE)
    assert [(it.spec.clock.tick_ms, it.timing is None) for it in program.parts] == [(MINUTE, True), (1, False)]


def test_another_clock_is_that_of_all_populations():
    program = market(USER, SHOP).program
    changed = with_clock(program, replace(program.spec.clock, start=5, ticks=90_001))
    assert [(it.spec.clock.start, it.spec.clock.ticks) for it in changed.parts] == [(5, 2), (5, 90_001)]


def test_states_and_ends_are_named_behind_their_population():
    program = market(USER, GUEST).program
    assert program.states == ("user.away", "user.here", "guest.in", "guest.out")
    assert program.ends["from_state"] == ("user.away", "user.here", "guest.in", "guest")
    assert program.ends["to_state"] == ("user.here", "user.away", "guest.out", "guest.in")


def test_a_model_of_several_populations_has_not_the_only_one():
    with pytest.raises(ValueError, match="too many values"):
        _ = market(USER, SHOP).spec.population


def test_what_is_no_population_is_reported():
    with pytest.raises(InvalidModelError, match=r"populations\[1\]: 'shop' is not a Population"):
        compile_spec(Spec("a", [USER, "shop"], {}, Clock(0, 1, 1)))
    odd = replace(SHOP, transitions=["open"])
    with pytest.raises(InvalidModelError, match=r"populations\.shop\.transitions\[0\]: 'open' is not a Transition"):
        compile_spec(Spec("a", [USER, odd], {}, Clock(0, 1, 1)))
