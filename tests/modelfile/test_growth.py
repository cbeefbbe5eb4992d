"""Work is linear in the size of a model file, valid or not: counted in executed lines, not in seconds."""

import sys
from contextlib import suppress

import pytest

from doge_datagen.errors import InvalidModelError
from doge_datagen.modelfile.load import loads
from doge_datagen.program.compilation import compile_spec

SIZE = 120
AT_MOST = 2.2  # limit of the ratio to half the size; quadratic work would be 3 to 4
PARTS = {
    "top": "",
    "attributes": "",
    "states": "a, b",
    "initial": "a",
    "emit": "s",
    "do": "pass",
    "transitions": "",
    "fields": "{i: index}",
    "streams": "",
    "targets": "",
}
MODEL = """doge: 1
name: m
{top}clock: {{tick: 1 s, ticks: 10}}
subjects:
  name: u
  count: 2
  attributes:
    x: 0
{attributes}states: [{states}]
initial: {initial}
transitions:
  - {{trigger: go, from: a, to: b, probability: 1, emit: [{emit}], do: "{do}"}}
  - {{trigger: back, from: b, to: a, probability: 1}}
{transitions}streams:
  s:
    fields: {fields}
{streams}targets:
  local: {{s: console}}
{targets}"""


def lines(text, size):
    return "".join(f"{text.replace('#', str(number))}\n" for number in range(size))


def listed(text, size):
    return ", ".join(text.replace("#", str(number)) for number in range(size))


GROWING = {
    "computed fields": lambda n: {"fields": "\n" + lines("      f#: index + #", n)},
    "fields that are strings": lambda n: {"fields": "\n" + lines("      f#: \"'a' + str(index + #)\"", n)},
    "constant attributes": lambda n: {"attributes": lines("    a#: #", n)},
    "drawn attributes": lambda n: {"attributes": lines("    a#: randrange(#, 1000)", n)},
    "strings made at the start": lambda n: {
        "attributes": lines("    a#: f'#-{{index}}'".replace("{{index}}", "{index}"), n)
    },
    "values": lambda n: {"attributes": f"    a: {{values: [{listed('v#', n)}], start: \"'v1'\"}}\n"},
    "states": lambda n: {
        "states": "a, b, " + listed("s#", n),
        "transitions": lines("  - {trigger: t#, from: a, to: s#, probability: 0.001, emit: s}", n),
    },
    "actions": lambda n: {"transitions": lines("  - {trigger: t#, from: a, to: b, probability: 0.001, do: x += #}", n)},
    "streams": lambda n: {"emit": "s, " + listed("s#", n), "streams": lines("  s#: {fields: {i: index}}", n)},
    "rows to choose from": lambda n: {"fields": "\n" + lines("      f#: choice([1, 2, 3, 4, 5, 6, 7, 8, #])", n)},
    "initial weights": lambda n: {
        "states": "a, b, " + listed("s#", n),
        "initial": f"{{{listed('s#: 1', n)}}}",
        "transitions": lines("  - {trigger: t#, from: s#, to: a, probability: 1}", n),
    },
    "unknown keys": lambda n: {"top": lines("qqq#: 1", n)},
    "unknown keys of a transition": lambda n: {"transitions": lines("  - {trigger: t#, from: a, to: b, zzz: 1}", n)},
    "malformed transitions": lambda n: {"transitions": lines("  - {trigger: [], from: [], to: b, probability: x}", n)},
    "keys given twice": lambda n: {"top": lines("name: m", n)},
    "unknown states": lambda n: {
        "states": "a, b, " + listed("s#", n),
        "transitions": lines("  - {trigger: t#, from: s#, to: zz#, probability: 1}", n),
    },
    "states given twice": lambda n: {"states": "a, b, " + listed("a", n)},
    "unknown names": lambda n: {"attributes": lines("    a#: 0", n), "fields": "\n" + lines("      f#: zz#", n)},
    "unknown streams": lambda n: {"emit": "s, " + listed("zz#", n)},
    "unknown streams of targets": lambda n: {"targets": lines("  t#: {zz#: console}", n)},
    "pieces that commas cut off": lambda n: {"transitions": f"  - {{trigger: t, do: f({listed('#', n)}\n"},
}
VALID = (*GROWING,)[:11]


def work(function, given):
    """The number of Python lines executed to load a model, to check it, or to report its errors."""
    count = 0

    def trace(_frame, event, _argument):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with suppress(InvalidModelError):
            function(given)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.slow
@pytest.mark.parametrize("grown", GROWING.values(), ids=GROWING)
def test_loading_is_linear_in_the_size_of_the_file(grown):
    half, whole = (MODEL.format(**PARTS | grown(size)) for size in (SIZE, 2 * SIZE))
    work(loads, MODEL.format(**PARTS))  # warm up what is done once for all models
    assert work(loads, whole) / work(loads, half) < AT_MOST


@pytest.mark.parametrize("grown", [GROWING[name] for name in VALID], ids=VALID)
def test_checking_is_linear_in_the_size_of_the_model(grown):
    half, whole = (loads(MODEL.format(**PARTS | grown(size))).spec for size in (SIZE, 2 * SIZE))
    assert work(compile_spec, whole) / work(compile_spec, half) < AT_MOST
