"""The choice of the engine."""

import subprocess
import sys
from dataclasses import replace

import pytest

from doge_datagen import Clock, Model, Population, Transition
from doge_datagen.errors import MissingDriverError, ModelError
from doge_datagen.forecast.forecast import forecast, spawned_attempts_per_tick
from doge_datagen.model.clock import ENDLESS
from doge_datagen.run.simulation import engine_choice as choose
from doge_datagen.run.simulation.engine_choice import chosen, make_engine
from tests.compiling import program_of, spec_with
from tests.engine.models import model_named
from tests.engine.rejecting import waiting
from tests.engine.specs import spec_of
from tests.spawned import shop

WITHOUT_NUMBA = """
import sys
from importlib.abc import MetaPathFinder
class Blocked(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in ('numba', 'llvmlite'):
            raise ModuleNotFoundError(f'No module named {name!r}', name=name)
sys.meta_path.insert(0, Blocked())
import importlib.util
real = importlib.util.find_spec
def find_spec(name, package=None):
    return None if name == 'numba' else real(name, package)
importlib.util.find_spec = find_spec
from tests.engine.models import digest, model_named, records_of
model = model_named('bank').resized(subjects=3000)
from doge_datagen.errors import MissingDriverError
try:
    model.table('trx', engine='compiled')
except MissingDriverError as error:
    print(error)
print(model.resized(subjects=60).table('trx', seed=1).num_rows > 0, 'numba' in sys.modules)
"""


def kind_of(program, **kwargs):
    engine = make_engine(program, 7, **kwargs)
    engine.close()
    return type(engine).__name__


def few(**given):
    return spec_of([("rare", "x", "y", 0.01), ("back", "y", "x", 50)], **given)


@pytest.mark.parametrize(
    "given",
    [
        {"count": 10, "ticks": 10},
        {"count": 1000, "ticks": 10_000},  # hardly anything happens
    ],
    ids=str,
)
def test_a_run_with_few_events_is_interpreted(given):
    assert chosen(program_of(few(**given))) == "interpreted"


@pytest.mark.parametrize(
    "given", [{"count": 60_000, "ticks": 10}, {"count": 5000, "ticks": 1_000_000}, {"ticks": 2**48}], ids=str
)
def test_a_run_with_many_events_is_compiled(given):
    assert chosen(program_of(few(**given))) == "compiled"


def test_larger_models_are_interpreted_for_longer():
    plain = few(count=55_000, ticks=10)
    acting = spec_with(plain, transitions=[replace(it, do="pass") for it in plain.population.transitions])
    assert (chosen(program_of(plain)), chosen(program_of(acting))) == ("compiled", "interpreted")


def test_if_the_algebraic_forecast_is_slow_a_sample_decides():
    states = tuple(f"s{number}" for number in range(200))
    rare, often = (spec_of([("go", "s0", "s0", it)], states=states, count=10, ticks=10_000) for it in (0.0001, 90))
    assert (chosen(program_of(rare)), chosen(program_of(often))) == ("interpreted", "compiled")


@pytest.mark.slow
def test_rejected_attempts_count():
    """150 subjects wait for their orders: about 100,000 attempts, of which 3,000 succeed."""
    assert chosen(program_of(waiting(150))) == "compiled"
    expected = forecast(program_of(waiting(150))).events
    assert expected.high < 4000
    assert (
        chosen(program_of(spec_of([("go", "x", "x", 100)], count=150, ticks=20))) == "interpreted"
    )  # of which 3,000 succeed


@pytest.mark.parametrize(("subjects", "engine"), [(1000, "interpreted"), (40_000, "compiled")])
def test_attempts_count_at_a_pace_too(subjects, engine):
    """Of 1,000 subjects, about 27 wait: 270 attempts per second at 600x, as each has one attempt per minute."""
    assert chosen(program_of(waiting(subjects).resized(ticks=ENDLESS)), "auto", 600) == engine


def test_the_choice_does_not_refuse_a_model_without_a_forecast():
    broken = Model(
        "broken",
        Population("user", 9, {"left": 3}),
        ["x"],
        "x",
        [Transition("go", "x", "x", 50, do="require(9 // left > 0); left -= 1")],
        {},
        Clock(0, 1000, 100_000),
    )
    assert chosen(program_of(broken)) == "compiled"


