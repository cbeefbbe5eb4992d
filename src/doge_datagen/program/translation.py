"""From a spec to a program: every expression of a model translated, and everything wrong with them told."""

from __future__ import annotations

import ast
from collections import ChainMap
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar
from unicodedata import normalize

from doge_datagen.draws import purpose_of
from doge_datagen.errors import InvalidModelError, Problem, did_you_mean
from doge_datagen.language.actions import Action, action
from doge_datagen.language.assignments import assignments, misspelt
from doge_datagen.language.errors import ExpressionError, FollowUpError
from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.function_source import body_of, file_of, set_by_mistake, subject_in
from doge_datagen.language.operators import convert
from doge_datagen.language.parse import TOO_DEEP, expression
from doge_datagen.language.scope import ENDS, INDEX, NOW, TICK, Scope, attribute_code
from doge_datagen.language.text_expressions import Columns, Text, TextTranslator
from doge_datagen.language.types import ANY_TEXT, INTEGER, KINDS, STRING, TIMESTAMP, Tables, Typed, a
from doge_datagen.model.spec import Attribute, Spec, Stream
from doge_datagen.model.transition import Transition
from doge_datagen.program.program import Program, Shape, Start
from doge_datagen.program.string_domains import texts_by_attribute

MOST_OF_A_KIND = 100
"""Problems that one check tells of."""
NUMBERS = frozenset(KINDS) - {STRING}
Made = TypeVar("Made")
Path = tuple[str | int, ...]
Expression = str | float | bool


