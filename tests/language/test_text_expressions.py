"""Strings in fields, keys and headers."""

import pytest

from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.language.texts import Either, InitialText, Joined, Literal, ShownValue
from doge_datagen.model import Attribute
from doge_datagen.run.simulation.windows import iterate_windows
from tests.compiling import program_of
from tests.language.translating import errors_of_field, spec_of

START = {"balance": 100, "rate": 0.5, "active": True, "tier": "basic", "city": "Riga", "index": 2, "tick": 1}


def shown(text, **more):
    """The value of a field for the last subject at the second tick, before any change."""
    program = program_of(spec_of(fields={"x": text}, **more))
    batches = [
        batch for window in iterate_windows(InterpretedEngine(program, 1), program.spec) for _, batch in window.batches
    ]
    return [value for batch in batches for value in batch.records.column(0).to_pylist()][5]


@pytest.mark.parametrize(
    "text",
    [
        "f'{balance}'",
        "f'{balance:08d}|{balance:x}|{balance:,}|{balance:+.1f}|{balance:>9}|{balance:e}'",
        "f'{rate}|{rate:.2f}|{rate:8.1%}|{rate:g}|{rate:<8}'",
        "f'{active}|{active:d}|{active:>6}'",
        "f'{tier}-{index}'",
        "f'{{{index}}}'",
        "f'{balance!s}'",
        "f'{f\"{index}\"}!'",
        "f''",
        "str(balance) + '/' + str(rate) + '/' + str(active)",
        "'a' + tier + 'b' + city",
        "'high' if balance > 50 else 'low'",
        "'one' if index == 1 else 'two' if index == 2 else str(index)",
        "str(round(rate * 3, 1))",
        "str(tier)",
        "'[' + (tier if active else f'{index}') + ']'",
        "'é𝐱\\n\\'\"'",
        "str(-balance)",
        "str(balance / 3)",
    ],
)
def test_a_string_equals_pythons(text):
    assert shown(text) == eval(text, dict(START))


def test_a_timestamp_is_shown_as_iso_8601():
    assert shown("f'{timestamp}|{born}'") == "1970-01-01T00:16:41.000Z|1970-01-01T00:16:39.000Z"
    assert shown("str(int(timestamp))") == "1001000"


def test_a_string_built_at_the_start_is_shown():
    assert shown("email") == "user2@example.org"
    assert shown("f'<{email}>' + email") == "<user2@example.org>user2@example.org"
    assert shown("other", attributes={"other": "email + '!'"}) == "user2@example.org!"


def test_a_timestamp_without_text_is_accepted_until_it_is_output():
    attributes = {"far": Attribute("10**17", "timestamp")}
    assert shown("f'{far}' if index > 5 else 'soon'", attributes=attributes) == "soon"


def test_a_column_is_computed_if_any_of_its_strings_is_shown():
    """Each is a condition of the other, so neither can be computed first for all."""
    form = "('a' if index == 0 else 'b' if {} else str({}))"
    one, other = "7 // index > 3", "7 // (tick + 1) > 3"
    text = f"{form.format(one, other)} + {form.format(other, one)}"
    assert shown(text) == eval(text, dict(START)) == "FalseFalse"


def test_parts_are_literals_numbers_and_stored_strings():
    shape = program_of(spec_of(fields={"x": "f'a{balance:05d}{email}' + tier"})).shapes["out"]
    assert shape.fields["x"] == Joined(
        (Literal("a"), ShownValue(0, "integer", "05d"), InitialText("email"), ShownValue(1, "string"))
    )


def test_a_condition_is_one_column():
    shape = program_of(spec_of(fields={"x": "email if active else ''"})).shapes["out"]
    assert shape.fields["x"] == Either(0, InitialText("email"), Literal(""))


def test_one_of_many_known_strings_is_one_column():
    shape = program_of(spec_of(fields={"x": "'a' if active else tier if index == 1 else 'b'"})).shapes["out"]
    assert shape.fields["x"] == ShownValue(0, "string")
    assert len(shape.columns) == 1


@pytest.mark.slow
def test_known_strings_with_more_conditions_than_one_expression_may_have_are_several_columns():
    listed = f"balance not in ({'7,' * 190})"
    many = "".join(f"'{number}' if {listed} and index == {number} else " for number in range(40)) + "'none'"
    assert isinstance(program_of(spec_of(fields={"x": many})).shapes["out"].fields["x"], Either)
    assert shown(many) == "2"


def test_the_same_number_is_computed_once():
    shape = program_of(spec_of(fields={"x": "f'{balance}{balance}'", "y": "balance", "z": "str(balance)"})).shapes[
        "out"
    ]
    assert len(shape.columns) == 1


def test_keys_and_headers_of_any_type_are_strings():
    shape = program_of(spec_of(key="balance", headers={"a": "tier", "b": "rate > 1"})).shapes["out"]
    assert (shape.key, *shape.headers.values()) == (
        ShownValue(1, "integer"),
        ShownValue(2, "string"),
        ShownValue(3, "boolean"),
    )


@pytest.mark.parametrize(
    ("form", "kinds"),
    [
        ("d", "balance active"),
        ("x", "balance active"),
        (".2f", "balance rate active"),
        ("", "balance rate active tier email timestamp"),
        ("c", ""),
        ("n", ""),
        ("s", ""),
        ("%Y", ""),
        ("1000", ""),
        (".1000f", ""),
        ("999", "balance rate active"),
        ("0100d", "balance active"),
        ("00100", "balance rate active"),
        (".0010f", "balance rate active"),
        ("01000d", ""),
        ("²>5", "balance rate active"),
        ("٣", ""),
        (".6,f", ""),
        ("\n>5", ""),
    ],
)
def test_a_format_has_to_fit_the_type(form, kinds):
    names = ["balance", "rate", "active", "tier", "email", "timestamp"]
    assert [name for name in names if not errors_of_field(f"f'{{{name}:{form}}}'")] == kinds.split()


def test_strings_of_an_attribute_follow_its_assignments():
    attributes = {"grade": "'low'", "last": "grade"}
    do = "x = choice(['mid', 'high'])\nlast = grade\ngrade = x if balance > 5 else str('top')"
    for text in ("low", "mid", "high", "top"):
        assert errors_of_field(f"last == '{text}'", do=do, attributes=attributes) == []
    assert errors_of_field("last == 'hgh'", do=do, attributes=attributes)[0].endswith("did you mean 'high'?")


def test_strings_that_are_only_compared_with_are_not_values_of_an_attribute():
    do = "grade = 'a' if tier == 'gold' else 'b'"
    assert errors_of_field("grade == 'gold'", do=do, attributes={"grade": "'a'"})[0].endswith("known: 'a', 'b'")


def test_names_of_triggers_and_states_can_be_stored():
    assert errors_of_field("last == 'act'", do="last = trigger", attributes={"last": "''"}) == []
    assert errors_of_field("last == 'on'", do="last = trigger", attributes={"last": "''"}) != []


def test_declared_values_are_the_only_ones():
    declared = {"grade": Attribute("'a'", values=["a", "b"])}
    assert errors_of_field("grade == 'b'", attributes=declared) == []
    assert errors_of_field("grade == 'c'", attributes=declared)[0].endswith("known: 'a', 'b'")
