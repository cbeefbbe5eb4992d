"""What can be wrong with a call of elapsed."""

import pytest

from doge_datagen import Clock, Population, Rhythm, Stream, Transition
from doge_datagen.errors import InvalidModelError
from doge_datagen.model import Spec
from doge_datagen.program.compilation import compile_spec


def reported(field, **attributes):
    ways = [Transition("go", "on", "on", 10, emit="e")]
    streams, clock = {"e": Stream({"it": field})}, Clock(0, 60_000, 10)
    population = Population("user", 1, {"joined": "timestamp", **attributes})
    spec = Spec.of_one("m", population, ["on"], "on", ways, streams, clock, rhythms={"office": Rhythm()})
    try:
        compile_spec(spec)
    except InvalidModelError as error:
        return error.problems[0].message
    return None


@pytest.mark.parametrize(
    "field",
    [
        "elapsed(joined, timestamp, office)",
        "elapsed(joined, until=timestamp, rhythm=office)",
        "elapsed(joined, timestamp + 1 d, 'office') / 1 h",
    ],
)
def test_a_rhythm_is_called_by_name(field):
    assert reported(field) is None


def test_its_name_is_not_looked_up_among_the_attributes():
    assert reported("elapsed(joined, timestamp, office)", office=5) is None


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("elapsed(joined, timestamp)", "takes two timestamps and the name of a rhythm"),
        ("elapsed(joined, timestamp, offce)", "'offce' is not a rhythm. Hint: did you mean 'office'?"),
        ("elapsed(joined, timestamp, 5)", "5 is not the name of a rhythm"),
        ("elapsed(joined, 5, office)", "elapsed takes a timestamp, and 5 is an integer"),
        ("elapsed(joined, timestamp, office, 5)", "elapsed takes"),
        ("elapsed(joined, timestamp, rythm=office)", "Hint: did you mean 'rhythm'?"),
    ],
)
def test_what_is_wrong_is_reported(field, message):
    assert message in reported(field)


def test_an_attribute_of_its_name_hides_it():
    assert reported("elapsed + 1", elapsed=5) is None
