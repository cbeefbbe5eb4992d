"""Every exception of ours.

DogeError
├── ModelError           (ValueError)    what was described cannot be: place, value, way out
│   ├── InvalidModelError                everything that is wrong with a model, each with its place
│   └── CalculationError                 an action or field cannot be calculated for one subject
├── AlreadyStartedError  (RuntimeError)  a generator runs once
├── MissingDriverError   (ImportError)   an optional package is needed: the pip line is in the message
├── MissingProgramError                  a program of the system is needed: the message says how to get it
└── SinkError                            a sink could not open, take or deliver
    ├── UnreachableError                 no server answers at the address
    ├── RefusedError                     the server answers and says no: who you are, or what you may do
    ├── UnknownTargetError (ValueError)  no such topic, table or column, or a path of another kind
    ├── RecordError      (ValueError)    one record cannot be written: its shape, its type or its size
    └── DeliveryError                    records that were accepted did not all arrive: counts and causes
        └── ReaderGoneError              nobody reads standard output any more

Each message names the place, the value and the way out; the facts stay on the exception as attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches

EPOCH = datetime(1970, 1, 1)  # in UTC, as all timestamps are
NEAR, NEAR_IF_SHORT, SHORT = 0.7, 0.6, 5
"""How like another a name has to be to be taken for it misspelt: 'cvs' is 'csv', and 'started' is not 'to_state'."""
ALIKE = 0.8
"""How like another a new name may not be: it is taken for misspelt from here on."""
NUMBER = re.compile("[-_.]?[0-9]+")


class DogeError(Exception):
    """The root: ``except DogeError`` catches whatever this library raises on its own account.

    Attributes:
        report: where it ended the run of a model that had begun, what that did until then: a ``RunReport``.
    """

    report: object = None


class ModelError(DogeError, ValueError):
    """What was described cannot be; ``place`` says where."""

    def __init__(self, place: str, problem: str) -> None:
        self.place = place
        super().__init__(f"{place}: {problem}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a model.

    Attributes:
        path: the keys and positions that lead to it, such as ``('transitions', 1, 'do')``.
        message: the value, and the way out.
        line: where it is: in the text at ``path`` as long as ``file`` is empty, else in the file; 0 for unknown.
        column: as ``line``.
        file: the model file's name, where it came from one.
    """

    path: tuple[str | int, ...]
    message: str
    line: int = 0
    column: int = 0
    file: str = ""

    @property
    def place(self) -> str:
        """The path as a person writes it: ``transitions[1].do``."""
        return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path).lstrip(".")

    def __str__(self) -> str:
        if not self.file:
            within = f" (line {self.line}, column {self.column})" if self.line else ""
            return f"{self.place}{within}: {self.message}"
        position = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.file}{position}: " + (f"{self.place}: " if self.path else "") + self.message


