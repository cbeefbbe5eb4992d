"""Translate what spawns: counters that number the children of a parent, and what each child is given."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from doge_datagen.language.actions import Action
from doge_datagen.language.constants import parsed
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.event_lines import LINE_NUMBER
from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.operators import convert, source
from doge_datagen.language.scope import INDEX, Scope, attribute_code
from doge_datagen.language.text_expressions import TextTranslator
from doge_datagen.language.texts import Columns, Either, InitialText, Joined, Text
from doge_datagen.language.types import INTEGER, RATE, Typed
from doge_datagen.model.spec import Population
from doge_datagen.model.transition import EACH_LINE, Expression, Spawn
from doge_datagen.numeric.arithmetic import MOST_CHILDREN
from doge_datagen.program.constant_values import constant_value
from doge_datagen.program.initial_values import kept_name
from doge_datagen.program.problem_collection import Attempt
from doge_datagen.program.program import Birth, GivenText, Shape, Start
from doge_datagen.program.spawning.lineage import KEYS, Lineage, children, path_names, spawned_by

TIMES, LAST, LINE = "0times", "0last", "0line"
"""Hidden columns of those who are spawned together: how many they are, and the ordinal of the last of them; and where
each has a row of its own, the number of its line."""
COUNT = "times"


class SpawnTranslation:
    """Translates what the events of a population spawn.

    Args:
        population: the population.
        attempt: translates one expression, and records what is wrong with it.
        scope: what an expression of an event may use, by the number of the event, whether it is about one of its lines,
            and the names of its draws.
        lineage: what its own subjects have from their parents; None if nobody spawns them.
        kept: what a string becomes where initial strings are composed from values that are kept of them.
    """

    def __init__(
        self,
        population: Population,
        attempt: Attempt[Any],
        scope: Callable[..., Scope],
        lineage: Lineage | None,
        kept: Callable[[Text, Columns], Text],
    ) -> None:
        self._population, self._attempt, self._scope, self._lineage = population, attempt, scope, lineage
        self._kept = kept
        self._children = children(population)
        self._spawns: dict[int, list[tuple[int, Spawn]]] = {}
        for number, position, it in spawned_by(population):
            self._spawns.setdefault(number, []).append((position, it))

    def starts(self) -> dict[str, Start]:
        """The hidden attributes that count children: of each population, and of each position in the last event."""
        positions = {position for each in self._spawns.values() for position, _ in each}
        names = [_counter(number) for number in range(len(self._children))]
        names += [_at(what, position) for position in sorted(positions) for what in (TIMES, LAST)]
        typed = {name: Typed(attribute_code(name), INTEGER) for name in names}
        return {name: Start(name, it, stored=True, code="0") for name, it in typed.items()}

    def counted(self, actions: Iterable[Action | None]) -> tuple[Action | None, ...]:
        """The action of each event, which also counts the children that it spawns."""
        return tuple(self._counted(number, it) if number in self._spawns else it for number, it in enumerate(actions))

    def _counted(self, number: int, action: Action | None) -> Action:
        lines: list[str] = []
        writes = [] if action is None else list(action.writes)
        for position, it in self._spawns[number]:
            counter, times, last = (
                _counter(self._children.index(it.population)),
                _at(TIMES, position),
                _at(LAST, position),
            )
            scope = self._scope(number, it.each, it.population, COUNT)
            path = (*self._population.path_of_event(number), "spawn", position, COUNT)
            found = self._attempt(path, partial(_times, scope, it, position)) or Typed("0", INTEGER)
            codes = [attribute_code(name) for name in (times, counter, last)]
            # The number first, as a fault in it must not leave the counter changed. Ordinals are never used again, so
            # that draws of children never repeat.
            lines += [f"{codes[0]} = {found.code}", f"{codes[1]} = {codes[1]} + {codes[0]}", f"{codes[2]} = {codes[1]}"]
            writes += [name for name in (times, counter, last) if name not in writes]
        return _followed(action, lines, writes)

    def births(self) -> Iterator[tuple[Birth, Shape]]:
        """What each event spawns, and the values that are recorded of it."""
        for number, position, it in spawned_by(self._population):
            given: dict[str, Typed] = {}
            texts: dict[str, GivenText] = {}
            for name, value in it.values.items():
                scope = self._scope(number, it.each, it.population, name)
                path = (*self._population.path_of_event(number), "spawn", position, "with", name)
                found = self._attempt(path, partial(self._value, scope, it.population, value))
                if isinstance(found, Typed):
                    given[name] = found
                elif found is not None:
                    given |= {kept_name(name, number): one for number, one in _kept_of(found[1])}
                    texts[name] = GivenText(found[0], tuple(_in_child(name, found[1])))
            stream = f"0born_{number}_{position}"
            yield Birth(stream, it.population, number, position, given, texts), self._shape(it, position, given)

    def _value(self, scope: Scope, child: str, given: Expression) -> Typed | tuple[Text, tuple[Typed, ...]]:
        """A value that a child is given, or a string with the values in it."""
        node = parsed(given, scope.constants)
        try:
            return _scalar(node, scope)
        except ExpressionError as refused:
            columns = Columns()
            text = _composed(node, scope, columns)
            if text is None:
                raise refused from None
        text = self._kept(text, columns)
        if _has(text, InitialText, Either):
            problem = (
                f"{source(node)} is composed once at the start, or by a condition, so it cannot be given to {child}"
            )
            raise ExpressionError(node, f"{problem}. Hint: give the values in it, and compose it there")
        return text, tuple(columns)

    def _shape(self, it: Spawn, position: int, given: Mapping[str, Typed]) -> Shape:
        """The values that are recorded: how many, the path of the parent, and what the children are given."""
        hidden = {name: Typed(attribute_code(_at(name, position)), INTEGER) for name in (TIMES, LAST)}
        if self._lineage is not None:
            own = (*KEYS, *path_names(self._lineage.depth))
            hidden |= {name: Typed(attribute_code(name), INTEGER) for name in own}
        line = {LINE: Typed(LINE_NUMBER, INTEGER)} if it.each else {}
        columns, every = Columns(), {**hidden, **given, **line}
        fields: dict[str, int | Text] = {name: columns.index_of(typed) for name, typed in every.items()}
        kinds = {name: typed.kind for name, typed in every.items()}
        return Shape(tuple(columns), fields, kinds, line=columns.index_of(line[LINE]) if line else None)


def _counter(number: int) -> str:
    """The hidden attribute with the number of children of a population so far."""
    return f"0children_{number}"


def _at(name: str, position: int) -> str:
    return f"{name}_{position}"


def _times(scope: Scope, spawn: Spawn, position: int) -> Typed:
    node = parsed(f"len({EACH_LINE})" if spawn.each else spawn.times, scope.constants)
    found = convert(node, ExpressionTranslator(scope).scalar(node), INTEGER)
    number = constant_value(scope, node) or 0
    if number < 0:
        raise ExpressionError(node, f"{source(node)} is negative. Hint: give 0 or more")
    if number > MOST_CHILDREN:
        problem = f"{source(node)} is above {MOST_CHILDREN:,}"
        raise ExpressionError(node, f"{problem}, the most that one event can spawn. Hint: give fewer")
    if isinstance(found.constant, int):
        return found
    return replace(found, code=f"number_of_children(fault, {found.code}, {position})")


def _scalar(node: ast.expr, scope: Scope) -> Typed:
    found = ExpressionTranslator(scope).scalar(node)
    if found.kind == RATE:
        raise ExpressionError(node, f"{source(node)} is a rate, which no child can have. Hint: multiply it by 1 d")
    if found.parts:
        raise ExpressionError(node, f"{source(node)} is several rows, which no child can have. Hint: give one of them")
    return found


def _composed(node: ast.expr, scope: Scope, columns: Columns) -> Text | None:
    """A string that is composed when it is shown, with the values in it; None if the expression is not one."""
    try:
        return TextTranslator(ExpressionTranslator(scope), columns).text(node)
    except ExpressionError:
        return None


def _has(text: Text, *kinds: type) -> bool:
    """Whether a string, or one that it consists of, is of one of these kinds."""
    return isinstance(text, kinds) or (isinstance(text, Joined) and any(_has(it, *kinds) for it in text.parts))


def _kept_of(columns: Iterable[Typed]) -> Iterator[tuple[int, Typed]]:
    """The values in a string that have to be given, with their numbers: all but the index of the root."""
    yield from ((number, it) for number, it in enumerate(columns) if it.code != INDEX.code)


def _in_child(name: str, columns: Iterable[Typed]) -> Iterator[Typed]:
    """The values in a string that is given, as attributes of the child."""
    for number, it in enumerate(columns):
        code = it.code if it.code == INDEX.code else attribute_code(kept_name(name, number))
        yield replace(it, code=code, constant=None)


def _followed(action: Action | None, lines: Sequence[str], writes: Sequence[str]) -> Action:
    """An action with more lines at its end, wherever it ends without a rejection."""
    if action is None:
        return Action((*lines, _returned("True", writes)), tuple(writes), may_reject=False)
    found: list[str] = []
    before, after = _returned("|", action.writes).split("|")
    for line in action.lines:
        indent, bare = line[: len(line) - len(line.lstrip())], line.lstrip()
        if bare.startswith(before):
            verdict = bare.removeprefix(before).removesuffix(after)
            # Before every return that may let the transition happen. What a rejected one counts is dropped with all
            # that it wrote.
            found += [f"{indent}{it}" for it in (lines if verdict != "False" else ())]
            found.append(f"{indent}{_returned(verdict, writes)}")
        else:
            found.append(line)
    return Action(tuple(found), tuple(writes), action.may_reject)


def _returned(verdict: str, writes: Sequence[str]) -> str:
    return f"return ({', '.join((verdict, *map(attribute_code, writes)))},)"
