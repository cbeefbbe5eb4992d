"""Variables of the environment in what a target says, so that no secret stands in a model."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, overload

from doge_datagen.errors import ModelError, did_you_mean
from doge_datagen.model import Place

VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<otherwise>:-[^}]*)?\}")
OPENED = "${"
SHORTEST = 3
"""Of what is hidden in messages: what is shorter is no secret, and may be a word of ours."""
UNMISTAKABLE = 6
"""What is shorter is hidden only as a word by itself: within one of ours it may be there by chance."""


def has_variables(value: object) -> bool:
    """Whether something is to be filled in, in a text or in the texts of a mapping.

    >>> has_variables('postgresql://${DB_USER}@localhost/bank')
    True
    """
    return any(OPENED in text for _, text in _texts(value, ""))


@overload
def filled(value: str, where: str) -> str: ...
@overload
def filled(value: Any, where: str) -> Any: ...
def filled(value: Any, where: str) -> Any:
    """A text, or the texts of a mapping, with their variables filled in; any other value as it is.

    ``${NAME}`` is the variable's value; ``${NAME:-default}`` the default where it is missing or empty.

    Raises:
        ModelError: a variable is missing, or ``${`` begins none. The message never shows a value.

    >>> filled('${NO_SUCH_NAME:-out}/trx.csv', 'targets.local.trx')
    'out/trx.csv'
    """
    for error in unfilled(value, where):
        raise error
    if isinstance(value, str):
        return VARIABLE.sub(lambda found: _value(found) or "", value)
    if isinstance(value, Mapping):
        return {key: filled(inner, f"{where}.{key}") for key, inner in value.items()}
    return value


def filled_place(place: Place, where: str) -> Place:
    """A place with its variables filled in, for who opens or compares it.

    Raises:
        ModelError: as :func:`filled`.
    """
    options = {name: filled(value, f"{where}.{name}") for name, value in place.options.items()}
    return Place(place.kind, filled(place.at, where), options)


def unfilled_place(place: Place, where: str) -> Iterator[ModelError]:
    """All that keeps a place from being filled in, as :func:`unfilled`."""
    yield from unfilled(place.at, where)
    yield from unfilled(place.options, where)


def unfilled(value: object, where: str) -> Iterator[ModelError]:
    """All that keeps a value from being filled in: each variable that is missing, each ``${`` that begins none."""
    for place, text in _texts(value, where):
        if OPENED in VARIABLE.sub("", text):
            yield ModelError(place, "has a '${' that begins no variable; write ${NAME} or ${NAME:-default}")
        for name in dict.fromkeys(found["name"] for found in VARIABLE.finditer(text) if _value(found) is None):
            yield ModelError(place, _missing(name))


def hidden(message: str, value: object) -> str:
    """A message with texts as they stand in the target, or names of variables, where it shows what these hold.

    Args:
        message: about what ``value`` becomes where it is filled in.
        value: as the target says it.
    """
    told = {it: text for it, text in _held(value) if len(it) >= SHORTEST}
    told |= {repr(it)[1:-1]: text for it, text in told.items()}
    if not told:
        return message
    either = "|".join(_pattern(it) for it in sorted(told, key=len, reverse=True))
    return re.sub(either, lambda found: told[found[0]], message)


def _held(value: object) -> Iterator[tuple[str, str]]:
    """What variables hold, each with its name; then what whole texts become by them, each with the text."""
    texts = [text for _, text in _texts(value, "")]
    names = {found["name"] for text in texts for found in VARIABLE.finditer(text) if os.environ.get(found["name"])}
    yield from ((os.environ[name], f"${{{name}}}") for name in sorted(names))
    for text in texts:
        if names.intersection(found["name"] for found in VARIABLE.finditer(text)):
            yield VARIABLE.sub(lambda found: _value(found) or "", text), text


def _pattern(text: str) -> str:
    return re.escape(text) if len(text) >= UNMISTAKABLE else rf"(?<!\w){re.escape(text)}(?!\w)"


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    """The texts in a value, each with what leads to it."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, f"{where}.{key}")


def _value(found: re.Match[str]) -> str | None:
    value, otherwise = os.environ.get(found["name"]), found["otherwise"]
    return value if otherwise is None else value or otherwise.removeprefix(":-")


def _missing(name: str) -> str:
    near = did_you_mean(name, os.environ)
    hint = f"; {near}" if near.startswith("did") else ""
    return f"the environment has no variable {name}; set it, or write ${{{name}:-default}}{hint}"