class InvalidModelError(ModelError):
    """Everything that is wrong with a model; ``problems`` has each by itself."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        self.place = self.problems[0].place
        ValueError.__init__(self, "\n".join(map(str, self.problems)))


class CalculationError(ModelError):
    """An action or field cannot be calculated: a number too large, a division by zero.

    Attributes:
        subject: the index of the subject it happened to.
        timestamp: when, in milliseconds since the epoch.
        transition: the place of the transition at which it happened, where the error's place is that of a stream.
    """

    def __init__(
        self, place: str, problem: str, *, subject: int, timestamp: int, transition: str | None = None
    ) -> None:
        self.subject = subject
        self.timestamp = timestamp
        self.transition = transition
        digits = "milliseconds" if timestamp % 1000 else "seconds"
        moment = (EPOCH + timedelta(milliseconds=timestamp)).isoformat(timespec=digits)
        when = f"subject {subject}, at {moment}Z"
        super().__init__(place, f"{problem} ({when if transition is None else f'{transition}, {when}'})")


class AlreadyStartedError(DogeError, RuntimeError):
    """A generator runs once; make a new one to run again."""


class MissingDriverError(DogeError, ImportError):
    """The package behind an extra is not installed; ``extra`` names it."""

    def __init__(self, what: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{what} needs a package that is not installed: pip install 'doge-datagen[{extra}]'")


class MissingProgramError(DogeError):
    """A program of the system is not installed; ``program`` names it."""

    def __init__(self, program: str, hint: str) -> None:
        self.program = program
        super().__init__(f"the program {program!r} is not installed. Hint: {hint}")


class SinkError(DogeError):
    """A sink could not open, take or deliver.

    Attributes:
        sink: the place the sink writes to, such as ``topic trx`` or ``table balance``.
        transient: True where the same call may succeed later (a server away), False where it cannot (a wrong password).
    """

    transient = False

    def __init__(self, sink: str, problem: str, *, transient: bool | None = None) -> None:
        self.sink = sink
        if transient is not None:
            self.transient = transient
        super().__init__(f"{sink}: {problem}")


class UnreachableError(SinkError):
    """No server answers at the address."""

    transient = True


class RefusedError(SinkError):
    """The server answers and says no: authentication or permission."""


class UnknownTargetError(SinkError, ValueError):
    """The topic, table or column does not exist; or the path is a folder, a device, or another run's."""


class RecordError(SinkError, ValueError):
    """One record cannot be written: its shape, its type or its size."""


class DeliveryError(SinkError):
    """Records that were accepted did not all arrive.

    Attributes:
        accepted: records the sink took.
        delivered: records the server confirmed.
        missing: records known not to be there, or in doubt: ``accepted - delivered``.
        causes: the reasons given, each with how many records it took away.
    """

    def __init__(
        self, sink: str, *, accepted: int, delivered: int, causes: Mapping[str, int], transient: bool | None = None
    ) -> None:
        self.accepted = accepted
        self.delivered = delivered
        self.missing = accepted - delivered
        self.causes = dict(causes)
        reasons = "; ".join(f"{count:,} x {cause}" for cause, count in self.causes.items())
        super().__init__(
            sink,
            f"{self.missing:,} of {accepted:,} records did not arrive ({delivered:,} did): {reasons}",
            transient=transient,
        )


class ReaderGoneError(DeliveryError):
    """Nobody reads standard output any more, as in ``doge run model.yaml | head``: the run has ended early.

    What was generated until then is delivered to all other places.
    """


def did_you_mean_in_full(name: str, known: Iterable[str]) -> str:
    """What :func:`did_you_mean` says, as the end of a sentence after which another follows.

    >>> did_you_mean_in_full('sleeping', ['offline', 'online'])
    "known: 'offline', 'online'."
    """
    hint = did_you_mean(name, known)
    return hint if hint.endswith("?") else f"{hint}."


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of an error about a misspelt name: the nearest right one, or all there are.

    >>> did_you_mean('onlin', ['offline', 'online'])
    "did you mean 'online'?"
    >>> did_you_mean('sleeping', ['offline', 'online'])
    "known: 'offline', 'online'"
    """
    names = list(dict.fromkeys(known))
    near = get_close_matches(name, names, n=1, cutoff=NEAR_IF_SHORT if len(name) < SHORT else NEAR)
    if near:
        return f"did you mean {near[0]!r}?"
    if not names:
        return "there is none yet"
    shown = ", ".join(repr(known_name) for known_name in names[:10])
    return f"known: {shown}" + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def taken_for(name: str, known: Iterable[str]) -> str | None:
    """The name that a new one is taken for, as it is most like that; None where it is like none.

    >>> taken_for('balnce', ['balance'])
    'balance'
    >>> taken_for('count', ['amount']) is taken_for('local2', ['local']) is None  # a number makes another name
    True
    """
    others = [other for other in known if other == name or NUMBER.sub("", other) != NUMBER.sub("", name)]
    return next(iter(get_close_matches(name, others, n=1, cutoff=ALIKE)), None)
