"""Find further errors in a file whose shape is wrong, so that one run reports all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from doge_datagen.errors import InvalidModelError, Problem
from doge_datagen.language.types import ANY_TEXT
from doge_datagen.model import Spec
from doge_datagen.model.population_paths import POPULATIONS, in_population, of_population
from doge_datagen.modelfile.build import build
from doge_datagen.modelfile.document import Document
from doge_datagen.modelfile.locations import path_in_file
from doge_datagen.modelfile.paths import SHAPES, Path, at, begins, fits
from doge_datagen.modelfile.schema.file import has_populations, shape_of
from doge_datagen.modelfile.schema.shape_errors import keys_at, path_in
from doge_datagen.program.compilation import compile_spec

MERGE = "<<"
UNREADABLE = "("
"""A placeholder for code that could not be read: it is rejected, and errors that only follow from it are dropped."""


def further_problems(document: Document, broken: Collection[Path], folder: FilePath) -> list[Problem]:
    """Run the checks on the parts of a model that are intact.

    Each broken part is replaced by a neutral stand-in (``STAND_INS``), and errors that may only be caused by the
    replacement are dropped (``FOLLOWS``). An unknown key is removed, and the key it may have been meant for counts as
    broken.

    Args:
        document: the file.
        broken: paths to values that cannot be trusted, such as those of duplicate keys.
        folder: where relative paths of tables begin.
    """
    value = document.value
    if not isinstance(value, dict) or () in broken:
        return []
    # The document is still needed as it is, for the locations and messages of all problems.
    mended = deepcopy(value)
    parts = set(_parts(mended, [*broken, *_misshapen(value)]))
    # From the outside in: what is inside a replaced part is gone, and its stand-in must not be changed.
    for part in sorted(parts, key=len):
        if not any(part[:size] in parts for size in range(len(part))):
            _container(mended, part)[part[-1]] = _pattern(part)[1](_around(value, part))
    try:
        spec = build(shape_of(mended), folder)
    # A stand-in did not fit, or the shape is wrong in a way that names no part: better fewer errors than wrong ones.
    except ValidationError:
        return []
    follows = {pattern for part in parts for pattern in _follows(part, value)}
    # Others are compared as sets, in constant time; a file may have thousands of broken parts.
    patterns = [path for path in follows if "*" in path]
    unsure = {*parts, *follows}
    found = [replace(each, path=path_in_file(mended, each.path)) for each in _problems(spec)]
    return [
        each
        for each in found
        # At a replaced part, below it, or where its replacement is used: such an error would be gone once the part is
        # right, or would be about text that is not in the file.
        if not any(each.path[:size] in unsure for size in range(len(each.path) + 1))
        and not any(begins(each.path, pattern) for pattern in patterns)
    ]


def _around(value: Mapping[str, Any], part: Path) -> Mapping[str, Any]:
    """The model of the population that a part belongs to."""
    name, _ = of_population(part)
    own = at(value, (POPULATIONS, name)) if name is not None else None
    return {**value, **own} if isinstance(own, dict) else value


def _problems(spec: Spec) -> tuple[Problem, ...]:
    try:
        compile_spec(spec)
    except InvalidModelError as error:
        return error.problems
    return ()


def _follows(part: Path, value: Mapping[str, Any]) -> Iterator[Path]:
    """Where errors may be caused only by replacing a part; ``*`` in ``FOLLOWS`` becomes the part's own number."""
    several = has_populations(value)
    name, within = of_population(part)
    for path in FOLLOWS.get(_short_pattern(within), ()):
        own = within if within[0] == path[0] else ()
        found = tuple(own[index] if key == "*" and own else key for index, key in enumerate(path))
        yield in_population("*" if name is None else name, found) if several else found
    if name is not None:  # what it emits, and with which attributes, may be unknown
        yield from (path for path in EXPRESSIONS if path[0] == "streams")


def _misshapen(value: Any) -> list[Path]:
    """Paths to errors of shape; for a missing key, the path where it should be."""
    try:
        shape_of(value)
    except ValidationError as error:
        return [path_in(each) for each in error.errors(include_url=False)]
    return []


def _parts(value: dict[str, Any], broken: Iterable[Path]) -> Iterator[Path]:
    """The parts to replace because something at these paths is wrong; unknown keys are removed from ``value``."""
    for path in broken:
        # What << would have brought in is unknown, so the whole mapping is.
        whole = path[: path.index(MERGE)] if MERGE in path else path
        unknown = _unknown_key(whole)
        if unknown is None:
            yield from [_part(value, whole)] if whole else []
            continue
        mapping = _container(value, unknown)
        if isinstance(mapping, dict):
            # Removed and not replaced: the rest of the mapping is most likely as it is meant.
            mapping.pop(str(unknown[-1]), None)
            paths = (unknown[:-1], of_population(unknown[:-1])[1])
            meant = next(keys for path in paths for shape, keys in MAY_BE_MEANT.items() if fits(path, shape))
            known = keys_at(unknown[:-1], value)
            yield from (_part(value, (*unknown[:-1], key)) for key in meant if key in known and key not in mapping)


