"""Variables of the environment in what a target says, so that no secret stands in a model."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, overload

from doge_datagen.errors import ModelError, did_you_mean
from doge_datagen.model import Destination
from doge_datagen.model.redaction import Piece, Redacted, is_secret_name, revealed

VARIABLE = re.compile(r"\$\$(?=\$*\{)|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<otherwise>:-[^}]*)?\}")
"""A variable, or the two dollar signs that stand for one where ``{`` follows, as in files for ``docker compose``."""
OPENED = "${"


def has_variables(value: object) -> bool:
    """Whether something is to be filled in, in a text or in the texts of a mapping.

    >>> has_variables('postgresql://${DB_USER}@localhost/bank')
    True
    """
    return any(OPENED in text for _, text in _texts(value, ""))


@overload
def filled(value: str, where: str, name: str = "") -> Redacted: ...
@overload
def filled(value: Any, where: str, name: str = "") -> Any: ...
def filled(value: Any, where: str, name: str = "") -> Any:
    """A text, or the texts of a mapping, with their variables filled in; any other value as it is.

    ``${NAME}`` is the variable's value; ``${NAME:-default}`` the default where it is missing or empty; ``$${NAME}``
    stands for ``${NAME}`` itself.

    Args:
        value: as the model writes it.
        where: leads to it.
        name: of the option that has the value; a text is a secret where it is named like one.

    Returns:
        A :class:`~doge_datagen.model.redaction.Redacted` for each text.

    Raises:
        ModelError: a variable is missing, or ``${`` begins none. The message never shows a value.

    >>> filled('${NO_SUCH_NAME:-out}/trx.csv', 'targets.local.trx').reveal()
    'out/trx.csv'
    >>> filled('$${NAME}', 'targets.local.trx').reveal()
    '${NAME}'
    """
    for error in unfilled(value, where):
        raise error
    if isinstance(value, str):
        return Redacted(_pieces(value), secret=is_secret_name(name))
    if isinstance(value, Mapping):
        return {key: filled(inner, f"{where}.{key}", str(key)) for key, inner in value.items()}
    return value


def filled_place(place: Destination, where: str) -> Destination:
    """A place with its variables filled in, to compare it with others; it is not for messages.

    Raises:
        ModelError: as :func:`filled`.
    """
    return Destination(place.kind, revealed(filled(place.at, where)), revealed(filled(place.options, where)))


def unfilled_place(place: Destination, where: str) -> Iterator[ModelError]:
    """All that keeps a place from being filled in, as :func:`unfilled`."""
    yield from unfilled(place.at, where)
    yield from unfilled(place.options, where)


def unfilled(value: object, where: str) -> Iterator[ModelError]:
    """All that keeps a value from being filled in: each variable that is missing, each ``${`` that begins none."""
    for place, text in _texts(value, where):
        if OPENED in VARIABLE.sub("", text):
            hint = "write ${NAME} or ${NAME:-default}, and $${ for '${' itself"
            yield ModelError(place, f"has a '${{' that begins no variable. Hint: {hint}")
        for name in dict.fromkeys(found["name"] for found in _variables(text) if _value(found) is None):
            yield ModelError(place, _missing(name))


def _pieces(text: str) -> Iterator[Piece]:
    first = 0
    for found in VARIABLE.finditer(text):
        yield Piece(text[first : found.start()])
        # Without a name, as a default that is written in the model is no secret of the environment.
        yield Piece(_value(found) or "", found[0] if found["name"] and os.environ.get(found["name"]) else "")
        first = found.end()
    yield Piece(text[first:])


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    """The texts in a value, each with what leads to it."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, f"{where}.{key}")


def _variables(text: str) -> Iterator[re.Match[str]]:
    return (found for found in VARIABLE.finditer(text) if found["name"])


def _value(found: re.Match[str]) -> str | None:
    if not found["name"]:
        return "$"
    value, otherwise = os.environ.get(found["name"]), found["otherwise"]
    return value if otherwise is None else value or otherwise.removeprefix(":-")


def _missing(name: str) -> str:
    near = did_you_mean(name, os.environ)
    hint = f". Hint: {near}" if near.startswith("did") else ""
    return f"the environment has no variable {name}. Hint: set it, or write ${{{name}:-default}}{hint}"
