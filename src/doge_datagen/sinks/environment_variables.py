"""Fill in environment variables in targets, so that secrets need not be written in a model."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, overload

from doge_datagen.errors import ModelError, did_you_mean
from doge_datagen.model import Destination
from doge_datagen.model.redaction import Piece, Redacted, is_secret_name, revealed

VARIABLE = re.compile(r"\$\$(?=\$*\{)|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<otherwise>:-[^}]*)?\}")
"""A variable, or the escape ``$$`` before ``{`` for a literal ``$``, as in files for Docker Compose."""
OPENED = "${"


def has_variables(value: object) -> bool:
    """Whether a string, or any string in a mapping, contains variables or escapes.

    >>> has_variables('postgresql://${DB_USER}@localhost/bank')
    True
    """
    return any(OPENED in text for _, text in _texts(value, ""))


@overload
def filled(value: str, where: str, name: str = "") -> Redacted: ...
@overload
def filled(value: Any, where: str, name: str = "") -> Any: ...
def filled(value: Any, where: str, name: str = "") -> Any:
    """Fill in the variables in a string, or in the strings of a mapping; return any other value as it is.

    ``${NAME}`` is the variable's value; ``${NAME:-default}`` is the default if the variable is unset or empty;
    ``$${NAME}`` is a literal ``${NAME}``.

    Args:
        value: as written in the model.
        where: location of the value, for errors.
        name: name of the option that has the value; strings of options that are named like secrets are secret.

    Returns:
        A :class:`~doge_datagen.model.redaction.Redacted` for each string.

    Raises:
        ModelError: a variable is not set, or ``${`` does not begin one. The message never shows a value.

    >>> filled('${NO_SUCH_NAME:-out}/trx.csv', 'targets.local.trx').reveal()
    'out/trx.csv'
    >>> filled('$${NAME}', 'targets.local.trx').reveal()
    '${NAME}'
    """
    # All are found, the first is raised; the check of a model shows the others, too.
    for error in unfilled(value, where):
        raise error
    if isinstance(value, str):
        return Redacted(_pieces(value), secret=is_secret_name(name))
    if isinstance(value, Mapping):
        return {key: filled(inner, f"{where}.{key}", str(key)) for key, inner in value.items()}
    return value


def filled_destination(destination: Destination, where: str) -> Destination:
    """Fill in the variables of a destination to compare it with others; not for messages.

    Raises:
        ModelError: as :func:`filled`.
    """
    return Destination(
        destination.kind, revealed(filled(destination.at, where)), revealed(filled(destination.options, where))
    )


def unfilled_destination(destination: Destination, where: str) -> Iterator[ModelError]:
    """Yield an error for everything that keeps a destination from being filled in, as :func:`unfilled` does."""
    yield from unfilled(destination.at, where)
    yield from unfilled(destination.options, where)


def unfilled(value: object, where: str) -> Iterator[ModelError]:
    """Yield an error for each variable that is not set, and each ``${`` that does not begin a variable."""
    for path, text in _texts(value, where):
        # What is left after all variables are taken out: a "${" there would go to the server as it is, as part of a
        # password, say.
        if OPENED in VARIABLE.sub("", text):
            hint = "write ${NAME} or ${NAME:-default}, and $${ for '${' itself"
            yield ModelError(path, f"has a '${{' that begins no variable. Hint: {hint}")
        for name in dict.fromkeys(found["name"] for found in _variables(text) if _value(found) is None):
            yield ModelError(path, _missing(name))


def _pieces(text: str) -> Iterator[Piece]:
    first = 0
    for found in VARIABLE.finditer(text):
        yield Piece(text[first : found.start()])
        # Without a name, as a default that is written in the model is not a secret of the environment.
        yield Piece(_value(found) or "", found[0] if found["name"] and os.environ.get(found["name"]) else "")
        first = found.end()
    yield Piece(text[first:])


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    """The strings in a value, each with its location."""
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
    # ":-" as in a shell: the default also replaces an empty value. Without a default, an empty value is a value.
    return value if otherwise is None else value or otherwise.removeprefix(":-")


def _missing(name: str) -> str:
    near = did_you_mean(name, os.environ)
    hint = f"; {near}" if near.startswith("did") else ""
    return f"the environment has no variable {name}. Hint: set it, or write ${{{name}:-default}}{hint}"
