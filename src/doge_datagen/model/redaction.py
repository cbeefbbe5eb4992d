"""Strings that may contain secrets: displayed redacted, and revealed only by an explicit call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

HIDDEN = "***"
SECRET_NAME = re.compile(
    r"(?i)passw|passphrase|secret|token|credential(?!s\.client\.id)|private|user\.info|jaas"
    r"|(?:^|[._-]|api|access|account|shared|encryption|hex)(?:key|sig|pw|pwd|pem|sec|auth)(?:$|[._-](?!id$))"
    r"|(?:^|[._-])oauthbearer\.(?:config|extensions)$|connection_?string"
)
"""Names of options and variables whose values are secrets."""
NAMES_OF_FILES = (".location", ".file", ".source")
"""Endings of the names of options that only say where a secret is stored."""
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<otherwise>[^}]*))?\}")
MASKED = re.compile("\ue000(\\d+)(?P<default>d?)\ue001")
"""The placeholder of a variable while a string is parsed: its default value may look like a URL itself."""
SCHEME = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]*)://")
WITHOUT_USERS = ("http", "https", "ftp", "ftps")
"""Schemes in whose URLs a user without a password may be a token."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a string.

    Attributes:
        value: the part itself.
        variable: the variable that it comes from, as written in the model, such as ``${NAME}``; empty if none.
    """

    value: str
    variable: str = ""


class Redacted:
    """A string from a target, with environment variables filled in, that is displayed redacted.

    :meth:`reveal` returns the string itself. ``str``, ``repr`` and f-strings show it as the model writes it: variables
    by name, passwords as ``***``. It compares equal to strings, so comparing it does not require revealing it.

    Args:
        text: the string, or its parts.
        secret: whether all of it is a secret.

    >>> at = Redacted('postgresql://ann:hunter2@localhost/bank')
    >>> f'{at}', at.reveal()
    ('postgresql://ann:***@localhost/bank', 'postgresql://ann:hunter2@localhost/bank')
    >>> Redacted([Piece('bank', '${DB}'), Piece('.db')])
    '${DB}.db'
    """

    __slots__ = ("_pieces", "_secret")

    def __init__(self, text: str | Iterable[Piece], *, secret: bool = False) -> None:
        self._pieces = (Piece(text),) if isinstance(text, str) else tuple(text)
        self._secret = secret

    def reveal(self) -> str:
        """Return the string itself, for use by drivers; never put it into a message."""
        return "".join(piece.value for piece in self._pieces)

    @property
    def address(self) -> str:
        """The string for display with variables filled in, except those whose names suggest a secret."""
        return str(self.resolved())

    def resolved(self) -> Redacted:
        """Return a copy that displays the values of variables, except those whose names suggest a secret."""
        return Redacted(
            [it if is_secret_name(it.variable) else Piece(it.value) for it in self._pieces], secret=self._secret
        )

    def split(self, separator: str) -> list[Redacted]:
        """Split at a separator and strip each part.

        >>> Redacted([Piece('a:1,b:2', '${KAFKA}'), Piece(',c:3')]).split(',')
        ['${KAFKA}', '${KAFKA}', 'c:3']
        """
        text, found, first = self.reveal(), [], 0
        for part in text.split(separator):
            start = first + len(part) - len(part.lstrip())
            found.append(Redacted(self._between(start, start + len(part.strip())), secret=self._secret))
            first += len(part) + len(separator)
        return found

    def _between(self, first: int, end: int) -> Iterator[Piece]:
        at = 0
        for piece in self._pieces:
            part = piece.value[max(first - at, 0) : max(end - at, 0)]
            if part:
                yield Piece(part, piece.variable)
            at += len(piece.value)

    def __str__(self) -> str:
        return HIDDEN if self._secret else without_secrets("".join(it.variable or it.value for it in self._pieces))

    def __repr__(self) -> str:
        return repr(str(self))

    def __format__(self, form: str) -> str:
        return format(str(self), form)

    def __bool__(self) -> bool:
        return bool(self.reveal())

    def __contains__(self, part: str) -> bool:
        return part in self.reveal()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Redacted):
            return self.reveal() == other.reveal()
        return self.reveal() == other if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.reveal())


def is_secret_name(name: str) -> bool:
    """Whether an option or variable of this name holds a secret.

    >>> is_secret_name('sasl.password'), is_secret_name('ssl.key.location'), is_secret_name('${DB_TOKEN}')
    (True, False, True)
    """
    bare = name.removeprefix("${").partition(":-")[0].removesuffix("}")
    return not bare.endswith(NAMES_OF_FILES) and SECRET_NAME.search(bare) is not None


def redacted(value: Any, name: str = "") -> Any:
    """Return a value with its strings redacted; in a mapping, the key decides whether a string is a secret.

    >>> redacted({'sasl.username': 'ann', 'sasl.password': 'hunter2', 'linger.ms': 5})
    {'sasl.username': 'ann', 'sasl.password': '***', 'linger.ms': 5}
    """
    if isinstance(value, Mapping):
        return {key: redacted(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, str):
        return Redacted(value, secret=is_secret_name(name))
    return value


def opened(value: Any, name: str = "") -> Any:
    """Return the options for a sink to open: strings in plain, except those whose names suggest a secret.

    >>> opened(redacted({'topic': 'trx', 'conf': {'sasl.password': 'hunter2'}}))
    {'topic': 'trx', 'conf': {'sasl.password': '***'}}
    """
    if isinstance(value, Mapping):
        return {key: opened(inner, str(key)) for key, inner in value.items()}
    return redacted(value, name) if is_secret_name(name) else revealed(value)


def revealed(value: Any) -> Any:
    """Return a value with all strings in plain, for a driver.

    >>> revealed(redacted({'sasl.password': 'hunter2', 'linger.ms': 5}))
    {'sasl.password': 'hunter2', 'linger.ms': 5}
    """
    if isinstance(value, Mapping):
        return {key: revealed(inner) for key, inner in value.items()}
    return value.reveal() if isinstance(value, Redacted) else value


def hidden_in(message: str, secrets: Iterable[str]) -> str:
    """Hide secrets in a driver's message, which may repeat them.

    >>> hidden_in('bad option: hunter2', ['hunter2', ''])
    'bad option: ***'
    """
    either = "|".join(re.escape(it) for it in sorted(filter(None, secrets), key=len, reverse=True))
    return re.sub(either, HIDDEN, message) if either else message


def without_secrets(text: str) -> str:
    """Hide passwords, tokens and query strings in a path, URL or list of addresses.

    It need not be valid: when in doubt what the password is, more is hidden rather than less.

    >>> without_secrets('u:hunter2@host/db'), without_secrets('duckdb:///x.db?encryption_key=hunter2')
    ('***@host/db', 'duckdb:///x.db?***')
    """
    variables: list[str] = []

    def mask(found: re.Match[str]) -> str:
        otherwise = found["otherwise"]
        default = "" if otherwise is None else f":-{without_secrets(otherwise)}"
        variables.append(f"${{{found['name']}{default}}}")
        return f"\ue000{len(variables) - 1}{'d' if default else ''}\ue001"

    masked = VARIABLE.sub(mask, text)
    scheme = SCHEME.match(masked)
    shown = _url(scheme["scheme"], masked[scheme.end() :]) if scheme else _no_url(masked)
    return MASKED.sub(lambda found: variables[int(found[1])], shown)


def _url(scheme: str, rest: str) -> str:
    """Redact a URL; after the slashes there may be user, password and host before the path."""
    body, query = _parted(rest)
    has_authority = not rest.startswith("/")
    if has_authority and "@" in query:  # part of the query, or of a password that contains a question mark
        return f"{scheme}://{re.split('[:/@?]', rest, maxsplit=1)[0]}:{HIDDEN}"
    user, at, host = body.rpartition("@")
    if at:
        user, colon, password = user.partition(":")
        variable = MASKED.fullmatch(password)
        if colon:
            user += f":{password if variable and not variable['default'] else HIDDEN}"
        elif scheme.lower() in WITHOUT_USERS:
            user = HIDDEN
    elif has_authority and "[" not in host:
        host = re.sub(r":(?!\d*(?:[,/]|$)|\ue000\d+d?\ue001)[^,/]*", f":{HIDDEN}", host)
    return f"{scheme}://{user}{at}{host}{query and query[0] + HIDDEN}"


def _no_url(text: str) -> str:
    user, at, rest = text.rpartition("@")
    if at and (":" in user or "," in user):
        text = f"{HIDDEN}@{rest}"
    body, query = _parted(text)
    return f"{body}{query[0]}{HIDDEN}" if "=" in query else text


def _parted(text: str) -> tuple[str, str]:
    """Split a URL before its options; these keep their leading ``?``, ``#`` or ``;``."""
    body = re.split("[?#;]", text, maxsplit=1)[0]
    return body, text[len(body) :]
