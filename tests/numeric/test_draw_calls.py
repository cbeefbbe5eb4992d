import pytest

from doge_datagen.language.calls import DRAWS
from doge_datagen.numeric import distributions
from doge_datagen.numeric.draw_calls import draw, plain_names

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