def purpose(spec: Spec, *names: str) -> int:
    """What keeps the draws of one part of a model apart from those of all others."""
    apart = (name.replace("~", "~0").replace("/", "~1") for name in (spec.subjects.name, *names))
    return purpose_of("/".join(apart))


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
        self._unread = bool(self.problems)
        self._nodes = {name: self._first(name, it) for name, it in spec.subjects.attributes.items()}
        self._assigned = {name: None for body in self._bodies for name, _ in assignments(body)}
        self._closed = texts_by_attribute(spec, self._nodes, self._bodies)
        self._starts: dict[str, Start] = {}
        # Scopes look into these four while they grow: a copy for each attribute would be quadratic in their number.
        self._readable: dict[str, Typed] = {}
        self._held: set[str] = set()
        self._later = set(self._nodes)
        self._unknown: set[str] = set()
        self._feeding = _by_stream(spec)
        states = frozenset(spec.states)
        self._among = dict.fromkeys(ENDS, states) | {"trigger": frozenset(it.trigger for it in spec.transitions)}
        self._targets: dict[str, Typed] = {}

    def program(self) -> Program:
        """The program; only to be used where there are no problems."""
        spec = self._spec
        for name, attribute in spec.subjects.attributes.items():
            start = self._tried(("subjects", "attributes", name, "start"), partial(self._start, name, attribute))
            self._later.discard(name)
            if start is None and attribute.values is None and attribute.type not in NUMBERS:
                self._unknown.add(name)
            else:
                self._add(name, start or _stand_in(name, attribute))
        self._targets = {name: self._readable[name] for name in self._assigned if name in self._readable}
        actions = tuple(self._action(position, it) for position, it in enumerate(spec.transitions))
        shapes = {name: self._shape(name, stream) for name, stream in spec.streams.items()}
        return Program(spec, self._tables, tuple(self._starts.values()), actions, shapes)

    def _add(self, name: str, start: Start) -> None:
        """From here on an attribute can be read."""
        self._starts[name] = start
        if start.text is None:
            self._readable[name] = start.typed
        else:
            self._held.add(name)

    def _tried(self, path: Path, make: Callable[[], Made]) -> Made | None:
        if len(self.problems) > MOST_OF_A_KIND:
            return None  # nobody reads them, and hints for thousands would take minutes
        try:
            return make()
        except ExpressionError as refused:
            self._refuse(path, refused)
        except RecursionError:
            self._refuse(path, ExpressionError(None, TOO_DEEP))
        return None

    def _refuse(self, path: Path, refused: ExpressionError) -> None:
        if isinstance(refused, FollowUpError):
            return
        file = file_of(self._spec.transitions[int(path[1])].do) if path[0] == "transitions" else ""
        self.problems.append(Problem(path, refused.message, refused.line, refused.column, file))

    def _body(self, position: int, transition: Transition) -> Sequence[ast.stmt]:
        if transition.do is None:
            return ()
        taken = self._spec.subjects.attributes
        return self._tried(("transitions", position, "do"), lambda: body_of(transition.do or "", taken)) or ()

    def _first(self, name: str, attribute: Attribute) -> ast.expr | None:
        """The tree of what an attribute starts with; None where that has been refused."""
        path: Path = ("subjects", "attributes", name)
        if normalize("NFKC", name) != name:
            plain = ExpressionError(None, f"{name!r} is {normalize('NFKC', name)!r} in expressions. Hint: call it so")
            self._refuse(path, plain)
            return None
        if attribute.type not in (None, *KINDS):
            problem = f"type {attribute.type!r} is none. Hint: {did_you_mean(attribute.type, KINDS)}"
            self._refuse((*path, "type"), ExpressionError(None, problem))
            return None
        return self._tried((*path, "start"), lambda: _parsed(attribute.start))

    def _start(self, name: str, attribute: Attribute) -> Start:
        node = self._nodes[name]
        if node is None:
            raise FollowUpError(None, "what it starts with cannot be read")
        drawn_for = purpose(self._spec, "attributes", name)
        scope = replace(self._scope({"index": INDEX, "timestamp": NOW}, drawn_for), later=self._later)
        showing = TextTranslator(ExpressionTranslator(scope))
        text = showing.text(node) if attribute.values is None else None
        if text is not None and not _of_closed_set(scope, node):
            return self._held_text(name, attribute, text, showing)
        found = self._converted(node, ExpressionTranslator(scope).scalar(node), attribute)
        kind = found.kind
        values = self._values(name, attribute, found)
        written = name in self._assigned
        stored = written or not (found.code == INDEX.code or found.constant is not None)
        code = attribute_code(name) if stored else found.code
        constant = None if written else found.constant
        return Start(name, Typed(code, kind, values, constant), stored, found.code)

    def _held_text(self, name: str, attribute: Attribute, text: Text, showing: TextTranslator) -> Start:
        if attribute.type not in (None, STRING):
            raise ExpressionError(None, f"{attribute.start!r} is a text, not {a(attribute.type)}")
        return Start(name, Typed("", STRING), stored=False, code="", text=text, columns=tuple(showing.columns))

    def _converted(self, node: ast.expr, value: Typed, attribute: Attribute) -> Typed:
        kind = attribute.type or value.kind
        if (kind, value.kind) == (TIMESTAMP, INTEGER):
            return Typed(value.code, TIMESTAMP, constant=value.constant)
        return convert(node, value, kind)

    def _values(self, name: str, attribute: Attribute, value: Typed) -> frozenset[str]:
        if attribute.values is None:
            unread = {ANY_TEXT} if self._unread else frozenset()
            return value.values | self._closed[name] | unread if value.kind == STRING else frozenset()
        if value.kind != STRING:
            raise ExpressionError(None, f"values are for texts, and {attribute.start!r} is {a(value.kind)}")
        for strange in sorted(value.values - {*attribute.values, ANY_TEXT}):
            hint = did_you_mean(strange, attribute.values)
            raise ExpressionError(None, f"{strange!r} is none of the values of {name!r}. Hint: {hint}")
        for text in attribute.values:
            self._tables.text(text)
        return frozenset(attribute.values)

    def _action(self, position: int, transition: Transition) -> Action | None:
        body, spec = self._bodies[position], self._spec
        if not body:
            return None
        words = {"index": INDEX, "tick": TICK, "timestamp": NOW, **self._constants(transition)}
        drawn_for = purpose(spec, "transitions", transition.from_state, transition.trigger)
        scope = replace(self._scope(words, drawn_for), targets=self._targets)
        path = ("transitions", position, "do")
        found = self._tried(path, partial(action, body, scope))
        strange = set_by_mistake(transition.do, spec.subjects.attributes)
        unread = misspelt(body, spec.subjects.attributes, kept=strange, before=subject_in(transition.do))
        for refused in (*(found[1] if found else ()), *strange.values(), *unread):
            self._refuse(path, refused)
        return found[0] if found else None

    def _shape(self, name: str, stream: Stream) -> Shape:
        words = {"index": INDEX, "tick": TICK, "timestamp": NOW, **self._variables(self._feeding.get(name, ()))}
        columns = Columns()
        fields: dict[str, int | Text] = {}
        kinds: dict[str, str] = {}
        for one, text in stream.fields.items():
            scope = self._scope(words, purpose(self._spec, "streams", name, str(one)))
            found = self._tried(("streams", name, "fields", one), partial(_field, scope, text, columns))
            if found is not None:
                fields[one], kinds[one] = found
        silent = replace(self._scope(words, 0), draws=False)
        key = self._beside(("streams", name, "key"), silent, stream.key, columns)
        headers = {}
        for one, text in stream.headers.items():
            shown = self._beside(("streams", name, "headers", one), silent, text, columns)
            if shown is not None:
                headers[one] = shown
        return Shape(tuple(columns), fields, kinds, key, headers)

    def _beside(self, path: Path, scope: Scope, given: Expression | None, columns: Columns) -> Text | None:
        if given is None:
            return None
        return self._tried(path, lambda: TextTranslator(ExpressionTranslator(scope), columns).shown(_parsed(given)))

    def _constants(self, transition: Transition) -> dict[str, Typed]:
        """What is known in an action; its text may be that of other transitions too, and ask for theirs."""
        return {end: replace(self._tables.text(getattr(transition, end)), among=self._among[end]) for end in ENDS}

    def _scope(self, words: dict[str, Typed], drawn_for: int) -> Scope:
        names = ChainMap(self._readable, words)
        return Scope(names, self._tables, drawn_for, self._held, unknown=self._unknown)

    def _variables(self, feeding: Sequence[Transition]) -> dict[str, Typed]:
        """What differs between the transitions that feed one stream."""
        found = {end: frozenset(getattr(transition, end) for transition in feeding) for end in ENDS}
        for text in sorted(frozenset().union(*found.values())):
            self._tables.text(text)
        return {end: Typed(end, STRING, values) for end, values in found.items()}


