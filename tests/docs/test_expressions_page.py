"""The page about expressions and actions is correct and complete."""

import ast
import re

import pytest

from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.errors import CalculationError
from doge_datagen.language.calls import DRAWS, FUNCTIONS, NEEDED, SELECTIONS
from doge_datagen.language.scope import WORDS
from doge_datagen.model import Clock
from doge_datagen.numeric.faults import MESSAGES
from doge_datagen.program.translation import translate
from doge_datagen.run.simulation.windows import iterate_windows
from tests.compiling import program_of
from tests.docs.pages import ROOT, blocks
from tests.language.translating import act, spec_of

PAGE = ROOT / "docs" / "reference" / "expressions.md"
EXAMPLE = re.compile(r"^(?P<text>.+?) +# (?P<shown>.+)$")
EXPRESSIONS = [
    (match["text"], match["shown"])
    for block in blocks(PAGE)
    if block.language == "expression"
    for match in map(EXAMPLE.match, block.text.splitlines())
]
ACTIONS = [block.text for block in blocks(PAGE) if block.language == "action"]
CALLS = [
    call
    for row in PAGE.read_text().splitlines()
    if row.startswith("| `")
    for call in re.findall(r"`(\w+\(.*?\))`", row.split(" | ")[0])
]


def outcome(spec, value):
    """The result of an example, in the notation of the page."""
    problems = translate(spec)[1]
    if problems:
        return f"refused: {problems[0].message}"
    try:
        return value(program_of(spec))
    except CalculationError as error:
        return f"fault: {next(message for message in MESSAGES.values() if message in str(error))}"


def field_of(program):
    """The value for subject 3 at tick 5 in Python's notation; no example is a timestamp."""
    batches = [
        batch for window in iterate_windows(InterpretedEngine(program, 1), program.spec) for _, batch in window.batches
    ]
    rows = [row for batch in batches for row in batch.records.to_pylist()]
    return next(repr(row["x"]) for row in rows if (row["index"], row["tick"]) == (3, 5))


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS, ids=[text for text, _ in EXPRESSIONS])
def test_the_result_of_an_expression_is_that_on_the_page(text, expected):
    fields = {"x": text, "index": "index", "tick": "tick"}
    spec = spec_of(fields=fields, count=4, clock=Clock(1_000_000, 1000, 6))
    assert outcome(spec, field_of) == expected


@pytest.mark.parametrize("text", ACTIONS, ids=range(len(ACTIONS)))
def test_the_effect_of_an_action_is_that_on_the_page(text):
    result = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")]

    def done(_):
        happens, written, _ = act(text)
        return [f"{name} = {value!r}" for name, value in written.items()] if happens else ["rejected"]

    actual = outcome(spec_of(do=text), done)
    assert ([actual] if isinstance(actual, str) else actual) == result


def test_there_are_examples():
    assert len(EXPRESSIONS) > 40
    assert len(ACTIONS) == 4


def test_every_function_and_draw_is_on_the_page():
    assert {call.partition("(")[0] for call in CALLS} - {"require", "now", "print", "len"} >= set(FUNCTIONS)


def given(call):
    """The parameters of a call on the page, each with its default."""
    node = ast.parse(call, mode="eval").body
    needed = {argument.id: NEEDED for argument in node.args}
    return needed | {keyword.arg: keyword.value.value for keyword in node.keywords}


@pytest.mark.parametrize("name", DRAWS)
def test_every_draw_has_its_parameters(name):
    (call,) = (call for call in CALLS if call.startswith(f"{name}("))
    expected = {
        parameter: default if default is NEEDED or default is None else ast.literal_eval(default)
        for parameter, _, default in DRAWS[name]
    }
    assert given(call) == expected


def test_every_word_is_on_the_page():
    for name in (*WORDS, *SELECTIONS):
        assert f"`{name}" in PAGE.read_text()
