"""Turn pydantic's validation errors into our own messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from yaml import Node, ScalarNode

from doge_datagen.errors import Problem, did_you_mean
from doge_datagen.model.population_paths import of_population
from doge_datagen.modelfile.document import Document, shown
from doge_datagen.modelfile.locations import located_at_key
from doge_datagen.modelfile.paths import EVENTS, SHAPES, Path, at, fits
from doge_datagen.modelfile.schema.field_types import TAGS, Shape
from doge_datagen.modelfile.schema.field_validators import BELOW, INVALID
from doge_datagen.modelfile.schema.file import (
    ClockShape,
    ModelShape,
    SeveralShape,
    StreamShape,
    TableShape,
    has_populations,
)
from doge_datagen.modelfile.schema.population import (
    ArriveShape,
    AttributeShape,
    BornShape,
    LinesShape,
    MatrixShape,
    PopulationShape,
    SpawnShape,
    SubjectsShape,
    TransitionShape,
)
from doge_datagen.modelfile.schema.timelines import HolidaysShape, IncidentShape, PeriodShape, RhythmShape
from doge_datagen.modelfile.yaml_writer import one_line

MAPPINGS: tuple[type[Shape], ...] = (
    ModelShape,
    ClockShape,
    SubjectsShape,
    ArriveShape,
    TransitionShape,
    LinesShape,
    StreamShape,
    AttributeShape,
    RhythmShape,
    HolidaysShape,
    PeriodShape,
    MatrixShape,
    TableShape,
    PopulationShape,
    ArriveShape,
    AttributeShape,
    TransitionShape,
    LinesShape,
    MatrixShape,
    IncidentShape,
    BornShape,
    *[SpawnShape] * (2 * len(EVENTS)),
)
"""The shapes of the mappings in ``SHAPES``."""
ATTRIBUTES = ("subjects", "attributes")
STARTS = {
    "timestamp": "timestamp",
    "duration": "30 min",
    "boolean": "random() < 0.5",
    "float": "uniform(0, 1000)",
    "string": "'new'",
}
"""For each type but integer, an example of an attribute's start."""

VARIABLES = "; environment variables are filled in only in targets: use the option --set for other values"


def shape_problems(error: ValidationError, document: Document) -> Iterator[Problem]:
    """Yield a problem for each error, except for a missing key next to a misspelt one."""
    found = error.errors(include_url=False)
    unknown = [path_in(each) for each in found if each["type"] == "extra_forbidden"]
    for each in found:
        path = path_in(each)
        if each["type"] == "extra_forbidden":
            yield located_at_key(document, Problem(path, no_such_key(path)))
        elif each["type"] != "missing":
            message = each["msg"] if each["type"] == INVALID else _other(each)
            message += VARIABLES if isinstance(each["input"], str) and "${" in each["input"] else ""
            yield Problem(path, _as_written(message, each["input"], document.nodes.get(path)))
        # A missing key next to an unknown one of a similar name is one mistake, and the unknown one has a line.
        elif not _is_misspelt(path, unknown):
            yield Problem(path[:-1], f"{str(path[-1])!r} is missing. Hint: add it{example(path, document.value)}")


def path_in(error: Any) -> Path:  # pydantic's ErrorDetails is not a type at run time
    """The path of one of pydantic's errors."""
    # Pydantic's names for the forms of a union are no keys of the file.
    return tuple(part for part in (*error["loc"], *error.get("ctx", {}).get(BELOW, ())) if part not in TAGS)


def _as_written(message: str, value: object, node: Node | None) -> str:
    """The message with a number or boolean spelled as in the file: ``0x1F``, not ``31``."""
    if not isinstance(node, ScalarNode) or isinstance(value, str) or value is None or not node.value:
        return message
    # People look for what they wrote: 0x1F, 1_000 or 1e6, not the number that it means.
    return message.replace(shown(value), str(node.value))


def no_such_key(path: Path) -> str:
    """The message about an unknown key."""
    if len(path) == 1 and path[0] in keys_at(()):
        return "it belongs to a single population. Hint: move it below one of populations, or remove populations"
    return f"there is no such key. Hint: {did_you_mean(str(path[-1]), keys_at(path[:-1]))}"


def _is_misspelt(path: Path, unknown: Iterable[Path]) -> bool:
    beside = [str(other[-1]) for other in unknown if other[:-1] == path[:-1]]
    return bool(get_close_matches(str(path[-1]), beside, n=1))


def example(path: Path, model: Any) -> str:
    """The end of a message about a missing value: an example of one; for a start, one of the attribute's type."""
    info = field_at(path)
    if not info or not info.examples:
        return ""
    is_start = of_population(path)[1][:2] == ATTRIBUTES and path[-1] == "start"
    value = _start(at(model, path[:-1])) if is_start else None
    return f", such as '{one_line(str(path[-1]), value or info.examples[0])}'"


def _start(attribute: Any) -> str | None:
    """An example of an attribute's start, by its type or its values."""
    values = attribute.get("values") if isinstance(attribute, dict) else None
    if isinstance(values, list) and values:
        return repr(values[0])
    kind = attribute.get("type") if isinstance(attribute, dict) else None
    return STARTS.get(kind) if isinstance(kind, str) else None


def field_at(path: Path) -> FieldInfo | None:
    """The field of the shape at a path; None where the file chooses the names."""
    return next((info for name, info in _fields_at(path[:-1]).items() if path[-1] in (name, info.alias)), None)


def _other(each: Any) -> str:  # pydantic's ErrorDetails is not a type at run time
    message = str(each["msg"])
    return f"{shown(each['input'])} is not valid: {message[:1].lower()}{message[1:]}"


def keys_at(path: Path, model: Any = None) -> list[str]:
    """The keys that the mapping at a path may have; at the top, those of both forms unless the model is given."""
    of_form = has_populations(model) and not path
    fields = SeveralShape.model_fields if of_form else _fields_at(path)
    return [info.alias or name for name, info in fields.items()]


def _fields_at(path: Path) -> Mapping[str, FieldInfo]:
    """The fields of the shape at a path; none where the file chooses the names."""
    shapes = (shape for pattern, shape in zip(SHAPES, MAPPINGS, strict=True) if fits(path, pattern))
    fields = next((shape.model_fields for shape in shapes), {})
    return fields if path else {**fields, **SeveralShape.model_fields}
