"""Find the line and column in a file of a problem at a path, or inside the string at a path."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from yaml import Node, ScalarNode

from doge_datagen.errors import Problem
from doge_datagen.model.population_paths import POPULATIONS, in_population, of_population
from doge_datagen.modelfile.document import Document
from doge_datagen.modelfile.paths import Path, at, has, part

SET, SPAWN = "--set", "spawn"


def located(document: Document, problem: Problem) -> Problem:
    """The problem with its location in the file, and with transitions named by their trigger."""
    # The compilation knows only the full form, with a list of populations and lists of what spawns.
    problem = replace(problem, path=path_in_file(document.value, problem.path))
    shown = with_triggers(document, problem.path)
    # Found while parsing or in another file, such as a table's: it knows its location better than the path does.
    if problem.file:
        return replace(problem, path=shown)
    found = _located(document, problem)
    return replace(found, path=shown[: len(found.path)])


def path_in_file(model: Any, path: Path) -> Path:
    """The path in the file of a part of a model.

    The file may have its only population below its name, and what spawns as it is instead of in a list of one.
    """
    populations = part(model, POPULATIONS)
    if isinstance(populations, dict) and len(populations) == 1:
        path = in_population(next(iter(populations)), path)
    return _unlisted(model, path)


def _unlisted(model: Any, path: Path) -> Path:
    """The path without the index in a list that is not there since it has only one element."""
    if SPAWN not in path[:-1]:
        return path
    index = path.index(SPAWN) + 1
    return path if isinstance(at(model, path[:index]), list) else (*path[:index], *path[index + 1 :])


def with_triggers(document: Document, path: Path) -> Path:
    """The path with a transition's index replaced by its trigger, or by state and trigger, if that is unambiguous."""
    _, within = of_population(path)
    if len(within) < 2 or within[0] != "transitions" or not isinstance(within[1], int):
        return path
    size = len(path) - len(within) + 1
    known = document.transition_names.get(path[:size])
    names = known[within[1]] if known else []
    return (*path[:size], names[-1], *path[size + 1 :]) if names else path


def located_at_key(document: Document, problem: Problem) -> Problem:
    """The problem with the location of its path's last key instead of the value's."""
    node = document.keys.get(problem.path)
    return problem if node is None else _placed(problem, node)


def _placed(problem: Problem, node: Node) -> Problem:
    mark = node.start_mark
    return replace(problem, file=mark.name, line=mark.line + 1, column=mark.column + 1)


def _located(document: Document, problem: Problem) -> Problem:
    path = problem.path
    # A missing key has no node, and a default none either: the nearest mapping around it is where to look.
    while path and path not in document.nodes and path not in document.replaced:
        path = path[:-1]
    if path in document.replaced:
        return replace(problem, path=_there(document.value, problem.path), file=SET, line=0, column=0)
    problem = replace(problem, path=problem.path[: max(len(path), 1)])
    node = document.nodes.get(path)
    if node is None:
        return replace(problem, file=document.name)
    if isinstance(node, ScalarNode):
        return _within(document, node, problem)
    return _placed(problem, document.keys.get(path, node))


def _there(value: Any, path: Path) -> Path:
    """The part of a path that exists: if there is no line to report, only the path says where the problem is."""
    for size, key in enumerate(path):
        if not has(value, key):
            return path[: max(size, 1)]
        value = part(value, key)
    return path


def _within(document: Document, node: ScalarNode, problem: Problem) -> Problem:
    """The location inside a scalar's string, or the start of the scalar if escapes or folding make that uncertain."""
    start, end = node.start_mark, node.end_mark
    if not problem.line:
        return _placed(problem, node)
    lines = document.lines[start.name]
    # Only a literal block keeps the lines of a string apart. Its indentation is what the line of the file has more than
    # that of the value.
    if node.style == "|":
        row = start.line + problem.line
        values = str(node.value).split("\n")
        value = values[problem.line - 1] if problem.line <= len(values) else ""
        raw = lines[row] if row < len(lines) else ""
        # Files of Windows: YAML's values have no carriage returns, and the lines were split at newlines only.
        if raw.rstrip("\r").endswith(value):
            column = len(raw.rstrip("\r")) - len(value) + max(problem.column, 1)
            return replace(problem, file=start.name, line=row + 1, column=column)
    # The length of the quote, one or none; for a folded block (">") the comparison below fails or is excluded.
    quote = len(node.style or "")
    raw = lines[start.line][start.column + quote : end.column - quote] if start.line == end.line else ""
    # Equal only if nothing is escaped or folded; otherwise a column of the value is not one of the file, and a wrong
    # column is worse than that of the string's start.
    if problem.line == 1 and raw == node.value and node.style != ">":
        column = start.column + quote + max(problem.column, 1)
        return replace(problem, file=start.name, line=start.line + 1, column=column)
    return _placed(problem, node)
