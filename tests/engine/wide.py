"""Random models that are wide and mix types: more attributes, fields, streams and parts than compilers like."""

from __future__ import annotations

import re
from random import Random

from doge_datagen.model import Attribute, Clock, Population, Spec, Stream, Transition

KINDS = ("integer", "float", "boolean", "string")
LEAVES = {
    "integer": ["index", "3", "(-2)"],
    "float": ["0.5", "(-1.25)"],
    "boolean": ["True", "(index > 1)"],
    "string": ["'basic'", "'gold'"],
    "text": ["'é'", "str(index)"],
}
FORMS = {
    "integer": [
        *("(<integer> + <boolean>)", "(<integer> if <boolean> else <boolean>)", "min(<integer>, <boolean>, 7)"),
        *("(<integer> % 99 // (<integer> % 5 + 9))", "int(<number> % 1000)", "(-<boolean>)"),
    ],
    "float": [
        *("(<float> - <number>)", "(<number> if <boolean> else <float>)", "max(<boolean>, <float>)"),
        *("(<number> / 4)", "float(<boolean>)", "round(<float>, 1)"),
    ],
    "boolean": [
        *("(<number> < <float>)", "(<float> == <boolean>)", "(<boolean> and <number>)", "(<number> or <boolean>)"),
        *(
            "(<number> in (<float>, <integer> % 7, <boolean>))",
            "(not <number>)",
            "(<boolean> if <number> else <boolean>)",
        ),
    ],
    "string": ["(<string> if <boolean> else <string>)"],
    "text": [
        *("str(<number>)", "(<text> if <boolean> else <text>)", "(<string> + <text>)", "str(<string>)"),
        *("(<text> if index == 1 else str(<integer> // (index - 1)))", "f'{<integer>:05d}|{<float>:.2f}|{<boolean>}'"),
    ],
}
DRAWN = {
    "integer": ["choice([<integer>, <boolean>, 3])", "randint(0, 9)"],
    "float": ["choices([<number>, 1.5, <boolean>], weights=[1, 2, 3])[0]", "uniform(<boolean>, <number> % 9)"],
    "boolean": ["(random() < 0.5)", "choice([<boolean>, <boolean>])"],
    "string": ["choice([<string>, 'basic'])"],
    "text": ["choice([<string>, 'ß'])"],
}
COLUMNS, PARTS = 33, 32


class ExpressionMaker:
    """Makes random expressions of a given type from the names defined so far."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.names = {kind: list(leaves) for kind, leaves in LEAVES.items()}

    def expression(self, kind: str, depth: int = 2, *, drawn: bool = True) -> str:
        """An expression."""
        if kind == "number":
            kind = self.random.choice(KINDS[:3])
        if not depth or self.random.random() < 0.2:
            return self.random.choice(self.names[kind])
        form = self.random.choice([*FORMS[kind], *(DRAWN[kind] if drawn else ())])
        return re.sub("<([a-z]+)>", lambda it: self.expression(it[1], depth - 1, drawn=drawn), form)

    def kinds(self, count: int) -> list[str]:
        """So many types, in rotation."""
        return [KINDS[number % len(KINDS)] for number in range(count)]


def wide(seed: int) -> Spec:
    """A model."""
    maker = ExpressionMaker(seed)
    attributes: dict[str, Attribute | str] = {}
    kinds = dict(zip((f"a{number}" for number in range(COLUMNS)), maker.kinds(COLUMNS), strict=True))
    for name, kind in kinds.items():
        start = maker.expression("boolean" if kind == "float" and maker.random.random() < 0.3 else kind)
        values = ["basic", "gold", "ß"] if kind == "string" else None
        attributes[name] = Attribute(start, None if kind == "string" else kind, values)
        maker.names[kind].append(name)
    attributes["held"] = " + ".join(maker.expression("text", 1) for _ in range(PARTS))
    written = [f"{name} = {_given(maker, kind)}" for name, kind in kinds.items() if maker.random.random() < 0.9]
    maker.names["text"].append("held")
    half = len(written) // 2
    acts = [*written[:half], f"if {maker.expression('boolean')}:", *(f"    {line}" for line in written[half:])]
    acts.append(f"return {maker.expression('boolean')} or {maker.expression('number')} != 3 or index == 0")
    fields = {f"f{number}": maker.expression(kind) for number, kind in enumerate(maker.kinds(COLUMNS))}
    key = " + ".join(maker.expression("text", 1, drawn=False) for _ in range(PARTS))
    headers = {f"h{kind}": maker.expression(kind, drawn=False) for kind in KINDS}
    streams = {"fields": Stream(fields, "held", headers), "key": Stream({"index": "index"}, key)}
    transitions = [
        Transition("act", "on", "off", 60, do="\n".join(acts), emit=list(streams)),
        Transition("back", "off", "on", 100, do=f"a0 = {maker.expression('integer')} % 100", emit="key"),
    ]
    return Spec.of_one(
        "wide", Population("one", 7, attributes), ["on", "off"], "on", transitions, streams, Clock(0, 1000, 12)
    )


def _given(maker: ExpressionMaker, kind: str) -> str:
    """An expression to assign to an attribute: of its type or convertible to it, and small."""
    if kind == "integer":
        return f"{maker.expression(maker.random.choice(['integer', 'boolean']))} % 1000"
    return maker.expression("number") + " % 1000" if kind == "float" else maker.expression(kind)
