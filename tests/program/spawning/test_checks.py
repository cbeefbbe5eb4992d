"""Mistakes in spawning and in arrivals are reported at their location."""

from dataclasses import replace
from typing import Any

import pytest

from doge_datagen import Arrival, Born, Clock, Lines, Model, Population, Rhythm, Spawn, Stream, Transition
from doge_datagen.errors import InvalidModelError, ModelError
from doge_datagen.program.compilation import with_count
from tests.spawned import CUSTOMER, ORDER, PARCEL, shop

BUY = CUSTOMER.transitions[0]
GIVEN = BUY.spawn[0].values
BUYS = "populations.customer.transitions[0]"


def buying(*spawn, **kwargs):
    return replace(CUSTOMER, transitions=[replace(BUY, spawn=spawn, **kwargs)])


def alone(population):
    """A population that spawns nothing."""
    exits = [replace(it, spawn=()) for it in population.transitions]
    return replace(population, transitions=exits)


LEAF = replace(alone(ORDER), attributes={"paid": 0, "code": "'x'", "amount": 0.0, "level": "'blue'"})


@pytest.mark.parametrize(
    ("populations", "message"),
    [
        (
            (buying(Spawn("oder", GIVEN)), ORDER, PARCEL),
            (f"{BUYS}.spawn[0].population: 'oder' is not a population. Hint: did you mean 'order'?"),
        ),
        (
            (buying("customer"), ORDER, PARCEL),
            f"{BUYS}.spawn[0].population: a population cannot spawn itself. Hint: let it spawn another one",
        ),
        (
            (buying("company"), replace(CUSTOMER, name="company"), ORDER, PARCEL),
            (
                f"{BUYS}.spawn[0].population: 'company' is not spawned. "
                "Hint: give company 'born: {}' instead of count or arrive"
            ),
        ),
        (
            (buying(), LEAF),
            (
                "populations.order.born: nothing spawns it. "
                "Hint: write 'spawn: order' in a transition of another population"
            ),
        ),
        (
            (buying(7), ORDER, PARCEL),
            f"{BUYS}.spawn[0]: 7 is not a Spawn. Hint: give one, or the name of a population",
        ),
        (
            (CUSTOMER, replace(CUSTOMER, name="company"), ORDER, PARCEL),
            (
                "populations.company.transitions[0].spawn[0]: 'order' is spawned by 'customer' already. "
                "Hint: give each of them a population of its own to spawn"
            ),
        ),
        (
            (CUSTOMER, ORDER, replace(PARCEL, transitions=[replace(PARCEL.transitions[0], spawn="order")])),
            (
                "populations.parcel.transitions[0].spawn[0]: 'order' is spawned by 'customer' already. "
                "Hint: give each of them a population of its own to spawn"
            ),
        ),
        (
            (buying(Spawn("order", {"amount": "total", "paid": 1})), ORDER, PARCEL),
            (
                f"{BUYS}.spawn[0].with.paid: 'paid' is an attribute of order already. "
                "Hint: rename it, or remove the attribute"
            ),
        ),
        (
            (buying(Spawn("order", {"is": 1})), ORDER, PARCEL),
            (f"{BUYS}.spawn[0].with.is: 'is' cannot be a name in expressions: it is a Python keyword. Hint: rename it"),
        ),
        (
            (buying(Spawn("order", GIVEN), Spawn("order", {"amount": "total"})), ORDER, PARCEL),
            (f"{BUYS}.spawn[1].with: 'level' is missing, which others that spawn order give. Hint: add it"),
        ),
        (
            (buying(Spawn("order", GIVEN), Spawn("order", {**GIVEN, "amount": 7})), ORDER, PARCEL),
            (
                f"{BUYS}.spawn[1].with.amount: it is an integer, and a float where order is "
                "spawned before. Hint: give both the same type, for example by int(...), float(...) or str(...)"
            ),
        ),
        (
            (buying(Spawn("order", GIVEN, -1)), ORDER, PARCEL),
            f"{BUYS}.spawn[0].times: -1 is negative. Hint: give 0 or more",
        ),
        (
            (buying(Spawn("order", GIVEN, "2 * (1 - 2)")), ORDER, PARCEL),
            f"{BUYS}.spawn[0].times (line 1, column 1): 2 * (1 - 2) is negative. Hint: give 0 or more",
        ),
        (
            (buying(Spawn("order", {**GIVEN, "amount": "totl"})), ORDER, PARCEL),
            (f"{BUYS}.spawn[0].with.amount (line 1, column 1): 'totl' is unknown. Hint: did you mean 'total'?"),
        ),
        (
            (buying(Spawn("order", {**GIVEN, "amount": "3/d"})), ORDER, PARCEL),
            (
                f"{BUYS}.spawn[0].with.amount (line 1, column 1): 3 / d is a rate, which no "
                "child can have. Hint: multiply it by 1 d"
            ),
        ),
        (
            (buying(Spawn("order", GIVEN, each="lines")), ORDER, PARCEL),
            f"{BUYS}.spawn[0].each: 'buy' has no lines. Hint: give it lines, or remove each",
        ),
        (
            (buying(Spawn("order", GIVEN, each="rows")), ORDER, PARCEL),
            f"{BUYS}.spawn[0].each: 'rows' is not 'lines'. Hint: write lines, or remove each",
        ),
        (
            (buying(Spawn("order", GIVEN, 3, each="lines"), lines=Lines("2")), ORDER, PARCEL),
            f"{BUYS}.spawn[0].times: there is one for each line already. Hint: remove times, or each",
        ),
        (
            (replace(CUSTOMER, count=None, born=None), ORDER, PARCEL),
            "populations.customer: 'count' is missing. Hint: add it, such as 'count: 1000', or arrive, or born",
        ),
        (
            (CUSTOMER, replace(ORDER, count=5), PARCEL),
            "populations.order.born: subjects that are spawned have no count. Hint: remove count, or born",
        ),
    ],
)
def test_an_invalid_spawn_is_refused_at_its_location(populations, message):
    with pytest.raises(InvalidModelError) as caught:
        shop(*populations)
    assert message in str(caught.value).splitlines()


