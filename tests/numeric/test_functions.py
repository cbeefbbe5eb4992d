import subprocess
import sys

import pytest

from doge_datagen.language.calls import DRAWS
from doge_datagen.numeric import distributions
from doge_datagen.numeric.distributions import exponential_of, expovariate
from doge_datagen.numeric.functions import FUNCTIONS, NATIVE, calling, draw, plain_names

NAMES = [function.__name__ for function in FUNCTIONS]


def test_function_names_are_unique():
    assert len(set(NAMES)) == len(NAMES)


def test_each_function_calls_only_earlier_ones():
    for position, function in enumerate(FUNCTIONS):
        called = set(function.__code__.co_names) & set(NAMES)
        assert called <= set(NAMES[:position]), function.__name__


def test_functions_have_neither_defaults_nor_closures():
    for function in (*FUNCTIONS, *NATIVE.values()):
        assert not function.__defaults__
        assert not function.__kwdefaults__
        assert not function.__closure__


def test_the_sources_do_not_need_the_compiler():
    program = "import sys, doge_datagen.numeric.functions; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_function_calls_the_equivalents_that_it_is_given():
    replaced = calling(expovariate, {id(exponential_of): lambda a, b: a + b})
    assert replaced([0], 3, 4, 0, 0, 2.0) == 3.5
    assert expovariate([0], 3, 4, 0, 0, 2.0) != 3.5


KEY, SUBJECT, TICK, PURPOSE, NUMBER = (3, 4), 7, 11, 13, 2
GIVEN = {
    "randrange": (10, 100, 1),
    "randint": (50, 300),
    "uniform": (8000.0, 60000.0),
    "triangular": (1.0, 5.0, 2.0),
}


@pytest.mark.parametrize("name", DRAWS)
def test_a_draw_of_a_model_is_the_distribution_of_its_random_words_and_arguments(name):
    given = GIVEN.get(name, (0.5,) * len(DRAWS[name]))
    words = draw(*KEY, SUBJECT, TICK, PURPOSE, NUMBER)
    expected = getattr(distributions, name)([0], *words, *given)
    assert plain_names()[name]([0], *KEY, SUBJECT, TICK, PURPOSE, NUMBER, *given) == expected
