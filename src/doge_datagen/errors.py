"""All exceptions of this library.

DogeError
├── ModelError           (ValueError)    a model, a generator or a parameter is invalid
│   ├── InvalidModelError                everything that is wrong with a model, each with its location
│   └── CalculationError                 an action or field cannot be calculated for a subject
├── AlreadyStartedError  (RuntimeError)  a generator was started twice
├── MissingDriverError   (ImportError)   an optional package is missing; the message has the pip command
├── MissingProgramError                  a system program is missing; the message says how to install it
└── SinkError                            a sink could not open, accept or deliver records
    ├── UnreachableError                 no server answers at the address
    ├── RefusedError                     the server refuses: authentication or permission
    ├── UnknownTargetError (ValueError)  no such topic, table or column, or a path of the wrong type
    ├── RecordError      (ValueError)    one record cannot be written: its shape, type or size
    └── DeliveryError                    some accepted records were not delivered; with counts and causes
        └── ReaderGoneError              the reader of standard output is gone

A message has the form ``location: problem. Hint: remedy``; its facts are also attributes of the exception.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path

EPOCH = datetime(1970, 1, 1)  # in UTC, as all timestamps are
NEAR, NEAR_IF_SHORT, SHORT = 0.7, 0.6, 5
"""Similarity from which on an unknown name is taken as a known one misspelt: 'cvs' is 'csv', but 'started' is not
'to_state'."""
ALIKE = 0.8
"""Similarity from which on a new name is taken as an existing one misspelt."""
NUMBER = re.compile("[-_.]?[0-9]+")


class DogeError(Exception):
    """The base class of all exceptions of this library.

    Attributes:
        report: if it ended a run of a model that had begun, the ``RunReport`` up to then; otherwise None.
    """

    report: object = None


class ModelError(DogeError, ValueError):
    """A model, a generator or a parameter is invalid.

    Attributes:
        dotted_path: where the error is, such as ``transitions.login``.
        problem: the message without the path.
        location: where in the model file it is, such as ``bank.yaml:12:34``; empty if unknown.
    """

    location = ""

    def __init__(self, dotted_path: str, problem: str) -> None:
        self.dotted_path = dotted_path
        self.problem = problem
        super().__init__(f"{dotted_path}: {problem}")

    def __str__(self) -> str:
        return f"{self.location}: {super().__str__()}" if self.location else super().__str__()


@dataclass(frozen=True, slots=True)
class Problem:
    """One error in a model.

    Attributes:
        path: the keys and indexes that lead to it, such as ``('transitions', 1, 'do')``.
        message: the problem, usually with a hint.
        line: its line, from 1: in ``file``, or in the text at ``path`` if ``file`` is empty; 0 if unknown.
        column: its column, from 1, likewise.
        file: the name of the model file; empty if the model did not come from one.
    """

    path: tuple[str | int, ...]
    message: str
    line: int = 0
    column: int = 0
    file: str = ""

    @property
    def dotted_path(self) -> str:
        """The path as text: ``transitions[1].do``."""
        return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path).lstrip(".")

    def __str__(self) -> str:
        if not self.file:
            within = f" (line {self.line}, column {self.column})" if self.line else ""
            return f"{self.dotted_path}{within}: {self.message}"
        position = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.file}{position}: " + (f"{self.dotted_path}: " if self.path else "") + self.message


class InvalidModelError(ModelError):
    """Everything that is wrong with a model.

    Attributes:
        problems: the errors, each a ``Problem`` with path, message, line, column and file.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        self.dotted_path, self.problem = self.problems[0].dotted_path, self.problems[0].message
        ValueError.__init__(self, "\n".join(map(str, self.problems)))


