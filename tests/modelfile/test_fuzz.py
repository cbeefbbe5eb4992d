"""Any text is either a valid model or rejected with its problems."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.errors import InvalidModelError
from doge_datagen.model import Spec
from doge_datagen.modelfile.load import loads
from tests.effort import with_examples

EXAMPLE = """\
doge: 1
name: bank
clock: {start: 2022-02-11, tick: 1 min}
subjects: {name: user, count: 10, attributes: {balance: 0, tier: {type: string, values: [a], start: "'a'"}}}
states: [offline, online]
initial: {offline: 90, online: 10}
transitions:
  - trigger: login
    from: offline
    to: online
    probability: 70
    do: |
      balance += 1
    emit: [clicks]
streams: {clicks: {key: str(balance), fields: {event: trigger}, headers: {tier: tier}}}
targets: {local: {clicks: out/clicks.jsonl}}
"""
LINES = EXAMPLE.splitlines(keepends=True)
PIECES = (
    *" :,-{}[]#&*!|>'\"%@`~?\n\t\\",
    *("  ", ": ", "- ", "&a ", "*a", "<<: *a", "<<: {a: 1}", "!!str ", "!x ", "? ", "---\n", "...\n", "%YAML 1.1\n"),
    *(
        "null",
        "true",
        ".inf",
        ".nan",
        "1e999",
        "-1",
        "0",
        "9" * 500,
        "010",
        "0x",
        "1_0",
        "1e6",
        "2**70",
        "\x00",
        "\ufeff",
    ),
    *(
        "on",
        "[]",
        "{}",
        "''",
        "[[]]",
        "{a: {a: {a: 1}}}",
        "local",
        "offline",
        "clicks",
        "from",
        "console",
        "until: 1 d, ",
    ),
    *(
        "\ufeff",
        "\ud800",
        "\u2028",
        "\x85",
        "\U0001f600",
        '"\\ud83d\\ude00"',
        '"\\ud800"',
        "0 s",
        "10000-01-01",
        "0001-01-01",
    ),
)
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "replace", "delete", "double", "indent", "swap"]),
        st.integers(0, 10**6),
        st.sampled_from(PIECES) | st.text(max_size=3),
    ),
    min_size=1,
    max_size=6,
)


def mutated(edits):
    text = EXAMPLE
    for edit, at, piece in edits:
        start = at % (len(text) + 1)
        end = text.find("\n", start) + 1 or len(text)
        match edit:
            case "insert":
                text = text[:start] + piece + text[start:]
            case "replace":
                text = text[:start] + piece + text[start + max(len(piece), 1) :]
            case "delete":
                text = text[:start] + text[start + at % 30 :]
            case "double":
                text = text[:start] + text[start:end] * 2 + text[end:]
            case "indent":
                text = text[:end] + " " * (at % 7) + text[end:]
            case "swap":
                text = text[:start] + LINES[at % len(LINES)] + text[end:]
    return text


def problems(text, **overrides):
    try:
        assert isinstance(loads(text, name="bank.yaml", overrides=overrides).spec, Spec)
    except InvalidModelError as error:
        return error.problems
    return ()


def assert_is_a_model_or_reported(text):
    lines = text.count("\n") + 10  # PyYAML splits lines at more characters than others
    for problem in problems(text):
        assert problem.message
        assert problem.file == "bank.yaml"
        assert problem.line <= lines


@pytest.mark.slow
@given(EDITS)
@with_examples(1500)
def test_any_edit_of_a_model_gives_a_valid_model_or_its_problems(edits):
    assert_is_a_model_or_reported(mutated(edits))


@given(st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@with_examples(500)
def test_any_text_gives_a_valid_model_or_its_problems(text):
    assert_is_a_model_or_reported(text)


@given(
    st.sampled_from(["subjects.count", "clock", "transitions.login", "transitions.0.probability", "x.y", "states"]),
    st.lists(st.sampled_from(PIECES), max_size=4).map("".join),
)
@with_examples(100)
def test_any_replaced_value_gives_a_valid_model_or_its_problems(key, value):
    assert all(str(problem) for problem in problems(EXAMPLE, **{key: value}))


def test_the_model_to_mutate_is_valid():
    assert loads(EXAMPLE).spec.name == "bank"
