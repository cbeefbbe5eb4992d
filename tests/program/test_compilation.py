"""A spec is compiled once; parts without code are changed and checked separately.

Also, words of several populations, and the compilation of a spec with several.
"""

from dataclasses import replace

import pytest

from doge_datagen import Model, Population, Stream, Transition
from doge_datagen.errors import InvalidModelError
from doge_datagen.model import Clock
from doge_datagen.model.spec import Spec
from doge_datagen.program import compilation
from doge_datagen.program.compilation import compile_spec, with_clock, with_count
from tests.compiling import spec_with
from tests.language.translating import spec_of
from tests.populations import GUEST, MINUTE, PER_TICK, SHOP, USER, market, rows, tables

CHANGES = {
    "clock": lambda program: with_clock(program, Clock(7, 1000, 3)),
    "count": lambda program: with_count(program, 30),
}


def errors_of(change):
    with pytest.raises(InvalidModelError) as caught:
        change(compile_spec(spec_of()))
    return [str(problem) for problem in caught.value.problems]


def test_problems_of_the_parts_and_of_the_expressions_are_reported_together():
    wrong = spec_with(spec_of(do="balance = foo"), initial={"nowhere": 1})
    assert [line.split(":")[0] for line in errors_of(lambda _: compile_spec(wrong))] == [
        "initial",
        "transitions[0].do (line 1, column 11)",
    ]


def test_parts_of_wrong_types_are_reported_alone():
    assert errors_of(lambda _: compile_spec(replace(spec_of(do="balance = foo"), clock=5))) == [
        "clock: 5 is not a Clock. Hint: give one"
    ]


@pytest.mark.parametrize("part", CHANGES)
def test_parts_without_code_are_changed_without_compiling(part, monkeypatch):
    program = compile_spec(spec_of())
    monkeypatch.setattr(compilation, "translated", None)
    monkeypatch.setattr(compilation, "structural_problems", None)
    changed = CHANGES[part](program)
    assert changed != program
    assert changed.actions is program.actions


@pytest.mark.parametrize("part", CHANGES)
def test_a_changed_program_equals_that_of_the_changed_spec(part):
    changed = CHANGES[part](compile_spec(spec_of()))
    again = compile_spec(changed.spec)
    assert (changed.actions, changed.starts, changed.shapes) == (again.actions, again.starts, again.shapes)


def test_all_mistakes_in_a_new_clock_are_reported():
    assert errors_of(lambda program: with_clock(program, Clock(0, 0, -1))) == [
        "clock.tick: 0 is too small. Hint: give 1 or more",
        "clock.ticks: -1 is too small. Hint: give 0 or more",
    ]
    (line,) = errors_of(lambda program: with_clock(program, Clock(0, 10**12, 10**6)))
    assert line.startswith("clock.ticks: 1000000 ticks end after the year 9999")


def test_a_new_number_of_subjects_has_to_be_in_range():
    assert errors_of(lambda program: with_count(program, 0)) == ["subjects.count: 0 is too small. Hint: give 1 or more"]


def test_an_unknown_zone_is_reported_before_any_code_needs_it():
    with pytest.raises(InvalidModelError) as caught:
        compile_spec(spec_of(fields={"x": "hour(timestamp)"}, zone="Warsaw"))
    assert [problem.path for problem in caught.value.problems] == [("zone",)]


def test_a_model_has_a_population():
    (line,) = errors_of(lambda _: compile_spec(replace(spec_of(), populations=())))
    assert line == "populations: is empty. Hint: give at least one"


def test_populations_have_unique_names():
    spec = spec_of()
    (line, *_) = errors_of(lambda _: compile_spec(replace(spec, populations=spec.populations * 2)))
    assert line == f"populations[1]: {spec.population.name!r} is given twice. Hint: rename one"


BLINK = [Transition("blink", "on", "on", 100, emit="log")]


def shows(expression: str, attributes=None, *, do: str | None = None, key: str | None = None) -> list[object]:
    """The value of a field for each of three lamps."""
    exits = [replace(BLINK[0], do=do)]
    lamp = Population("lamp", 3, attributes or {}, states=["on"], initial="on", transitions=exits)
    model = Model("a", populations=[lamp], streams={"log": Stream({"x": expression}, key)}, clock=Clock(0, 1000, 1))
    return model.table("log", seed=1, engine="interpreted")["x"].to_pylist()


