"""How many examples of Hypothesis a rule is tried with."""

from hypothesis import settings

EXPLORING = "fuzz"
SHARE = 3
"""``make test`` always tries the same examples, so it takes a third of those that ``make fuzz`` looks for."""


def examples(most: int) -> int:
    """As many examples as this run tries: all of them in ``make fuzz``, a third in ``make test``."""
    return most if settings.get_current_profile_name() == EXPLORING else max(1, most // SHARE)


def tried(most: int) -> settings:
    """The settings of a rule that is tried with up to so many examples."""
    return settings(max_examples=examples(most))
