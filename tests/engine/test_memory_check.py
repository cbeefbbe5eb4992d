"""The memory that a run needs is compared with the machine's before the first tick."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from doge_datagen import ENDLESS, Arrival, Attribute, Clock, Model, Population, Stream, Transition
from doge_datagen.engine.memory_check import Memory, bytes_needed, check_memory, machine
from doge_datagen.errors import ModelError
from doge_datagen.run.simulation.engine_choice import make_engine
from tests.compiling import program_of

GIGABYTE = 10**9


def model(count, **attributes):
    return Model(
        name="shop",
        subjects=Population("user", count, {"n": 0, **attributes}),
        states=["on"],
        initial="on",
        transitions=[Transition("step", "on", "on", 1, do="n += 1", emit="events")],
        streams={"events": Stream({"n": "n"})},
        clock=Clock(0, 1000, 10),
    )


def test_the_memory_needed_grows_with_subjects_and_attributes():
    few, many = (bytes_needed(program_of(model(count)), compiled=True) for count in (1000, 4_000_000_000))
    wide = bytes_needed(program_of(model(1000, name=Attribute("f'user-{index}'"))), compiled=True)
    assert many == few * 4_000_000
    assert few < wide < bytes_needed(program_of(model(1000)), compiled=False) * 2


@pytest.mark.parametrize("engine", ["compiled", "interpreted", "auto"])
def test_a_model_too_large_for_memory_is_rejected_with_both_numbers(engine):
    with pytest.raises(ModelError) as caught:
        make_engine(program_of(model(4_000_000_000)), 1, engine=engine)
    assert str(caught.value).startswith("subjects.count: 4,000,000,000 subjects need at least ")
    assert " of memory, and this machine has " in str(caught.value)


def test_it_is_rejected_before_any_sink_opens(tmp_path):
    with pytest.raises(ModelError, match="this machine has"):
        model(4_000_000_000).run({"events": tmp_path / "events.csv"})
    assert not list(tmp_path.iterdir())


def test_a_model_that_needs_memory_used_by_other_processes_is_a_warning(caplog):
    program = program_of(model(100_000_000))
    check_memory(program, compiled=True, has=Memory(8 * GIGABYTE, GIGABYTE))
    assert "100,000,000 subjects need at least 2.8 GB" in caplog.text
    assert "this machine has 8.0 GB, of which 1.0 GB is free" in caplog.text


@pytest.mark.parametrize("has", [None, Memory(8 * GIGABYTE, 7 * GIGABYTE)])
def test_a_model_that_fits_or_cannot_be_judged_has_no_warning(caplog, has):
    check_memory(program_of(model(100_000_000)), compiled=True, has=has)
    assert not caplog.text


def test_the_memory_of_a_container_is_its_limit(tmp_path):
    limit = tmp_path / "memory.max"
    whole = machine(limits=[limit])
    limit.write_text("max\n")
    assert machine(limits=[limit]).whole == whole.whole
    limit.write_text("1000000\n")
    assert machine(limits=[limit]) == Memory(1_000_000, 1_000_000)


def test_there_is_a_fallback_for_machines_without_meminfo(monkeypatch, tmp_path):
    nothing = tmp_path / "nothing"
    assert machine(nothing).whole > GIGABYTE // 2
    monkeypatch.delattr(os, "sysconf")
    assert machine(nothing) is None


@pytest.mark.parametrize("engine", ["compiled", "interpreted"])
def test_running_out_of_memory_despite_the_check_is_not_a_traceback(monkeypatch, engine):
    def nothing(*_, **__):
        raise MemoryError

    kind = {"compiled": "compiled.engine.CompiledEngine", "interpreted": "interpreted.engine.InterpretedEngine"}[engine]
    monkeypatch.setattr(f"doge_datagen.engine.{kind}.__init__", nothing)
    with pytest.raises(ModelError, match=r"there is not enough memory for 7 subjects. Hint: lower"):
        make_engine(program_of(model(7)), 1, engine=engine)


@pytest.mark.slow
def test_a_window_of_any_number_of_ticks_can_be_requested():
    for engine in ("compiled", "interpreted"):
        assert model(5).table("events", seed=1, engine=engine, window=10**10).num_rows < 50


@pytest.mark.slow
def test_the_command_prints_the_error_in_one_line(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(model(4_000_000_000).dump())
    done = subprocess.run(
        [sys.executable, "-m", "doge_datagen", "run", str(path), "--seed", "1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()[-1:]
    assert "subjects.count: 4,000,000,000 subjects need at least" in line
    assert "Traceback" not in done.stderr


def coming(rate="200/d", initially=10, ticks=ENDLESS, **states):
    people = Population("user", arrive=Arrival(rate, initially, emit="events"))
    there = states or {"on": None, "off": "final"}
    transitions = [Transition("go", "on", next(reversed(there)), rate="1/d", emit="events")]
    return program_of(
        Model("m", people, there, "on", transitions, {"events": Stream({"n": "index"})}, Clock(0, 1, ticks))
    )


def test_only_initial_subjects_need_memory_at_the_start():
    assert bytes_needed(coming(initially=1000), compiled=True) == 1000 * bytes_needed(
        coming(initially=1), compiled=True
    )
    some = range(1, 2**32, 3)
    assert bytes_needed(coming(initially=1000), compiled=True, subjects=some) == 333 * bytes_needed(
        coming(initially=1), compiled=True
    )
    with pytest.raises(ModelError, match=r"subjects\.arrive\.initially: 4,000,000,000 subjects need at least"):
        check_memory(coming(initially=4_000_000_000), compiled=True, has=Memory(GIGABYTE, GIGABYTE))


def test_there_is_a_warning_about_subjects_that_never_leave(caplog):
    has = Memory(GIGABYTE, GIGABYTE)
    check_memory(coming(), compiled=True, has=has)
    check_memory(coming(on=None, ticks=1000), compiled=True, has=has)
    assert not caplog.text
    check_memory(coming(on=None), compiled=True, has=has)
    assert "subjects arrive and never leave, so a run without end needs more and more memory" in caplog.text
    check_memory(coming("10_000_000/d", on=None, ticks=100 * 86_400_000), compiled=True, has=has)
    assert "1,000,000,010 subjects are expected, none ever leaves, and they need" in caplog.text


def meeting(rate="200/d", initially=10, ticks=ENDLESS, do="n = pick(user).index"):
    people = Population("user", attributes={"n": 0}, arrive=Arrival(rate, initially, emit="events"))
    transitions = [Transition("meet", "on", rate="1/d", do=do), Transition("go", "on", "off", rate="9/d")]
    states = {"on": None, "off": "final"}
    return Model("m", people, states, "on", transitions, {"events": Stream({"n": "index"})}, Clock(0, 1, ticks))


def test_each_arrival_in_a_referenced_population_needs_eight_bytes(caplog):
    alone, drawn = (bytes_needed(meeting(do=it).program, compiled=True) for it in ("n += 1", "n = pick(user).index"))
    assert drawn == alone + 8 * 10
    has = Memory(8 * GIGABYTE, GIGABYTE)
    days = 10 * 86_400_000
    for quiet in (meeting(), meeting("10_000_000/d", ticks=days), meeting("20_000_000/d", ticks=days, do="n += 1")):
        check_memory(quiet.program, compiled=True, has=has)
    assert not caplog.text
    check_memory(meeting("20_000_000/d", ticks=days).program, compiled=True, has=has)
    assert (
        "to draw from user, user keeps the moments of 200,000,010 expected arrivals, which need 1.6 GB" in caplog.text
    )
    assert "of which 1.0 GB is free. Hint: end the run earlier, or let fewer arrive" in caplog.text


def test_a_population_that_references_another_keeps_its_arrival_moments(caplog):
    of = meeting("20_000_000/d", initially=1000, ticks=10 * 86_400_000, do="n += 1")
    see = Transition("see", "on", rate="1/d", do="n = pick(user).index")
    robot = Population("robot", 1, {"n": 0}, states=["on"], initial="on", transitions=[see])
    whole = Model("m", populations=[*of.spec.populations, robot], streams=of.streams, clock=of.clock)
    assert bytes_needed(whole.program.parts[1], compiled=True) > 8 * 1000
    check_memory(whole.program, compiled=True, has=Memory(8 * GIGABYTE, GIGABYTE))
    assert "to draw from user, robot keeps the moments of 200,001,000 expected arrivals" in caplog.text


def test_the_error_names_the_population_that_is_too_large():
    small, large = model(10), model(4_000_000_000)
    whole = [small.spec.population, replace(large.spec.population, name="crowd")]
    several = Model("shop", populations=whole, streams=small.streams, clock=small.clock)
    with pytest.raises(ModelError) as caught:
        make_engine(several.program, 1, engine="interpreted")
    assert caught.value.dotted_path == "populations.crowd.count"
    assert str(caught.value).endswith("Hint: lower count of crowd")
