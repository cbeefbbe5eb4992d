import inspect
import re

import pytest

from doge_datagen import errors
from doge_datagen.errors import DeliveryError, DogeError, ModelError, SinkError, UnreachableError, did_you_mean

OURS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, DogeError)]


def test_the_tree_in_the_docstring_is_correct():
    drawn = dict.fromkeys(re.findall(r"^[│├└─ ]*(\w+Error)\b", errors.__doc__, re.MULTILINE))
    assert set(drawn) == {kind.__name__ for kind in OURS}


@pytest.mark.parametrize("kind", OURS)
def test_the_builtin_base_in_the_tree_is_a_base(kind):
    line = next(line for line in errors.__doc__.splitlines() if re.search(rf"\b{kind.__name__}\b", line))
    bases = re.search(r"\((\w+)\)", line)
    assert bases is None or bases[1] in {base.__name__ for base in kind.__mro__}


def test_facts_are_attributes_of_the_exception():
    causes = {"broker away": 2, "too large": 1}
    error = DeliveryError("topic trx", accepted=10, delivered=7, causes=causes, transient=True)
    assert (error.sink, error.transient, error.causes) == ("topic trx", True, causes)
    assert (error.accepted, error.delivered, error.missing) == (10, 7, 3)
    assert str(error) == "topic trx: 3 of 10 records did not arrive (7 did): 2 x broker away; 1 x too large"
    error = ModelError("states", "none")
    assert (error.dotted_path, error.problem, str(error)) == ("states", "none", "states: none")


def test_transient_defaults_to_the_kind_of_error():
    assert UnreachableError("x", "away").transient
    assert not SinkError("x", "no").transient
    assert SinkError("x", "no", transient=True).transient


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("onlin", ["offline", "online"], "did you mean 'online'?"),
        ("zzz", ["a", "b"], "known: 'a', 'b'"),
        ("zzz", [], "none is defined yet"),
        ("zzz", map(str, range(12)), "known: '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' and 2 more"),
    ],
)
def test_the_hint_for_an_unknown_name_is_the_nearest_or_all_names(name, known, hint):
    assert did_you_mean(name, known) == hint
