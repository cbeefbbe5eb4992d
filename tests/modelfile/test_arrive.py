"""Arrivals in a model file."""

import pytest

from doge_datagen import Arrival, Model
from doge_datagen.errors import InvalidModelError
from doge_datagen.modelfile.dump import dump
from doge_datagen.modelfile.load import loads

ARRIVE = "{initially: 6_000, rate: 200/d, rhythm: evening, trigger: join, emit: customers, do: n = 1}"
FILE = """
doge: 1
name: shop
clock: {start: 2026-01-01, until: 10 d}
subjects:
  name: customer
  arrive: ARRIVE
  attributes: {n: 0}
states: {here: , gone: final}
initial: here
transitions:
  - {trigger: leave, from: here, to: gone, rate: 1/d, emit: customers}
streams:
  customers: {fields: {n: n}}
rhythms:
  evening: {hours: {6: 1, 20: 10}}
"""


def errors(arrive: str, file: str = FILE) -> list[str]:
    with pytest.raises(InvalidModelError) as caught:
        loads(file.replace("ARRIVE", arrive))
    return str(caught.value).splitlines()


def test_arrive_is_read():
    population = loads(FILE.replace("ARRIVE", ARRIVE)).spec.population
    assert population.arrive == Arrival("200/d", 6000, "evening", "join", "n = 1", ("customers",))
    assert population.count is None


def test_only_a_rate_is_required():
    population = loads(FILE.replace("ARRIVE", "{rate: 5/d}")).spec.population
    assert population.arrive == Arrival("5/d", 0, None, "arrive", None, ())


@pytest.mark.parametrize("arrive", [ARRIVE, "{rate: 5/d}"])
def test_a_dump_loads_as_an_equal_model(arrive: str):
    program = loads(FILE.replace("ARRIVE", arrive))
    assert Model.of(loads(dump(program.spec)).spec) == Model.of(program.spec)


def test_a_model_with_only_arrivals_needs_no_tick():
    text = FILE.replace("ARRIVE", "{rate: 5/d, emit: customers}").partition("transitions:")[0]
    model = loads(f"{text}transitions: []\nstreams: {{customers: {{fields: {{n: n}}}}}}\n")
    assert (model.spec.clock.tick_ms, model.spec.clock.ticks) == (1, 864_000_000)


@pytest.mark.parametrize(
    ("arrive", "message"),
    [
        ("{rate: -5/d}", "model:7:18: subjects.arrive.rate: -5 / d is negative. Hint: give 0 or more"),
        ("{rate: 5/d, rhythm: evning}", "model:7:31: subjects.arrive.rhythm: 'evning' is not a rhythm. Hint: did you"),
        ("{rate: 5/d, do: n += x}", "model:7:32: subjects.arrive.do: 'x' is unknown"),
        ("{rate: 5/d, do: require(n)}", "model:7:27: subjects.arrive.do: require(n) is not allowed: an arrival cannot"),
        ("{rate: 5/d, emit: custmers}", "model:7:29: subjects.arrive.emit: 'custmers' is not a stream. Hint: did you"),
        ("{rate: 5/d, initially: few}", "model:7:34: subjects.arrive.initially: 'few' is not an integer. Hint: give"),
        ("{rat: 5/d}", "model:7:12: subjects.arrive.rat: there is no such key. Hint: did you mean 'rate'?"),
        ("{initially: 5}", "model:7:3: subjects.arrive: 'rate' is missing. Hint: add it, such as 'rate: 200/d'"),
        (
            "200/d",
            "model:7:11: subjects.arrive: '200/d' is not a mapping. Hint: give 'key: value' for each of its keys",
        ),
        ("{rate: 5/d}\n  count: 5", "model:7:3: subjects.arrive: it has both count and arrive. Hint: keep count for a"),
    ],
)
def test_a_mistake_is_reported_with_its_location(arrive: str, message: str):
    (actual,) = errors(arrive)
    assert actual.startswith(message)


def test_neither_count_nor_arrive_is_a_mistake():
    (actual,) = errors("", FILE.replace("  arrive: ARRIVE\n", ""))
    assert actual.endswith("subjects: 'count' is missing. Hint: add it, such as 'count: 1000', or arrive")


def test_all_mistakes_are_reported_at_once():
    actual = errors("{rate: x/d, rhythm: evning, do: n += y, emit: custmers, initially: -1, trigger: 5}")
    places = {line.split(": ")[1] for line in actual}
    assert places == {f"subjects.arrive.{key}" for key in ("rate", "rhythm", "do", "emit", "initially", "trigger")}