class CalculationError(ModelError):
    """An action or field cannot be calculated, for example because of an overflow or a division by zero.

    Attributes:
        subject: the index of the subject; its identity as a string if it is spawned, such as ``17.3``.
        timestamp: the time of the event, in milliseconds since the epoch.
        transition: the location of the transition, if the error is in a stream; otherwise None.
    """

    def __init__(
        self,
        dotted_path: str,
        problem: str,
        *,
        subject: int | str,
        timestamp: int,
        transition: str | None = None,
    ) -> None:
        self.subject = subject
        self.timestamp = timestamp
        self.transition = transition
        self._problem = problem
        digits = "milliseconds" if timestamp % 1000 else "seconds"
        moment = (EPOCH + timedelta(milliseconds=timestamp)).isoformat(timespec=digits)
        when = f"subject {subject}, at {moment}Z"
        super().__init__(dotted_path, f"{problem} ({when if transition is None else f'{transition}, {when}'})")

    def moved(self, move: Callable[[str], str]) -> CalculationError:
        """The same error with other paths, such as those of one population among several."""
        at = None if self.transition is None else move(self.transition)
        where, when = move(self.dotted_path), self.timestamp
        return CalculationError(where, self._problem, subject=self.subject, timestamp=when, transition=at)


class AlreadyStartedError(DogeError, RuntimeError):
    """A generator was started twice; make a new one to run again."""


class MissingDriverError(DogeError, ImportError):
    """An optional package is not installed.

    Attributes:
        extra: the extra of ``doge-datagen`` that installs it.
    """

    def __init__(self, what: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{what} needs a package that is not installed. Hint: pip install 'doge-datagen[{extra}]'")


class MissingProgramError(DogeError):
    """A system program is not installed.

    Attributes:
        program: its name.
    """

    def __init__(self, program: str, hint: str) -> None:
        self.program = program
        super().__init__(f"the program {program!r} is not installed. Hint: {hint}")


class SinkError(DogeError):
    """A sink could not open, accept or deliver records.

    Attributes:
        sink: the destination of the sink, such as ``topic trx`` or ``table balance``.
        transient: True if the same call may succeed later (a server is down), False if not (a wrong password).
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
    """The server refuses access: authentication or permission."""


class UnknownTargetError(SinkError, ValueError):
    """The topic, table or column does not exist; or the path is a folder, a device, or another run's."""


class RecordError(SinkError, ValueError):
    """A record cannot be written because of its shape, type or size."""


class DeliveryError(SinkError):
    """Some accepted records were not delivered.

    Attributes:
        accepted: number of records the sink accepted.
        delivered: number of records the server confirmed.
        missing: number of records that are lost or in doubt: ``accepted - delivered``.
        causes: for each reason reported, the number of records it affected.
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
    """The reader of standard output is gone, as in ``doge run model.yaml | head``, which ended the run early.

    Everything generated until then has been delivered to all other destinations.
    """


def did_you_mean_in_full(name: str, known: Iterable[str]) -> str:
    """Like :func:`did_you_mean`, but a complete sentence, so that another can follow.

    >>> did_you_mean_in_full('sleeping', ['offline', 'online'])
    "known: 'offline', 'online'."
    """
    hint = did_you_mean(name, known)
    return hint if hint.endswith("?") else f"{hint}."


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The hint for an unknown name: the most similar known name, or a list of all.

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
        return "none is defined yet"
    shown = ", ".join(repr(known_name) for known_name in names[:10])
    return f"known: {shown}" + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def similar_file(path: Path) -> str:
    """The hint for a file that does not exist: the file of its folder with the most similar name."""
    if not path.parent.is_dir():
        return f"check the path: there is no folder {str(path.parent)!r}"
    return did_you_mean(path.name, sorted(it.name for it in path.parent.iterdir() if it.is_file()))


def taken_for(name: str, known: Iterable[str]) -> str | None:
    """The existing name that a new one is probably a misspelling of; None if it resembles none.

    >>> taken_for('balnce', ['balance'])
    'balance'
    >>> taken_for('count', ['amount']) is taken_for('local2', ['local']) is None  # numbered names differ
    True
    """
    others = [other for other in known if other == name or NUMBER.sub("", other) != NUMBER.sub("", name)]
    return next(iter(get_close_matches(name, others, n=1, cutoff=ALIKE)), None)