def _unknown_key(path: Path) -> Path | None:
    """The path to the first key along the way that its mapping does not know."""
    for size, key in enumerate(path):
        if any(fits(path[:size], shape) for shape in SHAPES) and key not in keys_at(path[:size]):
            return path[: size + 1]
    return None


def _part(value: Any, path: Path) -> Path:
    """The smallest part around a path that can be replaced."""
    sizes = range(len(path), 0, -1)
    return next(
        path[:size] for size in sizes if _pattern(path[:size])[0] and _container(value, path[:size]) is not None
    )


def _pattern(path: Path) -> tuple[Path, Callable[[Mapping[str, Any]], Any]]:
    paths = (path, of_population(path)[1])
    found = ((it, make) for one in paths for it, make in STAND_INS.items() if fits(one, it))
    return next(found, ((), lambda _: None))


def _short_pattern(path: Path) -> Path:
    return next((it for it in STAND_INS if fits(path, it)), ())


def _container(value: Any, path: Path) -> Any:
    """The mapping or list that contains what is at a path; None if there is none."""
    found = at(value, path[:-1])
    return found if isinstance(found, list if isinstance(path[-1], int) else dict) else None


def _mentioned(value: Mapping[str, Any]) -> list[str]:
    """All names of states that the rest of the model uses."""
    # With states broken, every name that is used counts as one: otherwise each transition would be an error.
    found = [it.get(end) for it in _list(value.get("transitions")) if isinstance(it, dict) for end in ("from", "to")]
    found += _in_rows(value.get("matrix"))
    initial = value.get("initial")
    found += list(initial) if isinstance(initial, dict) else [initial]
    return list(dict.fromkeys([ANY_TEXT, *(name for name in found if isinstance(name, str))]))


def _in_rows(matrix: Any) -> list[Any]:
    """All names of states that a matrix uses."""
    rows = matrix.get("weights") if isinstance(matrix, dict) else None
    found = []
    for state, row in (rows if isinstance(rows, dict) else {}).items():
        found += [state, *(row if isinstance(row, dict) else ())]
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _streams(value: Mapping[str, Any]) -> list[str]:
    streams = value.get("streams")
    return list(streams) if isinstance(streams, dict) else []


def _transition(value: Mapping[str, Any]) -> dict[str, Any]:
    known = {"trigger": ANY_TEXT, "from": ANY_TEXT, "to": ANY_TEXT, "probability": 0}
    # All streams, or those that only this transition feeds would be reported as fed by nobody; and an action that
    # cannot be read, so that which attributes it sets stays open.
    return {**known, "do": UNREADABLE, "emit": _streams(value)}


def _matrix(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"weights": {ANY_TEXT: {ANY_TEXT: 1}}, "do": UNREADABLE, "emit": _streams(value)}


def _population(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"count": 1, "states": [ANY_TEXT], "initial": ANY_TEXT, "transitions": [_transition(value)]}


def _always(stand_in: Any) -> Callable[[Mapping[str, Any]], Any]:
    # A copy for each path, since a smaller part may be replaced inside one of them.
    return lambda _: deepcopy(stand_in)


