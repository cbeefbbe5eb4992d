"""What is wrong with how subjects arrive is an error at its place."""

from typing import Any

import pytest

from doge_datagen import Arrival, Clock, Model, Population, Rhythm, Stream, Transition
from doge_datagen.errors import InvalidModelError
from doge_datagen.program.compilation import with_count


def arriving(rate: Any = "200/d", *, count: int | None = None, **how: Any) -> Model:
    how = {"emit": "e"} | how
    people = Population("user", count, {"n": 0}, arrive=Arrival(rate, **how))
    streams, rhythms = {"e": Stream({"n": "n"})}, {"evening": Rhythm(hours={8: 1})}
    stay = Transition("stay", "on", rate="1/d", emit="e")
    return Model("m", people, ["on"], "on", [stay], streams, Clock(0, 1, 1000), rhythms=rhythms)


def errors(*args: Any, **how: Any) -> list[str]:
    with pytest.raises(InvalidModelError) as caught:
        arriving(*args, **how)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("rate", "message"),
    [
        ("-5/d", "-5 / d is negative. Hint: give 0 or more"),
        ("1/d - 2/d", "1 / d - 2 / d is negative. Hint: give 0 or more"),
        ("1e300/d", "1e+300 / d is too large. Hint: give 100,000,000 per hour or less"),
        ("1e300/ms * 1e300", "1e+300 / ms * 1e+300 is too large. Hint: give 100,000,000 per hour or less"),
        ("5", "5 is an integer, not a number per unit of time. Hint: write a rate such as 3/d or 1/(8 h)"),
        ("n/d", "'n' is unknown. Hint: none is defined yet; a string needs quotes, such as 'n'"),
        ("random()/d", "random() is a draw, which is not allowed here. Hint: draw it in a field or an action"),
        (
            "5/d / 0",
            "5 / d / 0 is not a constant number per unit of time. Hint: give one such as 200/d; a rhythm makes it vary",
        ),
    ],
)
def test_a_rate_that_is_not_a_constant_number_is_refused(rate: str, message: str):
    (found,) = errors(rate)
    assert found.startswith("subjects.arrive.rate (line 1, column ")
    assert found.endswith(f": {message}")


@pytest.mark.parametrize(
    ("rate", "per_day"),
    [("200/d", 200), ("1/(8 h)", 3), ("2 * 100/d", 200), ("3/h + 1/d", 73), ("0/d", 0), ("100_000_000/h", 24e8)],
)
def test_a_rate_is_calculated_from_numbers_and_units(rate: str, per_day: float):
    timing = arriving(rate).program.timing
    assert timing is not None
    assert timing.arrivals is not None
    assert timing.arrivals.rate * 86_400_000 == pytest.approx(per_day)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"initially": -1}, "initially: -1 is too small. Hint: give 0 or more"),
        ({"initially": 2**32}, "initially: 4294967296 is too large. Hint: give less than 4294967296"),
        ({"initially": 1.5}, "initially: 1.5 is not an integer. Hint: give an integer"),
        ({"rhythm": "evning"}, "rhythm: 'evning' is not a rhythm. Hint: did you mean 'evening'?"),
        ({"trigger": ""}, "trigger: '' is not a name. Hint: give a non-empty string"),
        ({"emit": ["e", "f"]}, "emit[1]: 'f' is not a stream. Hint: known: 'e'"),
        ({"emit": ["e", "e"]}, "emit[1]: 'e' is given twice. Hint: remove one"),
        ({"do": "n += m"}, "do (line 1, column 6): 'm' is unknown"),
        (
            {"do": "require(n > 0)"},
            "do (line 1, column 1): require(n > 0) is not allowed: an arrival cannot be rejected",
        ),
        ({"do": "if n:\n    return False"}, "do (line 2, column 5): return False is not allowed: an arrival cannot be"),
    ],
)
def test_what_is_wrong_with_an_arrival_is_an_error_at_its_place(how: dict[str, Any], message: str):
    (found,) = errors(**how)
    assert found.startswith(f"subjects.arrive.{message}")


def test_subjects_have_either_a_count_or_arrive():
    assert errors(count=5)[0].startswith("subjects.arrive: it has both count and arrive. Hint: keep count for a fixed")
    with pytest.raises(
        InvalidModelError, match=r"subjects: 'count' is missing\. Hint: add it, such as 'count: 1000', or"
    ):
        Model("m", Population("user"), ["on"], "on", [], {}, Clock(0, 1))


def test_anything_but_an_arrival_is_refused():
    people = Population("user", arrive="200/d")
    with pytest.raises(InvalidModelError, match=r"subjects\.arrive: '200/d' is not a Arrival\. Hint: give one"):
        Model("m", people, ["on"], "on", [], {}, Clock(0, 1))


def test_a_model_in_which_subjects_arrive_is_timed():
    people = Population("user", arrive=Arrival("1/d", emit="e"))
    ways = [Transition("go", "on", "off", 5, emit="e")]
    model = Model("m", people, ["on", "off"], "on", ways, {"e": Stream({"n": "tick"})}, Clock(0, 60_000, 10))
    assert (model.clock.tick_ms, model.clock.attempt_ms, model.clock.ticks) == (1, 60_000, 600_000)


def test_another_number_of_subjects_is_that_of_those_there_initially():
    population = with_count(arriving(initially=5).program, 7).spec.population
    assert (population.count, population.at_start) == (None, 7)


def test_a_stream_that_only_arrivals_feed_is_fed():
    people = Population("user", arrive=Arrival("1/d", emit="e"))
    assert Model("m", people, ["on"], "on", [], {"e": Stream({"from": "from_state"})}, Clock(0, 1, 5))


def test_the_strings_of_an_arrival_may_be_compared_with():
    do = "n = 1 if trigger == 'arrive' and from_state == '' and to_state == 'on' else 2"
    assert arriving(do=do)
