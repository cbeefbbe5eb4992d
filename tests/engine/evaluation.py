"""Expressions whose parts Python evaluates or skips, in every position of a model, and what Python does with each.

They form one model, which is compiled once. Each expression in each position is a numbered case, and ``HAZARD`` divides
by zero if the attribute ``case`` has that number. The start of the clock selects the case.
"""

from dataclasses import replace
from functools import cache

from doge_datagen.engine.compiled.engine import CompiledEngine
from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.errors import CalculationError
from doge_datagen.model import Clock, Population, Spec, Stream, Transition
from tests.compiling import program_of

ENGINES = {"interpreted": InterpretedEngine, "compiled": CompiledEngine}
HAZARD = "(1 / (case - {}))"
NUMBERS = """
H
1 if index == 0 else H
H if index == 0 else 1
1 if H else 2
2 if index == 0 else H
index > 5 and H
index < 5 and H
H and index > 5
index > 5 and H and index
index < 5 or H
index > 5 or H
index < 5 or H or index
index > 5 and H or index > 6
not H
not (index < 5 or H)
0 <= index < H
index > 5 > H
index < 5 < 6 < H
index > 5 < 6 < H
H < 5 < 4
index in (index, H)
index in (H, index)
index in (7, index, H)
index not in (index, 1, H)
index in (True, H)
index in [0, 1 if index == 0 else H]
index > 5 and index in (index, H)
index in (index, H) and index > 5
H in ()
H not in ()
H in (1, 2)
min(-9, H)
max(H, 9, index)
min(2, 1 if index == 0 else H)
max(1, H)
abs(H)
-H
+H
int(H / 3)
round(H / 3, 1)
floor(H + 0.5)
float(H)
bool(H)
H ** 2
H % 7
H / 4
index * H
sqrt(abs(H))
timestamp + int(H) > timestamp
hour(timestamp + int(H))
year(timestamp if index == 0 else timestamp + int(H))
(1 if index == 0 else H) + (H if index > 5 else 2)
"""
DRAWN = """
choice([1, H])
choice([H, 1])
choice([1, H])
choice([True, H > 3])
choice([1, 2 if index == 0 else H])
choices([1, H], weights=[1, 0])[0]
choices([H, 1, 2], weights=[0, 1, 1])[0]
index > 5 and choice([1, H]) > 0
randint(1, 1 + abs(int(H)))
uniform(H, 2)
random() < 2 or H > 0
random() > 2 and H > 0
gauss(0, 1) if index == 0 else gauss(H, 1)
"""
TEXTS = """
str(H)
f'{H}'
f'{H:06.2f}'
f'{index}{H}'
'a' + str(H)
'a' if index == 0 else str(H)
str(H) if index == 0 else 'a'
'a' if H else 'b'
'a' if index < 5 or H else 'b'
'a' if index > 5 or H else 'b'
'a' if index == 0 else f'{index}-{H}-{index}'
('a' if index > 5 else str(H)) if index > 3 else 'b'
('a' if index > 5 else str(H)) if index < 3 else 'b'
'a' if index < 3 else 'b' if H else str(H)
'a' if index > 3 else 'b' if index == 0 else str(H)
'a' + ('b' if index == 0 else str(H)) + 'c'
f"{'a' if index == 0 else str(H)}!"
f'{1 if index == 0 else H}'
f'{index in (index, H)}'
str(1 if index == 0 else H)
str(min(1, H))
'a' if index == 0 else str(timestamp + int(H) > timestamp)
"""
DRAWN_TEXTS = """
choice(['a', 'b' if H else 'c'])
'a' if index == 0 else choice(['a', 'b' if H else 'c'])
'a' if choice([1, H]) else 'b'
"""
ACTIONS = """
require(index < 5 or H)
require(index > 5 or H)
require(index > 5 and H)
return index < 5 or H > 0
return index > 5 and H > 0
return H > 0
if index == 0: return; x = H
if index == 0: return True
x = 1; x += H
x = 5; x //= 1 if index == 0 else H
x = 1; require(index > 5); x = H
require(index in (0, H))
"""


def lines(text):
    """The non-empty lines."""
    return [line for line in text.splitlines() if line]


