"""A spec is compiled once; what no code depends on is changed and checked alone."""

from dataclasses import replace

import pytest

from doge_datagen.errors import InvalidModelError
from doge_datagen.model import Clock
from doge_datagen.program import compilation
from doge_datagen.program.compilation import compile_spec, with_clock, with_count
from tests.compiling import spec_with
from tests.language.translating import spec_of

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


def test_parts_that_are_no_values_are_reported_alone():
    assert errors_of(lambda _: compile_spec(replace(spec_of(do="balance = foo"), clock=5))) == [
        "clock: 5 is not a Clock. Hint: give one"
    ]


@pytest.mark.parametrize("part", CHANGES)
def test_what_no_code_depends_on_is_changed_without_compiling(part, monkeypatch):
    program = compile_spec(spec_of())
    monkeypatch.setattr(compilation, "translated", None)
    monkeypatch.setattr(compilation, "structural_problems", None)
    changed = CHANGES[part](program)
    assert changed != program
    assert changed.actions is program.actions


@pytest.mark.parametrize("part", CHANGES)
def test_a_changed_program_is_that_of_the_changed_spec(part):
    changed = CHANGES[part](compile_spec(spec_of()))
    again = compile_spec(changed.spec)
    assert (changed.actions, changed.starts, changed.shapes) == (again.actions, again.starts, again.shapes)


def test_everything_that_is_wrong_with_a_new_clock_is_reported():
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


def test_populations_have_names_of_their_own():
    spec = spec_of()
    (line, *_) = errors_of(lambda _: compile_spec(replace(spec, populations=spec.populations * 2)))
    assert line == f"populations[1]: {spec.population.name!r} is given twice. Hint: rename one"