def test_circular_spawning_is_refused():
    one, other = (
        Population(
            name, born=Born(), states=["s"], initial="s", transitions=[Transition("t", "s", rate="1/d", spawn=child)]
        )
        for name, child in (("one", "other"), ("other", "one"))
    )
    with pytest.raises(InvalidModelError) as caught:
        shop(alone(CUSTOMER), one, other)
    message = "populations.one.transitions[0].spawn[0]: populations spawn each other in a circle: one -> other -> one. "
    assert message + "Hint: remove one of these spawns" in str(caught.value).splitlines()


def test_a_population_cannot_arrive_and_be_born():

    with pytest.raises(ModelError, match="subjects that are spawned do not arrive"):
        Population("order", arrive=Arrival("1/d"), born=Born())


def test_given_values_are_attributes_of_the_child_and_may_be_assigned():
    pay = replace(ORDER.transitions[0], do="paid += 1\namount -= 1.0")
    shop(CUSTOMER, replace(ORDER, transitions=[pay]), PARCEL)


def test_words_of_spawned_subjects_are_unknown_elsewhere():
    with pytest.raises(InvalidModelError, match="'ordinal' is unknown"):
        shop(buying(Spawn("order", {**GIVEN, "amount": "float(ordinal)"})), ORDER, PARCEL)


def test_two_spawned_populations_with_one_name_are_refused():
    with pytest.raises(InvalidModelError, match="'order' is given twice"):
        shop(CUSTOMER, ORDER, ORDER, PARCEL)


def test_an_invalid_value_causes_no_errors_elsewhere():
    with pytest.raises(InvalidModelError) as caught:
        shop(buying(Spawn("order", {**GIVEN, "amount": "totl"})), ORDER, PARCEL)
    assert len(str(caught.value).splitlines()) == 1


