"""Small models with one expression or action, and the results of their code."""

from functools import cache

from doge_datagen.engine.codegen import actions, functions_of
from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.lookup_data import ModelData
from doge_datagen.language.parse import expression
from doge_datagen.language.scope import INDEX, NOW, TICK, Scope
from doge_datagen.model import Attribute, Clock, Population, Spec, Stream, Transition
from doge_datagen.numeric.functions import plain_names
from doge_datagen.program.translation import translate
from tests.compiling import program_of

ATTRIBUTES = {
    "balance": 100,
    "rate": 0.5,
    "active": True,
    "tier": Attribute("'basic'", values=["basic", "gold"]),
    "born": Attribute("timestamp - 1000", "timestamp"),
    "city": "'Riga'",
    "email": "f'user{index}@example.org'",
}
"""One attribute of each type; only ``city`` is never assigned, and ``email`` is a string built at the start."""
KEPT = "balance += 0\nrate += 0.0\nactive = not active\ntier = 'gold'\n"


def spec_of(*, do=None, fields=None, attributes=None, key=None, headers=None, **more):
    """A model with one state and simple defaults."""
    return Spec.of_one(
        "model",
        Population("user", more.get("count", 3), {**ATTRIBUTES, **(attributes or {})}),
        ["on"],
        "on",
        [Transition("act", "on", "on", 100, do=do, emit="out"), Transition("other", "on", "on", 0, do=KEPT)],
        {"out": Stream(fields or {"index": "index"}, key, headers or {})},
        more.get("clock", Clock(1_000_000, 1000, 5)),
        zone=more.get("zone", "UTC"),
    )


def errors_of(**given):
    """All errors of a model, each with its location."""
    return [str(problem) for problem in translate(spec_of(**given))[1]]


def errors_of_action(do, **given):
    """The errors of an action, without the path."""
    return [line.removeprefix("transitions[0].do").removeprefix(": ").lstrip() for line in errors_of(do=do, **given)]


def errors_of_field(text, **given):
    """The errors of a field, without the path."""
    lines = errors_of(fields={"x": text}, **given)
    return [line.removeprefix("streams.out.fields.x").removeprefix(": ").lstrip() for line in lines]


@cache
def names():
    return plain_names()


def scalar(text):
    """A translated expression of index, tick and timestamp, and its lookup rows."""
    data = ModelData()
    scope = Scope({"index": INDEX, "tick": TICK, "timestamp": NOW}, data, 7)
    return ExpressionTranslator(scope).scalar(expression(text)), data.rows


def value_of(text, index=3, tick=5, timestamp=1_000_000):
    """The value and fault of an expression of numbers."""
    typed, rows = scalar(text)
    fault = [0]
    given = {**names(), **rows, "fault": fault, "key0": 1, "key1": 2}
    result = eval(typed.code, given | {"subject": index, "tick": tick, "timestamp": timestamp})
    return result, fault[0]


def act(do, *, trigger=0, tick=5, **start):
    """The effect of an action: whether it is accepted, the attributes it assigns, and the fault."""
    program = program_of(spec_of(do=do))
    return run_action(program, trigger, tick, **start)


def run_action(program, number=0, tick=5, **start):
    scope = {**names(), **program.data.rows}
    exec("\n".join(function.text for function in functions_of(program)), scope)
    function, action = actions(program)[number], program.actions[number]
    life = {"balance": 100, "rate": 0.5, "active": True, "tier": 0, "born": 0, "city": 0, **start}
    fault = [0]
    reads = [life[name.removeprefix("a_")] for name in function.reads]
    happens, *values = scope[function.name](fault, 1, 2, 3, tick, 1_000_000 + tick * 1000, *reads)
    texts = program.texts.to_pylist()
    written = {
        name: texts[value] if name == "tier" else value for name, value in zip(action.writes, values, strict=True)
    }
    return bool(happens), written, fault[0]


def code_of(program):
    """All code of a program."""
    return "\n".join(function.text for function in functions_of(program))
