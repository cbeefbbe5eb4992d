import pytest

from doge_datagen.errors import ModelError
from doge_datagen.model import Destination
from doge_datagen.sinks.environment_variables import filled, filled_destination, has_variables, unfilled


@pytest.fixture(autouse=True)
def variables(monkeypatch):
    monkeypatch.setenv("DOGE_TEST_NAME", "shibe")
    monkeypatch.setenv("DOGE_TEST_EMPTY", "")
    monkeypatch.setenv("DOGE_TEST_NESTED", "${DOGE_TEST_NAME}")
    monkeypatch.delenv("DOGE_TEST_MISSING", raising=False)


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("plain", "plain"),
        ("", ""),
        ("$HOME costs $5", "$HOME costs $5"),
        ("${DOGE_TEST_NAME}", "shibe"),
        ("a${DOGE_TEST_NAME}b${DOGE_TEST_NAME}", "ashibebshibe"),
        ("${DOGE_TEST_EMPTY}", ""),
        ("${DOGE_TEST_EMPTY:-none}", "none"),
        ("${DOGE_TEST_NAME:-none}", "shibe"),
        ("${DOGE_TEST_MISSING:-none}", "none"),
        ("${DOGE_TEST_MISSING:-}", ""),
        ("${DOGE_TEST_MISSING:-a:-b}", "a:-b"),
        ("${DOGE_TEST_NESTED}", "${DOGE_TEST_NAME}"),
    ],
)
def test_variables_in_a_string_are_replaced(text, becomes):
    assert filled(text, "there").reveal() == becomes


@pytest.mark.parametrize("value", [3, 0.5, True, None])
def test_other_values_are_unchanged(value):
    assert filled(value, "there") is value


def test_variables_in_the_strings_of_a_mapping_are_replaced():
    assert filled({"a": "${DOGE_TEST_NAME}", "b": 1}, "there") == {"a": "shibe", "b": 1}


@pytest.mark.parametrize("text", ["${", "${}", "secret${1A}", "${A B}", "${DOGE_TEST_NAME", "${DOGE_TEST_NAME-x}"])
def test_an_invalid_variable_is_reported_without_the_string(text):
    with pytest.raises(ModelError) as caught:
        filled(text, "targets.local.trx")
    hint = "write ${NAME} or ${NAME:-default}, and $${ for '${' itself"
    assert str(caught.value) == f"targets.local.trx: has a '${{' that begins no variable. Hint: {hint}"


def test_a_missing_variable_is_reported_with_the_nearest_existing_one():
    with pytest.raises(
        ModelError, match=r"no variable DOGE_TEST_NAM. Hint: .*; did you mean 'DOGE_TEST_NAME'\?"
    ) as caught:
        filled("${DOGE_TEST_NAM}", "there")
    assert "shibe" not in str(caught.value)


def test_all_missing_variables_are_reported_once_per_string():
    value = {
        "a": "${DOGE_TEST_MISSING}${DOGE_TEST_MISSING}${DOGE_TEST_NAME}",
        "b": {"c": "${", "d": "${DOGE_TEST_MISSED}"},
    }
    actual = [(error.dotted_path, error.problem.split(". Hint: ")[0]) for error in unfilled(value, "there")]
    assert actual == [
        ("there.a", "the environment has no variable DOGE_TEST_MISSING"),
        ("there.b.c", "has a '${' that begins no variable"),
        ("there.b.d", "the environment has no variable DOGE_TEST_MISSED"),
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("${DOGE_TEST_NAME}", "${DOGE_TEST_NAME}"),
        ("a${DOGE_TEST_NAME}b", "a${DOGE_TEST_NAME}b"),
        ("${DOGE_TEST_NAME:-b}", "${DOGE_TEST_NAME:-b}"),
        ("${DOGE_TEST_MISSING:-topic}", "topic"),
        ("${DOGE_TEST_NAME}-${DOGE_TEST_NESTED}", "${DOGE_TEST_NAME}-${DOGE_TEST_NESTED}"),
        ("plain", "plain"),
    ],
)
def test_strings_with_variables_are_displayed_as_in_the_model(text, shown):
    assert str(filled(text, "there")) == shown


def test_a_string_named_like_a_secret_is_not_displayed_even_as_in_the_model():
    known = filled({"sasl.password": "geheim", "sasl.username": "ann"}, "there")
    assert repr(known) == "{'sasl.password': '***', 'sasl.username': 'ann'}"


def test_a_destination_for_comparisons_has_plain_strings():
    destination = filled_destination(
        Destination("kafka", "${DOGE_TEST_NAME}", {"conf": {"a": "${DOGE_TEST_NAME}", "b": 1}}), "there"
    )
    assert (type(destination.at), destination.at, destination.options) == (
        str,
        "shibe",
        {"conf": {"a": "shibe", "b": 1}},
    )


@pytest.mark.parametrize(
    ("value", "has"), [("a${B}", True), ("a$B", False), (3, False), ({"a": {"b": "${C}"}}, True), ({"${A}": 1}, False)]
)
def test_variables_are_detected(value, has):
    assert has_variables(value) is has


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a$${B}c", "a${B}c"),
        ("$${", "${"),
        ("$$${DOGE_TEST_NAME}", "$x"),
        ("$$$${DOGE_TEST_NAME}", "$${DOGE_TEST_NAME}"),
        ("$${A}-${DOGE_TEST_NAME}", "${A}-x"),
        ("a$$b$$$c", "a$$b$$$c"),
    ],
)
def test_two_dollar_signs_before_a_brace_stand_for_one(text, meant, monkeypatch):
    monkeypatch.setenv("DOGE_TEST_NAME", "x")
    assert filled(text, "there").reveal() == meant
