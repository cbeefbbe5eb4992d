"""Initial values of attributes are translated in order, with one error per mistake."""

import pytest

from doge_datagen.model import Attribute
from tests.compiling import program_of
from tests.language.translating import code_of, errors_of, spec_of


def test_a_misspelt_initial_value_is_reported_once_however_often_the_attribute_is_used():
    attributes = {"new": "randm()", "newer": "new + 1"}
    do = "new += 1\nnew = 'x'\nx = new * 2\nbalance = x\nrequire(newer > 1)"
    fields = {"a": "new", "b": "f'{new}'", "c": "new == 'x'", "d": "new + newer"}
    (line,) = errors_of(do=do, fields=fields, key="new", headers={"h": "newer"}, attributes=attributes)
    path = "subjects.attributes.new.start (line 1, column 1)"
    assert line == f"{path}: 'randm' is not a function. Hint: did you mean 'random'?"


def test_with_a_declared_type_other_uses_are_checked():
    attributes = {"new": Attribute("randm()", "float")}
    lines = errors_of(do="balance = new", fields={"a": "new + 1"}, attributes=attributes)
    assert len(lines) == 2
    assert "new is a float and cannot become an integer" in lines[1]


def test_an_attribute_of_unknown_type_can_be_the_nearest_name():
    lines = errors_of(do="balance = grad", attributes={"grade": "foo"})
    assert lines[1].endswith("'grad' is unknown. Hint: did you mean 'grade'?")


def test_an_attribute_used_before_its_definition_is_reported():
    (line,) = errors_of(attributes={"a": "b + 1", "b": 5})
    assert line.endswith("'b' gets its first value after this one. Hint: move it above this one")


@pytest.mark.parametrize(
    ("attributes", "circle"),
    [
        ({"a": "b + 1", "b": "a + 1"}, "a -> b -> a"),
        ({"a": "b + d", "b": "c + 1", "c": "a + 1", "d": "b"}, "a -> b -> c -> a"),
        ({"free": "1", "a": "b + free", "c": "a", "b": "c"}, "a -> b -> c -> a"),
    ],
)
def test_first_values_that_use_each_other_in_a_circle_are_reported_with_all_their_names(attributes, circle):
    (line,) = errors_of(attributes=attributes)
    problem = f"first values use each other in a circle: {circle}"
    assert line.endswith(f"{problem}. Hint: give one of them a value without the others")


def test_an_attribute_in_its_own_first_value_is_reported():
    (line,) = errors_of(attributes={"new": "new + 1"})
    problem = "'new' is used in its own first value. Hint: give a value without it; actions may change it"
    assert line == f"subjects.attributes.new.start (line 1, column 1): {problem}"


def test_a_name_that_python_normalizes_is_reported():
    (line,) = errors_of(attributes={"ﬁrst": 1})
    assert line == "subjects.attributes.ﬁrst: 'ﬁrst' is read as 'first' in expressions. Hint: rename it to 'first'"


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        (Attribute(5, values=["a"]), "values are for strings, and 5 is an integer"),
        (Attribute("'b'", values=["ab", "c"]), "'b' is not one of the values of 'new'. Hint: did you mean 'ab'?"),
        (Attribute("f'{index}'", "integer"), "\"f'{index}'\" is a string, not an integer"),
        (Attribute(None), "None is not allowed. Hint: use numbers, strings, True and False"),
        (Attribute([1]), "[1] is not allowed. Hint: use numbers, strings, True and False"),
        (Attribute(float("inf")), "1e309 is not a finite float"),
        (Attribute(2**63), "9223372036854775808 does not fit 64 bits. Hint: write it as a float"),
    ],
)
def test_an_invalid_initial_value_is_reported(attribute, message):
    (line,) = errors_of(attributes={"new": attribute})
    assert line == f"subjects.attributes.new.start: {message}"


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("text", "known: 'integer', 'float', 'boolean', 'string', 'timestamp', 'duration'"),
        ("intger", "did you mean 'integer'?"),
    ],
)
def test_an_unknown_type_is_reported(kind, hint):
    (line,) = errors_of(attributes={"new": Attribute(1, kind)}, fields={"a": "new + 1"})
    assert line == f"subjects.attributes.new.type: {kind!r} is not a type. Hint: {hint}"


def test_a_float_may_start_with_an_integer_and_a_timestamp_with_milliseconds():
    attributes = {"a": Attribute(5, "float"), "b": Attribute(5, "timestamp")}
    shape = program_of(spec_of(fields={"a": "a", "b": "b"}, attributes=attributes)).shapes["out"]
    assert shape.kinds == {"a": "float", "b": "timestamp"}


def test_an_attribute_that_never_changes_is_replaced_by_its_value():
    program = program_of(spec_of(fields={"a": "fixed + 1"}, attributes={"fixed": -5}))
    assert "a_fixed" not in code_of(program)
