"""Python functions as actions are equivalent to their source text."""

from functools import partial, wraps
from pathlib import Path
from random import randint

import pytest

from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.function_source import text_of
from doge_datagen.program.translation import translate
from tests.compiling import program_of
from tests.language.translating import ATTRIBUTES, act, code_of, spec_of

FEE = -3
LIMIT = 1.5
TIERS = ("basic", "gold")
NOTHING = {}
payment = 7


def spending(subject, draw):
    """What a customer does."""
    payment = draw.randrange(1, 9)
    if payment > subject.balance:
        return False
    subject.balance -= payment
    return True


def with_constants(subject, draw):
    subject.balance = FEE**2
    subject.rate = LIMIT
    subject.tier = draw.choice(TIERS)


def with_own_names(subject, draw):
    balance = 5
    balance_ = 6
    subject.balance = balance * 10 + balance_


def with_a_name_of_a_function(subject, draw):
    hour = draw.hour(subject.timestamp) + 1
    subject.balance = hour


def reaches_into_a_timestamp(subject, draw):
    subject.balance = subject.timestamp.hour


def with_a_name_of_the_module(subject, draw):
    payment = 1
    subject.balance = payment


def with_functions(subject, draw):
    subject.balance = max(randint(1, 6), round(draw.random()), abs(-9))


def doge(subject, draw):
    """A text that begins
    at the left edge."""
    subject.tier = "gold"


def helper(value):
    return value


def decorate(function):
    @wraps(function)
    def around(subject, draw):
        return function(subject, draw)

    return around


@decorate
def decorated(subject, draw):
    subject.balance = 1


class Methods:
    def method(self, subject, draw):
        subject.balance = 1

    def __call__(self, subject, draw):
        subject.balance = 1


def closure(fee):
    def inner(subject, draw):
        subject.balance = fee

    return inner


def too_few(subject):
    pass


def too_many(subject, draw, more=1):
    pass


def reaches_out(subject, draw):
    subject.balance = draw.other.thing


def calls_helper(subject, draw):
    subject.balance = helper(1)


def uses_a_mapping(subject, draw):
    subject.balance = NOTHING


def assigns_subject(subject, draw):
    subject = 5  # noqa: F841


def misspelt(subject, draw):
    subject.balance = ("é" == "é") + subject.balanc  # noqa: PLR0133 - columns are counted in characters


def sets_a_misspelt_attribute(subject, draw):
    subject.blance = subject.balance - 1
    if subject.blance > 1:
        subject.blance = 0
    subject.ratee = 1


def sets_what_is_no_attribute(subject, draw):
    subject.xyzzy = 1


def sets_what_draws(subject, draw):
    draw.balance = 1


def sets_a_name_that_is_never_read(subject, draw):
    balance = subject.balance - 1  # noqa: F841
    xyzzy = 5  # noqa: F841 - like no attribute, so only a warning


def loops(subject, draw):
    while True:
        pass


async def waits(subject, draw):
    pass


def messages_of(function):
    return [problem.message for problem in translate(spec_of(do=function))[1]]


ACTIONS = [spending, with_constants, with_own_names, with_a_name_of_the_module, with_functions, doge, closure(4)]


@pytest.mark.parametrize("function", ACTIONS, ids=lambda it: it.__name__)
def test_the_text_of_a_function_gives_the_same_code(function):
    text = text_of(function, ATTRIBUTES)
    assert code_of(program_of(spec_of(do=text))) == code_of(program_of(spec_of(do=function)))


def test_return_false_rejects_the_transition():
    assert act(spending, balance=0)[0] is False
    assert act(spending, balance=10)[0] is True


def test_constants_from_outside_are_replaced_by_their_values():
    _, written, _ = act(with_constants)
    assert (written["balance"], written["rate"]) == (9, 1.5)
    assert written["tier"] in TIERS


def test_a_local_variable_may_have_the_name_of_an_attribute():
    assert act(with_own_names)[1] == {"balance": 56}


def test_a_local_variable_may_have_the_name_of_a_function():
    assert act(with_a_name_of_a_function)[1] == {"balance": 1}


def test_a_local_variable_may_have_the_name_of_a_global():
    assert act(with_a_name_of_the_module)[1] == {"balance": 1}


def test_builtin_functions_mean_the_same_as_in_python():
    assert act(with_functions)[1] == {"balance": 9}