def refused(*args, **kwargs) -> str:
    with pytest.raises(InvalidModelError) as caught:
        shows(*args, **kwargs)
    return str(caught.value)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("population", ["lamp"] * 3),
        ("id", ["0", "1", "2"]),
        ("population + '-' + id", ["lamp-0", "lamp-1", "lamp-2"]),
        ("f'{population}/{id}'", ["lamp/0", "lamp/1", "lamp/2"]),
        ("id if index > 1 else population", ["lamp", "lamp", "2"]),
        ("population == 'lamp'", [True] * 3),
    ],
)
def test_words_for_the_population_and_the_identity_of_a_subject(expression, expected):
    assert shows(expression) == expected


def test_first_values_may_use_these_words():
    assert shows("own", {"own": "'x' + id"}) == ["x0", "x1", "x2"]
    assert shows("own", {"own": "population"}) == ["lamp"] * 3


def test_actions_may_use_the_population():
    assert shows("n", {"n": 0}, do="n = 7 if population == 'lamp' else 8") == [7] * 3


def test_attributes_of_these_names_hide_the_words():
    assert shows("f'{id} {population}'", {"id": "10 * index", "population": "'own'"}) == ["0 own", "10 own", "20 own"]
    assert shows("x", {"x": 0}, do="id = 3; x = id") == [3] * 3


def test_arithmetic_with_an_identity_is_refused():
    assert "'id' is a string, which only fields, keys, headers and first values can show" in refused("id > 1")
    assert "Hint: use index, a number" in refused("index", {"x": 0}, do="x = id")


def test_a_population_is_compared_with_names_of_populations():
    assert "'lump' is not a value of the other side. Hint: did you mean 'lamp'?" in refused("population == 'lump'")


def test_names_of_the_other_populations_may_be_compared_with():
    field = {"visits": Stream({"who": "population", "x": "1 if population == 'shop' else 2"})}
    model = Model("a", populations=[PER_TICK, SHOP], streams=field, clock=Clock(0, MINUTE, 60))
    expected = {(row["who"], row["x"]) for row in rows(tables(model, engine="interpreted")["visits"])}
    assert expected == {("robot", 2), ("shop", 1)}


def test_the_name_of_the_population_is_stored_only_if_used():
    assert "user" in market(USER).program.data.added
    plain = Model(
        "a",
        populations=[USER],
        streams={it: Stream({"x": "index"}) for it in ("visits", "sales")},
        clock=Clock(0, 1, 1),
    )
    assert "user" not in plain.program.data.added


def test_each_population_has_its_own_program_with_its_streams():
    program = market(USER, SHOP, GUEST).program
    assert [list(it.shapes) for it in program.parts] == [["visits", "sales"], ["visits"], ["visits"]]
    assert [it.spec.population.name for it in program.populations] == ["user", "shop", "guest"]
    alone = market(USER).program
    assert alone.populations == (alone,)


def test_populations_with_and_without_ticks_can_be_combined():
    program = market(USER, SHOP).program
    assert (program.spec.clock.tick_ms, program.spec.clock.ticks) == (1, 300 * MINUTE)
    assert [(it.spec.clock.tick_ms, it.timing is None) for it in program.parts] == [(MINUTE, True), (1, False)]


def test_a_new_clock_applies_to_all_populations():
    program = market(USER, SHOP).program
    changed = with_clock(program, replace(program.spec.clock, start=5, ticks=90_001))
    assert [(it.spec.clock.start, it.spec.clock.ticks) for it in changed.parts] == [(5, 2), (5, 90_001)]


def test_states_and_ends_are_prefixed_by_their_population():
    program = market(USER, GUEST).program
    assert program.states == ("user.away", "user.here", "guest.in", "guest.out")
    assert program.ends["from_state"] == ("user.away", "user.here", "guest.in", "guest")
    assert program.ends["to_state"] == ("user.here", "user.away", "guest.out", "guest.in")


def test_a_model_of_several_populations_has_no_single_population():
    with pytest.raises(ValueError, match="too many values"):
        _ = market(USER, SHOP).spec.population


def test_a_value_that_is_not_a_population_is_reported():
    with pytest.raises(InvalidModelError, match=r"populations\[1\]: 'shop' is not a Population"):
        compile_spec(Spec("a", [USER, "shop"], {}, Clock(0, 1, 1)))
    odd = replace(SHOP, transitions=["open"])
    with pytest.raises(InvalidModelError, match=r"populations\.shop\.transitions\[0\]: 'open' is not a Transition"):
        compile_spec(Spec("a", [USER, odd], {}, Clock(0, 1, 1)))
