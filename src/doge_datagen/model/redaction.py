"""Text that may hold a secret: code asks for it by name, and whatever displays it gets it redacted."""

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
"""How the names of options end that only say where a secret is."""
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<otherwise>[^}]*))?\}")
MASKED = re.compile("\ue000(\\d+)(?P<default>d?)\ue001")
"""What stands for a variable while the rest of a text is taken apart; its default may look like a URL of its own."""
SCHEME = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]*)://")
WITHOUT_USERS = ("http", "https", "ftp", "ftps")
"""Schemes whose user, where it stands without a password, may be a token."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text.

    Attributes:
        value: what it is.
        variable: the variable that it comes from as the model writes it, such as ``${NAME}``; empty where it comes
            from none.
    """

    value: str
    variable: str = ""


class Redacted:
    """A text from a target, with the variables of the environment filled in.

    :meth:`reveal` gives the text to whoever uses it. Everything that displays it, such as ``str``, ``repr`` and an
    f-string, shows it as the model writes it: variables by their names, passwords in it as ``***``. It compares with
    strings, so that it need not be revealed to be looked at.

    Args:
        text: the text, or its parts.
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
        """The text itself, for whoever uses it; it is not for messages."""
        return "".join(piece.value for piece in self._pieces)

    @property
    def address(self) -> str:
        """The text as people look for it: with what variables hold, unless they are named like secrets."""
        return str(self.resolved())

    def resolved(self) -> Redacted:
        """The same, shown with what variables hold, unless they are named like secrets."""
        return Redacted(
            [it if is_secret_name(it.variable) else Piece(it.value) for it in self._pieces], secret=self._secret
        )

    def split(self, separator: str) -> list[Redacted]:
        """The parts between separators, each without spaces around it.

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
    """Whether what has this name is a secret.

    >>> is_secret_name('sasl.password'), is_secret_name('ssl.key.location'), is_secret_name('${DB_TOKEN}')
    (True, False, True)
    """
    bare = name.removeprefix("${").partition(":-")[0].removesuffix("}")
    return not bare.endswith(NAMES_OF_FILES) and SECRET_NAME.search(bare) is not None


def redacted(value: Any, name: str = "") -> Any:
    """A value with its texts redacted, also those of a mapping, by their names.

    >>> redacted({'sasl.username': 'ann', 'sasl.password': 'hunter2', 'linger.ms': 5})
    {'sasl.username': 'ann', 'sasl.password': '***', 'linger.ms': 5}
    """
    if isinstance(value, Mapping):
        return {key: redacted(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, str):
        return Redacted(value, secret=is_secret_name(name))
    return value


def opened(value: Any, name: str = "") -> Any:
    """A value for whoever opens a place: its texts are plain strings, but for those that are named like secrets.

    >>> opened(redacted({'topic': 'trx', 'conf': {'sasl.password': 'hunter2'}}))
    {'topic': 'trx', 'conf': {'sasl.password': '***'}}
    """
    if isinstance(value, Mapping):
        return {key: opened(inner, str(key)) for key, inner in value.items()}
    return redacted(value, name) if is_secret_name(name) else revealed(value)


def revealed(value: Any) -> Any:
    """A value with the texts in it as they are, for a driver.

    >>> revealed(redacted({'sasl.password': 'hunter2', 'linger.ms': 5}))
    {'sasl.password': 'hunter2', 'linger.ms': 5}
    """
    if isinstance(value, Mapping):
        return {key: revealed(inner) for key, inner in value.items()}
    return value.reveal() if isinstance(value, Redacted) else value


def hidden_in(message: str, secrets: Iterable[str]) -> str:
    """What a driver says, which knows the secrets as they are and may repeat them.

    >>> hidden_in('bad option: hunter2', ['hunter2', ''])
    'bad option: ***'
    """
    either = "|".join(re.escape(it) for it in sorted(filter(None, secrets), key=len, reverse=True))
    return re.sub(either, HIDDEN, message) if either else message


def without_secrets(text: str) -> str:
    """A path, URL or list of addresses without passwords, tokens, and whatever follows a question mark.

    It need not be a valid one: where it cannot be told what is a password, more is hidden rather than less.

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
    """What follows the slashes of a URL may be a path alone, or user, password and host before it."""
    body, query = _parted(rest)
    has_authority = not rest.startswith("/")
    if has_authority and "@" in query:  # the query's, or that of a password with a question mark
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
    """What stands before the options of a URL, and these with the sign they begin with."""
    body = re.split("[?#;]", text, maxsplit=1)[0]
    return body, text[len(body) :]