def arriving(rate: Any = "200/d", *, count: int | None = None, **kwargs: Any) -> Model:
    kwargs = {"emit": "e"} | kwargs
    people = Population("user", count, {"n": 0}, arrive=Arrival(rate, **kwargs))
    streams, rhythms = {"e": Stream({"n": "n"})}, {"evening": Rhythm(hours={8: 1})}
    stay = Transition("stay", "on", rate="1/d", emit="e")
    return Model("m", people, ["on"], "on", [stay], streams, Clock(0, 1, 1000), rhythms=rhythms)


def errors(*args: Any, **kwargs: Any) -> list[str]:
    with pytest.raises(InvalidModelError) as caught:
        arriving(*args, **kwargs)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("rate", "message"),
    [
        ("-5/d", "-5 / d is negative. Hint: give 0 or more"),
        ("1/d - 2/d", "1 / d - 2 / d is negative. Hint: give 0 or more"),
        ("1e300/d", "1e+300 / d is too large. Hint: give 100,000,000 per hour or less"),
        ("1e300/ms * 1e300", "1e+300 / ms * 1e+300 is too large. Hint: give 100,000,000 per hour or less"),
        ("5", "5 is an integer, not a number per unit of time. Hint: write a rate such as 3/d or 1/(8 h)"),
        (
            "n/d",
            (
                "'n' is an attribute of those who arrive, and the rate is the same for all."
                " Hint: give a constant one, such as 200/d"
            ),
        ),
        ("random()/d", "random() is a draw, which is not allowed here. Hint: draw it in a field or an action"),
        (
            "5/d / 0",
            "5 / d / 0 is not a constant number per unit of time. Hint: give one such as 200/d; a rhythm makes it vary",
        ),
    ],
)
def test_a_rate_that_is_not_a_constant_number_is_refused(rate: str, message: str):
    (actual,) = errors(rate)
    assert actual.startswith("subjects.arrive.rate (line 1, column ")
    assert actual.endswith(f": {message}")


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
    ("kwargs", "message"),
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
def test_a_mistake_in_an_arrival_is_reported_at_its_location(kwargs: dict[str, Any], message: str):
    (actual,) = errors(**kwargs)
    assert actual.startswith(f"subjects.arrive.{message}")


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


def test_a_model_with_arrivals_is_timed():
    people = Population("user", arrive=Arrival("1/d", emit="e"))
    transitions = [Transition("go", "on", "off", 5, emit="e")]
    model = Model("m", people, ["on", "off"], "on", transitions, {"e": Stream({"n": "tick"})}, Clock(0, 60_000, 10))
    assert (model.clock.tick_ms, model.clock.attempt_ms, model.clock.ticks) == (1, 60_000, 600_000)


def test_a_changed_number_of_subjects_is_that_of_the_initial_ones():
    population = with_count(arriving(initially=5).program, 7).spec.population
    assert (population.count, population.at_start) == (None, 7)


def test_a_stream_fed_only_by_arrivals_is_fed():
    people = Population("user", arrive=Arrival("1/d", emit="e"))
    assert Model("m", people, ["on"], "on", [], {"e": Stream({"from": "from_state"})}, Clock(0, 1, 5))


def test_the_strings_of_an_arrival_may_be_compared_with():
    do = "n = 1 if trigger == 'arrive' and from_state == '' and to_state == 'on' else 2"
    assert arriving(do=do)


@pytest.mark.parametrize(("given", "name"), [(Born("x"), "born=Born"), (Arrival("1/d"), "arrive=Arrival")])
def test_arrivals_and_births_are_keyword_arguments(given: Arrival, name: str):
    with pytest.raises(InvalidModelError) as caught:
        Model("a", Population("order", given), ["s"], "s", [], {}, Clock(0, 1, 1))  # type: ignore[arg-type]  # the mistake
    assert f"Hint: give it by name: Population('order', {name}(...))" in str(caught.value)
