"""What is wrong with who spawns whom is an error at its place."""

from dataclasses import replace

import pytest

from doge_datagen import Arrival, Born, Lines, Population, Spawn, Transition
from doge_datagen.errors import InvalidModelError, ModelError
from tests.spawned import CUSTOMER, ORDER, PARCEL, shop

BUY = CUSTOMER.transitions[0]
GIVEN = BUY.spawn[0].values
BUYS = "populations.customer.transitions[0]"


def buying(*spawn, **how):
    return replace(CUSTOMER, transitions=[replace(BUY, spawn=spawn, **how)])


def alone(population):
    """A population that spawns nothing."""
    ways = [replace(it, spawn=()) for it in population.transitions]
    return replace(population, transitions=ways)


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
            (
                f"{BUYS}.spawn[0].population: 'customer' is not spawned. "
                "Hint: give customer 'born: {}' instead of count or arrive"
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
def test_a_wrong_spawn_is_refused_at_its_place(populations, message):
    with pytest.raises(InvalidModelError) as caught:
        shop(*populations)
    assert message in str(caught.value).splitlines()


def test_populations_that_spawn_each_other_in_a_circle_are_refused():
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


def test_names_of_given_values_are_attributes_of_the_child_and_may_be_assigned():
    pay = replace(ORDER.transitions[0], do="paid += 1\namount -= 1.0")
    shop(CUSTOMER, replace(ORDER, transitions=[pay]), PARCEL)


def test_words_of_spawned_subjects_are_unknown_elsewhere():
    with pytest.raises(InvalidModelError, match="'ordinal' is unknown"):
        shop(buying(Spawn("order", {**GIVEN, "amount": "float(ordinal)"})), ORDER, PARCEL)


def test_two_spawned_populations_of_one_name_are_refused():
    with pytest.raises(InvalidModelError, match="'order' is given twice"):
        shop(CUSTOMER, ORDER, ORDER, PARCEL)


def test_a_rejected_value_causes_no_errors_elsewhere():
    with pytest.raises(InvalidModelError) as caught:
        shop(buying(Spawn("order", {**GIVEN, "amount": "totl"})), ORDER, PARCEL)
    assert len(str(caught.value).splitlines()) == 1