CALCULATED = [*lines(NUMBERS), *lines(DRAWN)]
BRANCHES = ["if index {0} 0: x = 1\nelse: x = H", "x = 1\nif index {0} 0: x = H"]
STATEMENTS = [*lines(ACTIONS), *(it.format(sign) for it in BRANCHES for sign in ("==", ">"))]
EVERY = 4
PLACES = {
    "field": CALCULATED,
    "text field": [*lines(TEXTS), *lines(DRAWN_TEXTS)],
    "statement": STATEMENTS,
    "start": CALCULATED[::EVERY],
    "do": CALCULATED[1::EVERY],
    "key": [*lines(NUMBERS)[2::EVERY], *lines(TEXTS)[::EVERY]],
    "header": [*lines(NUMBERS)[3::EVERY], *lines(TEXTS)[1::EVERY]],
    "held text": [*lines(TEXTS)[2::EVERY], *lines(DRAWN_TEXTS)],
}
"""The expressions tested in each position: all in fields and statements, a quarter in each of the others."""
TOGETHER = 8
"""The number of expressions summed in one field; with a field for each, compiling the model would take minutes."""
FIRST = {place: 1000 * (number + 1) for number, place in enumerate(PLACES)}
NONE = 1
"""The number of a case in which nothing divides by zero."""


def written(place):
    """The expressions of a position by case number."""
    return {
        FIRST[place] + at: text.replace("H", HAZARD.format(FIRST[place] + at)) for at, text in enumerate(PLACES[place])
    }


def sums(place, form):
    """The expressions of a position as sums, by name."""
    texts = [form.format(text) for text in written(place).values()]
    groups = [texts[first : first + TOGETHER] for first in range(0, len(texts), TOGETHER)]
    return {f"{place.replace(' ', '_')}{number}": " + ".join(group) for number, group in enumerate(groups)}


def action():
    """The source text of the action."""
    acts = [f"{name} = {text}" for name, text in sums("do", "({})").items()]
    for case, text in written("statement").items():
        acts += [f"if case == {case}:", *(f"    {line}" for line in text.replace(". Hint: ", "\n").splitlines())]
    return "\n".join(acts)


def spec():
    """The model with all cases in all positions."""
    attributes = {"case": "int(timestamp) / 1000", **sums("start", "({})"), **sums("held text", "({})")}
    fields = {**sums("field", "({})"), **sums("text field", "({})")}
    key = " + ".join(sums("key", "str({})").values())
    return Spec.of_one(
        "evaluation",
        Population("one", 1, attributes),
        ["on"],
        "on",
        [Transition("act", "on", "on", 100, do=action(), emit="out")],
        {"out": Stream(fields, key, sums("header", "str({})"))},
        Clock(NONE * 1000, 1, 1),
    )


@cache
def program():
    """The program, created once."""
    return program_of(spec())


def faults(engine, case):
    """Whether a case ends the run of an engine with a fault."""
    whole = program()
    started_at = replace(whole, spec=replace(whole.spec, clock=Clock(case * 1000, 1, 1)))
    try:
        ENGINES[engine](started_at, seed=1).window(1)
    except CalculationError:
        return True
    return False


class BlockedError(Exception):
    """Raised by ``require`` in Python."""


def _require(condition):
    if not condition:
        raise BlockedError


def _draw(low, *_):
    return low


PYTHON = {
    "index": 0,
    "timestamp": 0,
    "choice": lambda values: values[0],
    "choices": lambda values, weights: values,
    "randint": _draw,
    "uniform": _draw,
    "gauss": _draw,
    "random": lambda: 0.5,
    "floor": int,
    "sqrt": abs,
    "hour": abs,
    "year": abs,
    "require": _require,
}
"""Functions that the expressions call in Python; only whether they raise matters."""


def raises(place, case):
    """Whether Python raises in a case."""
    text = written(place)[case].replace(". Hint: ", "\n")
    body = text if place == "statement" else f"x = {text}"
    names = {**PYTHON, "case": float(case)}
    exec("def f():\n" + "\n".join(f"    {line}" for line in body.splitlines()), names)
    try:
        names["f"]()
    except ZeroDivisionError:
        return True
    except BlockedError:
        return False
    return False