STAND_INS: Mapping[Path, Callable[[Mapping[str, Any]], Any]] = {
    ("doge",): _always(1),
    ("name",): _always("model"),
    ("zone",): _always("UTC"),
    ("clock",): _always({"tick": "1 s"}),
    ("constants",): _always({}),
    ("constants", "*"): _always(1),
    ("populations",): lambda value: {"subject": _population(value)},
    ("populations", "*"): _population,
    ("subjects",): _always({"name": "subject", "count": 1}),
    ("subjects", "name"): _always("subject"),
    ("subjects", "count"): _always(1),
    ("subjects", "zone"): _always(None),
    ("subjects", "arrive"): lambda value: {"rate": "1/d", "emit": _streams(value)},
    ("subjects", "arrive", "initially"): _always(0),
    ("subjects", "arrive", "rate"): _always("1/d"),
    ("subjects", "arrive", "rhythm"): _always(None),
    ("subjects", "arrive", "trigger"): _always(ANY_TEXT),
    ("subjects", "arrive", "do"): _always(UNREADABLE),
    ("subjects", "arrive", "emit"): _streams,
    ("subjects", "attributes"): _always({}),
    ("subjects", "attributes", "*"): _always({"start": UNREADABLE}),
    ("subjects", "attributes", "*", "start"): _always(UNREADABLE),
    ("states",): _mentioned,
    ("initial",): _always(ANY_TEXT),
    ("initial", "*"): _always(1),
    ("transitions",): lambda value: [_transition(value)],
    ("transitions", "*"): _transition,
    ("transitions", "*", "trigger"): _always(ANY_TEXT),
    ("transitions", "*", "from"): _always(ANY_TEXT),
    ("transitions", "*", "to"): _always(ANY_TEXT),
    ("transitions", "*", "probability"): _always(0),
    ("transitions", "*", "do"): _always(UNREADABLE),
    ("transitions", "*", "emit"): _streams,
    ("matrix",): _matrix,
    ("matrix", "weights"): _always({ANY_TEXT: {ANY_TEXT: 1}}),
    ("matrix", "weights", "*"): _always({ANY_TEXT: 1}),
    ("matrix", "weights", "*", "*"): _always(1),
    ("matrix", "do"): _always(UNREADABLE),
    ("matrix", "emit"): _streams,
    ("streams",): _always({}),
    ("streams", "*"): _always({"fields": {"index": "index"}}),
    ("streams", "*", "key"): _always("0"),
    ("streams", "*", "fields"): _always({"index": "index"}),
    ("streams", "*", "fields", "*"): _always("0"),
    ("streams", "*", "headers"): _always({}),
    ("streams", "*", "headers", "*"): _always("0"),
    ("rhythms",): _always({}),
    ("rhythms", "*"): _always({}),
    ("incidents",): _always({}),
    ("incidents", "*"): _always({"every": "1 d", "for": "1 h"}),
    ("incidents", "*", "emit"): _always([]),
    ("transitions", "*", "rhythm"): _always(ANY_TEXT),
    ("tables",): _always({}),
    ("tables", "*"): _always({"rows": [{ANY_TEXT: 0}]}),
    ("targets",): _always({}),
    ("targets", "*"): _always({}),
    ("targets", "*", "*"): _always("console"),
}
"""For each part of a model, a replacement that is valid or whose errors are dropped."""
EXPRESSIONS: tuple[Path, ...] = (
    ("subjects", "arrive", "do"),
    ("transitions", "*", "do"),
    ("matrix", "do"),
    ("streams", "*", "key"),
    ("streams", "*", "fields"),
    ("streams", "*", "headers"),
)
ALL_EXPRESSIONS = (*EXPRESSIONS, ("subjects",), ("states",), ("transitions",), ("matrix",))
FOLLOWS: Mapping[Path, tuple[Path, ...]] = {
    ("constants",): ALL_EXPRESSIONS,
    ("constants", "*"): ALL_EXPRESSIONS,
    ("populations",): EXPRESSIONS,
    ("subjects",): EXPRESSIONS,
    ("subjects", "attributes"): EXPRESSIONS,
    ("states",): (("matrix", "weights"), ("transitions", "*", "weight")),
    ("streams",): (
        ("transitions", "*", "emit"),
        ("matrix", "emit"),
        ("subjects", "arrive", "emit"),
        ("incidents", "*", "emit"),
        ("targets",),
    ),
    ("incidents",): (*EXPRESSIONS, ("transitions",), ("rhythms",), ("subjects", "arrive"), ("streams",)),
    ("incidents", "*"): (*EXPRESSIONS, ("transitions",), ("rhythms",), ("subjects", "arrive"), ("streams",)),
    ("matrix",): (("states",),),
    ("matrix", "weights"): (("states",),),
    ("matrix", "weights", "*"): (("states",),),
    ("tables",): (("subjects", "attributes"), ("transitions",), *EXPRESSIONS),
    ("tables", "*"): (("subjects", "attributes"), ("transitions",), *EXPRESSIONS),
    ("rhythms",): (("transitions", "*", "rhythm"), ("subjects", "arrive", "rhythm"), ("states",)),
    ("transitions", "*", "from"): (("transitions", "*", "trigger"), ("transitions", "*", "probability")),
}
"""For each replaced part, where errors may be caused only by the replacement (within the same transition, if any)."""
MAY_BE_MEANT: Mapping[Path, tuple[str, ...]] = {
    (): ("streams", "rhythms", "matrix"),
    ("clock",): (),
    ("populations", "*"): ("attributes", "arrive", "matrix"),
    ("subjects",): ("attributes", "arrive"),
    ("subjects", "arrive"): ("rhythm", "do", "emit"),
    ("subjects", "attributes", "*"): ("type", "values"),
    ("transitions", "*"): ("do", "emit"),
    ("matrix",): ("do", "emit"),
    ("streams", "*"): (),
    ("tables", "*"): (),
    ("rhythms", "*"): (),
    ("rhythms", "*", "holidays"): (),
    ("rhythms", "*", "periods", "*"): (),
    ("incidents", "*"): ("per", "affects", "emit"),
}
"""For each mapping, its optional keys whose absence may cause errors elsewhere."""