def test_the_chosen_engine_runs():
    assert kind_of(program_of(large())) == "CompiledEngine"
    assert kind_of(program_of(model_named("alone"))) == "SwitchingEngine"


def large():
    """A model with enough attempts for compilation to pay off."""
    return model_named("alone").resized(ticks=1_000_000)


def test_a_requested_engine_is_used():
    program = program_of(model_named("alone"))
    kinds = [kind_of(program, engine=name) for name in ("compiled", "interpreted")]
    assert kinds == ["CompiledEngine", "InterpretedEngine"]


def test_an_unknown_engine_is_reported_with_the_nearest_name():
    with pytest.raises(ModelError, match=r"^engine: there is no engine 'compield'. Hint: did you mean 'compiled'\?"):
        make_engine(program_of(model_named("alone")), 7, engine="compield")


def test_a_run_has_at_least_one_worker():
    with pytest.raises(ModelError, match=r"^workers: 0 is too small. Hint: give 1 or more"):
        make_engine(program_of(model_named("alone")), 7, workers=0)


def test_there_are_no_more_workers_than_subjects():
    engine = make_engine(program_of(model_named("alone")), 7, workers=100, engine="compiled")
    engine.close()
    assert len(engine._runner.ranges) == 1


@pytest.mark.slow
def test_without_numba_a_model_runs_and_the_compiled_engine_says_what_to_install():
    lines = subprocess.check_output([sys.executable, "-c", WITHOUT_NUMBA], text=True).splitlines()
    message = "the compiled engine needs a package that is not installed. Hint: pip install 'doge-datagen[fast]'"
    assert lines == [message, "True False"]


def test_without_numba_a_large_run_is_interpreted(monkeypatch):
    monkeypatch.setattr(choose, "find_spec", lambda name: None)
    assert kind_of(program_of(large())) == "InterpretedEngine"
    with pytest.raises(MissingDriverError):
        make_engine(program_of(model_named("alone")), 7, engine="compiled")


@pytest.mark.parametrize(
    ("speed", "subjects", "engine"),
    [(1, 1000, "interpreted"), (None, 1000, "compiled"), (10_000, 1000, "compiled"), (1, 60_000, "compiled")],
)
def test_a_pace_that_plain_python_can_keep_needs_no_compiler(speed, subjects, engine):
    """1,000 subjects of the bank have about 10 events per second of event time."""
    endless = model_named("bank").resized(subjects=subjects, ticks=ENDLESS)
    assert chosen(program_of(endless), "auto", speed) == engine
    assert chosen(program_of(endless), "compiled", speed) == "compiled"


@pytest.mark.parametrize(
    ("days", "speed", "engines"),
    [
        (5, None, {"interpreted"}),
        (3000, None, {"compiled"}),
        (3000, 600, {"interpreted"}),
        (3000, 10_000_000, {"compiled"}),
    ],
)
def test_spawned_populations_are_compiled_if_many_are_expected(days, speed, engines):
    """30 customers spawn about 60 orders and as many parcels per day, each with a few attempts."""
    each = choose.chosen_for_each(shop(days=days).program, "auto", speed)
    assert {each["order"], each["parcel"]} == engines


def test_the_engine_is_chosen_for_each_population():
    engines = make_engine(shop(days=3000).program, 7)
    kinds = [type(it).__name__ for it in engines.each]
    engines.close()
    assert kinds == ["CompiledEngine", "CompiledEngine", "CompiledEngine"]


@pytest.mark.slow
def test_the_expected_number_of_attempts_of_spawned_subjects_is_correct():
    """Within 15 %, of a small sample; a birth is an attempt as well."""
    program = shop(days=40).program
    actual = spawned_attempts_per_tick(program)
    engine = make_engine(program, 7, engine="interpreted")
    events = engine.window(program.spec.clock.ticks).events
    first = 0
    for part in program.parts:
        name, transitions = part.spec.population.name, len(part.ways)
        if name in actual:
            created = sum(events[first + transition] for transition in range(transitions))
            assert actual[name] * program.spec.clock.ticks == pytest.approx(created, rel=0.15)
        first += transitions