def _by_stream(spec: Spec) -> dict[str, list[Transition]]:
    """By stream, the transitions that feed it."""
    feeding: dict[str, list[Transition]] = {}
    for transition in spec.transitions:
        for stream in dict.fromkeys(transition.emit):
            feeding.setdefault(stream, []).append(transition)
    return feeding


def _parsed(given: Expression) -> ast.expr:
    return expression(given) if isinstance(given, str) else ast.Constant(given)


def _stand_in(name: str, attribute: Attribute) -> Start:
    """What stands for an attribute that cannot be but whose type is known, so that its other uses are looked at too."""
    kind = attribute.type if attribute.type in NUMBERS else STRING
    values = frozenset(attribute.values or ())
    return Start(name, Typed(attribute_code(name), str(kind), values), stored=True, code="0")


def _of_closed_set(scope: Scope, node: ast.expr) -> bool:
    """Whether a text is one of a few that are known: it is one without putting texts together."""
    try:
        ExpressionTranslator(scope).scalar(node)
    except ExpressionError:
        return False
    return True


def _field(scope: Scope, given: Expression, columns: Columns) -> tuple[int | Text, str]:
    expressions = ExpressionTranslator(scope)
    showing = TextTranslator(expressions, columns)
    node = _parsed(given)
    shown = showing.text(node)
    if shown is not None:
        return shown, STRING
    value = expressions.scalar(node)
    return showing.column(value), value.kind
