"""Generate the tables of docs/reference/model-file.md from the schema of models: python docs/generate_model_file.py."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic.fields import FieldInfo

from doge_datagen.language.time.units import timestamp_text
from doge_datagen.modelfile.json_schema import schema
from doge_datagen.modelfile.schema.file import SeveralShape
from doge_datagen.modelfile.schema.shape_errors import MAPPINGS as SHAPES
from doge_datagen.modelfile.yaml_writer import write

PAGE = Path(__file__).parent / "reference" / "model-file.md"
GENERATED = re.compile(r"(?P<begin><!-- keys: (?P<shape>\w+) -->\n).*?(?P<end><!-- end of keys -->\n)", re.DOTALL)
SCHEMA = schema()
MAPPINGS = {it.__name__: it for it in SHAPES}
EXPRESSION = ["string", "number", "boolean"]
SPAWNS = "a string, a [mapping](#spawn), or a list of these"
WORDS = {
    ("ModelShape", "targets"): "a mapping of names to mappings of streams to [destinations](#targets)",
    ("ClockShape", "start"): "a timestamp",
    ("ClockShape", "tick"): "a duration",
    ("ClockShape", "until"): "a timestamp or a duration",
    ("ClockShape", "warm_up"): "a duration",
    ("MatrixShape", "weights"): "a mapping of states to mappings of states to weights",
    ("ModelShape", "states"): "a list of strings, or a [mapping](#states)",
    ("PopulationShape", "states"): "a list of strings, or a [mapping](#states)",
    ("TransitionShape", "to"): "a string, or a mapping of states to shares",
    ("TransitionShape", "probability"): "a number, 0 to 100, with or without a percent sign, or an expression",
    ("ModelShape", "constants"): "a mapping of names to numbers, booleans, strings or lists of them",
    ("RhythmShape", "hours"): "a mapping of points of the day to a number, 0 or more",
    ("RhythmShape", "weekdays"): "a mapping of weekdays to a number, 0 or more",
    ("PeriodShape", "from"): "a date or a time",
    ("PeriodShape", "to"): "a date or a time",
    ("MatrixShape", "do"): "[statements](expressions.md#actions)",
    ("TransitionShape", "do"): "[statements](expressions.md#actions)",
    ("ArriveShape", "do"): "[statements](expressions.md#actions)",
    ("BornShape", "do"): "[statements](expressions.md#actions)",
    ("ArriveShape", "spawn"): SPAWNS,
    ("BornShape", "spawn"): SPAWNS,
    ("TransitionShape", "spawn"): SPAWNS,
    ("SpawnShape", "with"): "a mapping of names to [expressions](expressions.md)",
}
"""Names for values that are plain strings or mappings in the schema."""
PLURALS = {"a string": "strings", "a [transition](#transitions)": "[transitions](#transitions)"}
PLURALS |= {"a [period](#periods)": "[periods](#periods)", "a number, 0 or more": "numbers, 0 or more"}
HEAD = "\n| key | value | default | what it is | example |\n|---|---|---|---|---|\n"


def page(text: str) -> str:
    """Return the page with its tables generated anew; the text between them is kept."""
    return GENERATED.sub(lambda found: found["begin"] + table(found["shape"]) + "\n" + found["end"], text)


def definition(name: str) -> Mapping[str, Any]:
    """Return the part of the schema that describes a mapping."""
    return SCHEMA if name == "ModelShape" else SCHEMA["$defs"][name]


def table(name: str) -> str:
    """Return the table of a mapping, with a row for each key."""
    return HEAD + "".join(row(name, key, schema) for key, schema in definition(name)["properties"].items())


def row(name: str, key: str, schema: Mapping[str, Any]) -> str:
    """Return the row of a key: what it takes and what it means."""
    below = definition(schema["$ref"].rpartition("/")[2]) if "$ref" in schema else {}
    meaning = schema.get("description") or below["description"]
    field = field_of(name, key)
    example = f"`{shown(key, field.examples[0])}`" if field.examples else ""
    return f"| `{key}` | {WORDS.get((name, key)) or value(schema)} | {left_out(field)} | {meaning} | {example} |\n"


def field_of(name: str, key: str) -> FieldInfo:
    """Return the pydantic field that the schema was made from."""
    fields = MAPPINGS[name].model_fields | (SeveralShape.model_fields if name == "ModelShape" else {})
    return next(field for known, field in fields.items() if (field.alias or known) == key)


def value(schema: Mapping[str, Any]) -> str:
    """Describe what a value may be."""
    if "$ref" in schema:
        return linked(schema["$ref"])
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{choice}`" for choice in schema.get("enum", [schema.get("const")]))
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(value(each) for each in schema["anyOf"]))
    if schema["type"] == "array":
        return f"a list of {PLURALS.get(item := value(schema['items']), item)}"
    if schema["type"] == "object":
        return f"a mapping of names to {value(schema['additionalProperties'])}"
    return "an [expression](expressions.md)" if schema["type"] == EXPRESSION else plain(schema)


def plain(schema: Mapping[str, Any]) -> str:
    """Describe a string, or a number with its bounds."""
    kinds = {"string": "a string", "integer": "an integer", "number": "a number", "boolean": "`true` or `false`"}
    kind = kinds[schema["type"]]
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        return f"{kind} above {schema['exclusiveMinimum']}"
    return kind if low is None else f"{kind}, {low:,} or more" if high is None else f"{kind}, {low:,} to {high:,}"


def linked(reference: str) -> str:
    """Link to the table of a mapping."""
    word = reference.rpartition("/")[2].removesuffix("Shape").lower()
    if word not in ("attribute", "transition", "stream", "rhythm", "period", "table", "population", "incident"):
        return f"a [mapping](#{word})"
    return f"{'an' if word[0] in 'ai' else 'a'} [{word}](#{word}s)"


def left_out(field: FieldInfo) -> str:
    """Describe the default of a key."""
    if field.is_required():
        return "required"
    if isinstance(field.default, bool | str):
        return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"
    if field.default == 0:
        return "`0`"
    return f"`{timestamp_text(field.default)}`" if isinstance(field.default, int) else "none"


def shown(key: str, example: object) -> str:
    """Return an example as a file has it, in one line."""
    whole = write({key: example}).strip()
    if "\n" in whole:
        flow = yaml.safe_dump(example, default_flow_style=True, sort_keys=False, width=1000)
        whole = f"{key}: {flow.strip()}"
    return whole.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
