import pytest

from doge_datagen.errors import ModelError
from doge_datagen.sinks.environment import filled, has_variables, hidden, unfilled


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
def test_a_text_becomes(text, becomes):
    assert filled(text, "there") == becomes


@pytest.mark.parametrize("value", [3, 0.5, True, None])
def test_what_is_no_text_stays(value):
    assert filled(value, "there") is value


def test_the_texts_of_a_mapping_are_filled_in():
    assert filled({"a": "${DOGE_TEST_NAME}", "b": 1}, "there") == {"a": "shibe", "b": 1}


@pytest.mark.parametrize("text", ["${", "${}", "secret${1A}", "${A B}", "${DOGE_TEST_NAME", "${DOGE_TEST_NAME-x}"])
def test_what_begins_no_variable_is_told_without_the_text(text):
    with pytest.raises(ModelError) as caught:
        filled(text, "targets.local.trx")
    assert str(caught.value) == (
        "targets.local.trx: has a '${' that begins no variable; write ${NAME} or ${NAME:-default}"
    )


def test_a_missing_variable_is_told_with_the_nearest_there_is():
    with pytest.raises(ModelError, match=r"no variable DOGE_TEST_NAM; .*; did you mean 'DOGE_TEST_NAME'\?") as caught:
        filled("${DOGE_TEST_NAM}", "there")
    assert "shibe" not in str(caught.value)


def test_everything_that_is_missing_is_told_once_a_text():
    value = {
        "a": "${DOGE_TEST_MISSING}${DOGE_TEST_MISSING}${DOGE_TEST_NAME}",
        "b": {"c": "${", "d": "${DOGE_TEST_MISSED}"},
    }
    found = [(error.place, str(error).split("; ")[0].partition(": ")[2]) for error in unfilled(value, "there")]
    assert found == [
        ("there.a", "the environment has no variable DOGE_TEST_MISSING"),
        ("there.b.c", "has a '${' that begins no variable"),
        ("there.b.d", "the environment has no variable DOGE_TEST_MISSED"),
    ]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("'shibe' is wrong", "'${DOGE_TEST_NAME}' is wrong"),
        ("x://shibe:1/y", "x://${DOGE_TEST_NAME}:1/y"),
        ("shibes are fine", "shibes are fine"),
        ("'shibea' is wrong", "'${DOGE_TEST_NAME:-x}${DOGE_TEST_EMPTY}${DOGE_TEST_SHORT}' is wrong"),
        ("it has a name", "it has a name"),
    ],
)
def test_a_value_is_hidden_in_a_message_behind_its_name(message, shown, monkeypatch):
    monkeypatch.setenv("DOGE_TEST_SHORT", "a")
    assert hidden(message, {"a": "${DOGE_TEST_NAME:-x}${DOGE_TEST_EMPTY}${DOGE_TEST_SHORT}"}) == shown


@pytest.mark.parametrize(
    ("text", "message", "shown"),
    [
        ("a${DOGE_TEST_NAME}", "no 'ahunter2!x'", "no 'a${DOGE_TEST_NAME}'"),
        ("out/my${DOGE_TEST_NAME}.cvs", "no 'out/myhunter2!x.cvs'", "no 'out/my${DOGE_TEST_NAME}.cvs'"),
        ("a${DOGE_TEST_NAME},b", "no 'ahunter2!x'", "no 'a${DOGE_TEST_NAME}'"),
        ("${DOGE_TEST_NAME}", "no hunter2!xy", "no ${DOGE_TEST_NAME}y"),
        ("${DOGE_TEST_NAME:-b}", "no 'hunter2!x'", "no '${DOGE_TEST_NAME:-b}'"),
        ("${DOGE_TEST_MISSING:-topic}", "no 'topic'", "no 'topic'"),
        ("${DOGE_TEST_NAME}-${DOGE_TEST_NESTED}", "no DOGE_TEST_NAME", "no DOGE_TEST_NAME"),
        (
            "${DOGE_TEST_NESTED}${DOGE_TEST_NAME}",
            "no ${DOGE_TEST_NAME}hunter2!x",
            "no ${DOGE_TEST_NESTED}${DOGE_TEST_NAME}",
        ),
    ],
)
def test_a_value_within_a_text_is_hidden(text, message, shown, monkeypatch):
    monkeypatch.setenv("DOGE_TEST_NAME", "hunter2!x")
    assert hidden(message, {"at": text, "size": 3}) == shown


def test_a_value_that_a_message_quotes_is_hidden_too(monkeypatch):
    value = "a\\b'c"
    monkeypatch.setenv("DOGE_TEST_NAME", value)
    assert hidden(f"{value!r} is wrong", "${DOGE_TEST_NAME}") == '"${DOGE_TEST_NAME}" is wrong'


@pytest.mark.parametrize(
    ("value", "has"), [("a${B}", True), ("a$B", False), (3, False), ({"a": {"b": "${C}"}}, True), ({"${A}": 1}, False)]
)
def test_variables_are_seen(value, has):
    assert has_variables(value) is has