def test_a_closure_sees_the_variables_around_it():
    assert act(closure(4))[1] == {"balance": 4}


def test_a_docstring_is_omitted():
    assert text_of(spending) == (
        "payment = randrange(1, 9)\nif payment > balance:\n    return False\nbalance -= payment\nreturn True"
    )


WANTED = ". Hint: give a function of two parameters: def spending(subject, draw)"
REFUSED = {
    "a lambda": (lambda subject, draw: None, f"a lambda cannot assign{WANTED}"),
    "a decorated function": (
        decorated,
        "decorated is decorated, which is not supported. Hint: remove the decorator",
    ),
    "a method of a class": (Methods.method, f"method takes self, subject, draw{WANTED}"),
    "too few": (too_few, f"too_few takes subject{WANTED}"),
    "too many": (too_many, f"too_many takes subject, draw, more=1{WANTED}"),
    "async": (waits, f"waits is not defined by a plain def{WANTED}"),
    "a dot more": (reaches_out, "draw.other.thing is not allowed. Hint: use subject.… and draw.…"),
    "a part of a timestamp": (
        reaches_into_a_timestamp,
        "subject.timestamp.hour is not allowed. Hint: write hour(subject.timestamp)",
    ),
    "a mapping": (
        uses_a_mapping,
        "'NOTHING' is of type dict. Hint: use a number, a string, a boolean or a list of them",
    ),
    "its parameter assigned": (assigns_subject, "the parameter 'subject' is assigned. Hint: use another name"),
    "a misspelt attribute": (misspelt, "'balanc' is unknown. Hint: did you mean 'balance'?"),
    "a name that is not an attribute": (
        sets_what_is_no_attribute,
        "'xyzzy' is not an attribute. Hint: known: 'balance', 'rate', 'active', 'tier', 'born', 'city', 'email'",
    ),
    "what draws": (sets_what_draws, "draw.balance cannot be assigned. Hint: write subject.balance"),
    "a name of its own that is meant for an attribute": (
        sets_a_name_that_is_never_read,
        "'balance' is set but never read. Hint: did you mean 'subject.balance'?",
    ),
    "a loop": (loops, "while True: is not allowed. Hint: there are no loops: transitions repeat instead"),
}


@pytest.mark.parametrize(("function", "message"), REFUSED.values(), ids=REFUSED)
def test_an_invalid_action_is_rejected(function, message):
    assert messages_of(function) == [message]


@pytest.mark.parametrize(
    "thing", [print, max, Methods(), Methods().method, Methods, partial(spending), 5], ids=range(7)
)
def test_something_that_is_not_a_function_is_rejected(thing):
    (message,) = messages_of(thing)
    assert message == f"{thing!r} is not a plain function, so its source is not available{WANTED}"


def test_a_user_defined_function_cannot_be_called():
    (message,) = messages_of(calls_helper)
    assert message.startswith(f"'helper' is a function of {__name__}. Hint: known: abs, add_months, ")


def test_each_misspelt_attribute_that_is_assigned_is_reported_once_at_its_location():
    problems = translate(spec_of(do=sets_a_misspelt_attribute))[1]
    first = sets_a_misspelt_attribute.__code__.co_firstlineno
    assert [(problem.message, problem.line - first, problem.column) for problem in problems] == [
        ("'blance' is not an attribute. Hint: did you mean 'balance'?", 1, 5),
        ("'ratee' is not an attribute. Hint: did you mean 'rate'?", 4, 5),
    ]


def test_a_function_without_a_source_file_is_rejected():
    names = {}
    exec("def made(subject, draw):\n    pass", names)
    (message,) = messages_of(names["made"])
    assert (
        message == "the source of made is not available (could not get source code). Hint: give the action as a string"
    )
    with pytest.raises(ExpressionError):
        text_of(names["made"])


def test_an_error_has_its_location_in_the_file_of_the_function():
    (problem,) = translate(spec_of(do=misspelt))[1]
    lines = Path(__file__).read_text().split("\n")
    assert problem.file == __file__
    assert lines[problem.line - 1][problem.column - 1 :].startswith("subject.balanc  #")
    assert str(problem).startswith(f"{__file__}:{problem.line}:{problem.column}: transitions[0].do: 'balanc'")
