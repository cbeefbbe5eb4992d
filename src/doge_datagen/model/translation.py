"""From a spec to a program: every expression of a model translated, and everything wrong with them told."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from doge_datagen.draws import purpose_of
from doge_datagen.errors import InvalidModelError, Problem, did_you_mean
from doge_datagen.language.actions import Action, action
from doge_datagen.language.expressions import Expressions
from doge_datagen.language.kinds import INTEGER, KINDS, STRING, TIMESTAMP, Tables, Typed
from doge_datagen.language.operators import convert
from doge_datagen.language.parse import expression
from doge_datagen.language.refused import Refused
from doge_datagen.language.scope import INDEX, NOW, TICK, Scope, attribute_code
from doge_datagen.language.source import body_of
from doge_datagen.language.texts import Showing, Text
from doge_datagen.model.program import Program, Shape, Start
from doge_datagen.model.spec import Attribute, Spec, Stream
from doge_datagen.model.transition import Transition

ENDS = ("trigger", "from_state", "to_state")
Made = TypeVar("Made")
Path = tuple[str | int, ...]
Expression = str | float | bool


def purpose(spec: Spec, *names: str) -> int:
    """What keeps the draws of one part of a model apart from those of all others."""
    return purpose_of("/".join((spec.subjects.name, *names)))


def program_of(spec: Spec) -> Program:
    """The spec as a program.

    Raises:
        InvalidModelError: some expression is wrong.
    """
    translation = Translation(spec)
    program = translation.program()
    if translation.problems:
        raise InvalidModelError(translation.problems)
    return program


def problems_of(spec: Spec) -> list[Problem]:
    """Everything that is wrong with the expressions of a spec."""
    translation = Translation(spec)
    translation.program()
    return translation.problems


class Translation:
    """Translates a spec, and collects what is wrong on the way.

    Attributes:
        problems: what has been refused so far.
    """

    def __init__(self, spec: Spec) -> None:
        self.problems: list[Problem] = []
        self._spec = spec
        self._tables = Tables()
        self._bodies = [self._body(position, it) for position, it in enumerate(spec.transitions)]
        self._assigned: dict[str, frozenset[str]] = {}
        for name, texts in (pair for body in self._bodies for pair in _assignments(body)):
            self._assigned[name] = self._assigned.get(name, frozenset()) | texts
        self._starts: dict[str, Start] = {}

    def program(self) -> Program:
        """The program; only to be used where there are no problems."""
        spec = self._spec
        for name, attribute in spec.subjects.attributes.items():
            start = self._tried(("subjects", "attributes", name), partial(self._start, name, attribute))
            self._starts[name] = start or _unknown(name, attribute)
        actions = tuple(self._action(position, it) for position, it in enumerate(spec.transitions))
        shapes = {name: self._shape(name, stream) for name, stream in spec.streams.items()}
        return Program(spec, self._tables, tuple(self._starts.values()), actions, shapes)

    def _tried(self, path: Path, make: Callable[[], Made]) -> Made | None:
        try:
            return make()
        except Refused as refused:
            self._refuse(path, refused)
        except RecursionError:
            self._refuse(path, Refused(None, "nested too deep; take it apart"))
        return None

    def _refuse(self, path: Path, refused: Refused) -> None:
        self.problems.append(Problem(path, refused.message, refused.line, refused.column))

    def _body(self, position: int, transition: Transition) -> Sequence[ast.stmt]:
        if transition.do is None:
            return ()
        taken = self._spec.subjects.attributes
        return self._tried(("transitions", position, "do"), lambda: body_of(transition.do or "", taken)) or ()

    def _names(self) -> dict[str, Typed]:
        return {name: start.typed for name, start in self._starts.items() if start.text is None}

    def _held(self) -> frozenset[str]:
        return frozenset(name for name, start in self._starts.items() if start.text is not None)

    def _start(self, name: str, attribute: Attribute) -> Start:
        names = {"index": INDEX, "timestamp": NOW, **self._names()}
        scope = Scope(names, self._tables, purpose(self._spec, "attributes", name), self._held())
        showing = Showing(Expressions(scope))
        node = _parsed(attribute.start)
        text = showing.text(node) if attribute.values is None else None
        if text is not None and not _of_closed_set(scope, node):
            return self._held_text(name, attribute, text, showing)
        found = self._converted(node, Expressions(scope).scalar(node), attribute)
        kind = found.kind
        values = self._values(name, attribute, found)
        written = name in self._assigned
        stored = written or not (found.code == INDEX.code or found.constant is not None)
        code = attribute_code(name) if stored else found.code
        constant = None if written else found.constant
        return Start(name, Typed(code, kind, values, constant), stored, found.code)

    def _held_text(self, name: str, attribute: Attribute, text: Text, showing: Showing) -> Start:
        if attribute.type not in (None, STRING):
            raise Refused(None, f"{attribute.start!r} is a text, not a {attribute.type}")
        return Start(name, Typed("", STRING), stored=False, code="", text=text, columns=tuple(showing.columns))

    def _converted(self, node: ast.expr, value: Typed, attribute: Attribute) -> Typed:
        kind = attribute.type or value.kind
        if kind not in KINDS:
            raise Refused(None, f"type {kind!r} is none; {did_you_mean(kind, KINDS)}")
        if (kind, value.kind) == (TIMESTAMP, INTEGER):
            return Typed(value.code, TIMESTAMP, constant=value.constant)
        return convert(node, value, kind)

    def _values(self, name: str, attribute: Attribute, value: Typed) -> frozenset[str]:
        if attribute.values is None:
            return value.values | self._assigned.get(name, frozenset()) if value.kind == STRING else frozenset()
        if value.kind != STRING:
            raise Refused(None, f"values are for texts, and {attribute.start!r} is a {value.kind}")
        for strange in sorted(value.values - set(attribute.values)):
            hint = did_you_mean(strange, attribute.values)
            raise Refused(None, f"{strange!r} is none of the values of {name!r}; {hint}")
        for text in attribute.values:
            self._tables.text(text)
        return frozenset(attribute.values)

    def _action(self, position: int, transition: Transition) -> Action | None:
        body, spec = self._bodies[position], self._spec
        if not body:
            return None
        words = {"index": INDEX, "tick": TICK, "timestamp": NOW, **_constants(transition, self._tables)}
        names = {**words, **self._names()}
        targets = {name: self._starts[name].typed for name in self._assigned if name in self._names()}
        drawn_for = purpose(spec, "transitions", transition.from_state, transition.trigger)
        scope = Scope(names, self._tables, drawn_for, self._held(), targets)
        path = ("transitions", position, "do")
        found = self._tried(path, partial(action, body, scope))
        for refused in found[1] if found else ():
            self._refuse(path, refused)
        return found[0] if found else None

    def _shape(self, name: str, stream: Stream) -> Shape:
        feeding = [it for it in self._spec.transitions if name in it.emit]
        words = {"index": INDEX, "tick": TICK, "timestamp": NOW, **self._variables(feeding)}
        names = {**words, **self._names()}
        columns: list[Typed] = []
        fields: dict[str, int | Text] = {}
        kinds: dict[str, str] = {}
        for one, text in stream.fields.items():
            scope = Scope(names, self._tables, purpose(self._spec, "streams", name, one), self._held())
            found = self._tried(("streams", name, "fields", one), partial(_field, scope, text, columns))
            if found is not None:
                fields[one], kinds[one] = found
        silent = Scope(names, self._tables, 0, self._held(), draws=False)
        key = self._beside(("streams", name, "key"), silent, stream.key, columns)
        headers = {}
        for one, text in stream.headers.items():
            shown = self._beside(("streams", name, "headers", one), silent, text, columns)
            if shown is not None:
                headers[one] = shown
        return Shape(tuple(columns), fields, kinds, key, headers)

    def _beside(self, path: Path, scope: Scope, given: Expression | None, columns: list[Typed]) -> Text | None:
        if given is None:
            return None
        return self._tried(path, lambda: Showing(Expressions(scope), columns).shown(_parsed(given)))

    def _variables(self, feeding: Sequence[Transition]) -> dict[str, Typed]:
        """What differs between the transitions that feed one stream."""
        found = {end: frozenset(getattr(transition, end) for transition in feeding) for end in ENDS}
        for text in sorted(frozenset().union(*found.values())):
            self._tables.text(text)
        return {end: Typed(end, STRING, values) for end, values in found.items()}


def _constants(transition: Transition, tables: Tables) -> dict[str, Typed]:
    return {end: tables.text(getattr(transition, end)) for end in ENDS}


def _assignments(body: Sequence[ast.stmt]) -> Iterator[tuple[str, frozenset[str]]]:
    """The names that are assigned, each with the texts that are written beside it."""
    for node in (node for statement in body for node in ast.walk(statement)):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, frozenset(_texts(node.value))


def _texts(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _parsed(given: Expression) -> ast.expr:
    return expression(given) if isinstance(given, str) else ast.Constant(given)


def _unknown(name: str, attribute: Attribute) -> Start:
    """What stands for an attribute that cannot be, so that its other uses are looked at too."""
    plain = {bool: "boolean", int: INTEGER, float: "float"}.get(type(attribute.start), INTEGER)
    kind = attribute.type if attribute.type in KINDS else STRING if attribute.values else plain
    return Start(name, Typed(attribute_code(name), kind, frozenset(attribute.values or ())), stored=True, code="0")


def _of_closed_set(scope: Scope, node: ast.expr) -> bool:
    """Whether a text is one of a few that are known: it is one without putting texts together."""
    try:
        Expressions(scope).scalar(node)
    except Refused:
        return False
    return True


def _field(scope: Scope, given: Expression, columns: list[Typed]) -> tuple[int | Text, str]:
    expressions = Expressions(scope)
    showing = Showing(expressions, columns)
    node = _parsed(given)
    shown = showing.text(node)
    if shown is not None:
        return shown, STRING
    value = expressions.scalar(node)
    return showing.column(value), value.kind
