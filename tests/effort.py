"""The number of Hypothesis examples per property."""

from hypothesis import settings

EXPLORING = "fuzz"
SHARE = 3
"""``make test`` always uses the same examples, a third as many as ``make fuzz``."""


def examples(most: int) -> int:
    """The number of examples in this run: all in ``make fuzz``, a third in ``make test``."""
    return most if settings.get_current_profile_name() == EXPLORING else max(1, most // SHARE)


def with_examples(most: int) -> settings:
    """The settings of a property with up to ``most`` examples."""
    return settings(max_examples=examples(most))
