"""What is incompatible between the schema of a stream and the one that a registry has, in words about fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

CLASS_NAME = re.compile(r"(?:[a-z_]\w*\.)+[A-Z]\w*(?:Exception|Error): ")
"""What Java puts before a message."""
REMEDY = (
    "Hint: send the stream to another topic, give the fields the names and types of that version, or lower the "
    "compatibility of the subject"
)


def conflict(subject: str, new: str, version: int, old: str) -> str:
    """What to say of a schema that is refused for the latest version there is.

    Args:
        subject: that it would be registered under.
        new: the schema as JSON.
        version: the number of the latest version.
        old: that as JSON.

    >>> conflict('trx-value', '{"type": "record", "name": "trx", "fields": [{"name": "id", "type": "string"}]}', 3,
    ...     '{"type": "record", "name": "trx", "fields": [{"name": "id", "type": "long"}]}').partition('. ')[0]
    "subject 'trx-value' has version 3, which the new schema is not compatible with: field 'id' was long and is string"
    """
    found = "; ".join(_differences(json.loads(old), json.loads(new)))
    because = f": {found}" if found else ""
    return f"subject {subject!r} has version {version}, which the new schema is not compatible with{because}. {REMEDY}"


def without_class_names(message: str) -> str:
    """What a registry says, without the names of its classes."""
    return CLASS_NAME.sub("", message)


def _differences(old: Any, new: Any) -> Iterator[str]:
    if not (_is_record(old) and _is_record(new)):
        yield f"it was {_type(old)} and is {_type(new)}"
        return
    if old.get("name") != new.get("name"):
        yield f"the record was called {old.get('name')!r} and is called {new.get('name')!r}"
    before = {field["name"]: field for field in old["fields"]}
    now = {field["name"]: field for field in new["fields"]}
    for name, field in now.items():
        if name not in before:
            yield f"field {name!r} is new" + ("" if "default" in field else " and has no default")
        elif _type(before[name]["type"]) != _type(field["type"]):
            yield f"field {name!r} was {_type(before[name]['type'])} and is {_type(field['type'])}"
    for name, field in before.items():
        if name not in now:
            yield f"field {name!r} is gone" + ("" if "default" in field else " and had no default")


def _is_record(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "record"


def _type(schema: Any) -> str:
    """A type in a word, as far as there is one."""
    if isinstance(schema, dict):
        named = schema.get("logicalType") or schema.get("name") or schema["type"]
        return named if isinstance(named, str) else json.dumps(named)
    return schema if isinstance(schema, str) else " or ".join(map(_type, schema))
