"""Any text is rejected with an error message or becomes code that calls only allowed functions."""

import ast
import linecache

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from doge_datagen.engine.codegen import ALWAYS, ENDS
from doge_datagen.language.time.calls import CALENDAR
from doge_datagen.numeric.functions import DRAWN
from doge_datagen.program.translation import translate
from tests.effort import examples, with_examples
from tests.language.translating import ATTRIBUTES, code_of, names, spec_of
from tests.language.unusual_code import (
    FUNCTIONS,
    GOOD,
    deep,
    function_of,
    mutated,
    mutated_functions,
    noise,
    syntax,
    syntax_of_functions,
)

CALLED = {
    *("add", "subtract", "multiply", "negate", "absolute", "floor_divide", "modulo", "power"),
    *("divide", "float_floor_divide", "float_modulo", "float_power", "float_absolute", "least", "greatest", "chosen"),
    *("to_int", "floor_of", "ceil_of", "round_of", "round_to", "bisect_right", "shift", "int", "float", *DRAWN),
    *(f"{part}_of" for part in CALENDAR),
    *(
        "gamma_of",
        "beta_of",
        "to_local",
        "floor_to",
        "add_months",
        "next_time",
        "square_root",
        "exp",
        "log",
        "log2",
        "log10",
        "sin",
        "cos",
        "tan",
    ),
}
"""The functions that the code of a model may call."""
GIVEN = {*ALWAYS, *ENDS, *(f"a_{name}" for name in ATTRIBUTES)}
NODES = (
    *(ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.If, ast.Pass),
    *(ast.Tuple, ast.Name, ast.Constant, ast.Call, ast.Compare, ast.BoolOp, ast.IfExp, ast.BinOp, ast.UnaryOp),
    *(ast.Subscript, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
)
WAYS = {
    "do": ("transitions", 0, "do"),
    "field": ("streams", "out", "fields", "x"),
    "start": ("subjects", "attributes", "new", "start"),
    "key": ("streams", "out", "key"),
    "header": ("streams", "out", "headers", "x"),
}
"""The positions of code in a model, and the path of its problems."""


def model_with(do=None, field=None, start=None, key=None, header=None):
    """A model with the given code."""
    named = {"fields": field, "headers": header}
    beside = {name: {"x": text} for name, text in named.items() if text is not None}
    return spec_of(do=do, key=key, attributes=None if start is None else {"new": start}, **beside)


def check_code(code):
    tree = ast.parse(code)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        assert isinstance(node, NODES), ast.dump(node)
        if isinstance(node, ast.Constant):
            assert isinstance(node.value, bool | int | float), node.value
        if isinstance(node, ast.Name) and id(node) in called:
            assert node.id in CALLED, node.id
        elif isinstance(node, ast.Name):
            assert (
                node.id in GIVEN
                or node.id == "a_new"
                or node.id.startswith(("v_", "c_", "row_"))
                or node.id == "verdict"
            ), node.id
        if isinstance(node, ast.FunctionDef):
            assert not node.decorator_list
            assert {it.arg for it in node.args.args} <= {*GIVEN, "a_new"}


def lines_of(text):
    return text.count("\n") + text.count("\r") + text.count("\f") + 1


def refused(spec, lines):
    """The paths with a problem; asserts that code without one calls only what is allowed."""
    program, problems = translate(spec)
    for problem in problems:
        assert problem.message
        assert problem.path[0] in ("transitions", "streams", "subjects")
        assert 0 <= problem.line <= lines
    if not problems:
        check_code(code_of(program))
    return {problem.path for problem in problems}


def check(text, transition):
    """Return whether a text is accepted."""
    return not refused(model_with(**{transition: text}), lines_of(text))


def check_all(texts):
    """Check one text per position: first all in one model, which is fast, then each accepted one alone."""
    note(repr(texts))
    placed = dict(zip(WAYS, texts, strict=True))
    result = refused(model_with(**placed), max(map(lines_of, texts)))
    for transition, text in placed.items():
        if WAYS[transition] not in result:
            check(text, transition)


def check_function(body):
    """Return whether Python and the model accept a function."""
    function = function_of(body)
    taken = function is not None and not refused(spec_of(do=function), lines_of(body) + 1)
    linecache.clearcache()
    return taken


TEXTS = {"noise": (noise, 2500), "mutated": (mutated, 4000), "syntax": (syntax, 3500), "deep": (deep, 100)}
BODIES = {"mutated": (mutated_functions, 600), "syntax": (syntax_of_functions, 600)}


@pytest.mark.slow
@pytest.mark.fuzz
@pytest.mark.parametrize(("strategy", "texts"), TEXTS.values(), ids=TEXTS)
def test_any_text_is_rejected_or_calls_only_what_is_allowed(strategy, texts):
    """Each Hypothesis example has five texts, all of which shrink."""
    every_way = given(st.tuples(*[strategy] * len(WAYS)))(check_all)
    settings(max_examples=examples(texts) // len(WAYS))(every_way)()


@pytest.mark.slow
@pytest.mark.fuzz
@pytest.mark.parametrize(("strategy", "bodies"), BODIES.values(), ids=BODIES)
def test_any_function_is_rejected_or_calls_only_what_is_allowed(strategy, bodies):
    @with_examples(bodies)
    @given(strategy)
    def accepted(body):
        note(body)
        check_function(body)

    accepted()


@pytest.mark.parametrize("text", GOOD[:-1], ids=range(len(GOOD) - 1))
def test_the_actions_to_mutate_are_valid(text):
    assert check(text, "do")


@pytest.mark.parametrize("body", FUNCTIONS, ids=range(len(FUNCTIONS)))
def test_the_functions_to_mutate_are_valid(body):
    assert check_function(body)


def test_every_allowed_function_exists():
    assert CALLED - {"int", "float"} <= names().keys()


@pytest.mark.parametrize(
    "text", ["__import__('os')", "index.__class__", "().__class__.__bases__", "eval('1')", "open('x')"]
)
@pytest.mark.parametrize("transition", WAYS)
def test_code_that_reaches_outside_is_rejected(text, transition):
    assert not check(text, transition)
