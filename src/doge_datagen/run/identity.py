"""What a run with a name is a run of: a resumed one has to be of the same."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.language import parse
from doge_datagen.language.canonical_form import canonical
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.function_source import body_of
from doge_datagen.language.units import duration_text, timestamp_text
from doge_datagen.model.spec import Attribute, Spec, Stream
from doge_datagen.model.transition import Transition

VERSION = 2
"""Of the identity itself: how it is made of a model."""
LAW = 1
"""Of the engines; another one makes other records of the same model and seed, and cannot go on with a run of this."""
PARTS = ("subjects", "states", "initial", "transitions", "streams")
"""What decides the records beside seed, start and tick. How many ticks there are does not: a run can be made longer."""


def identity(spec: Spec, seed: int, clock: int | None = None) -> str:
    """The model, seed and start of a run, as JSON on one line.

    It is made of what the model's code means, so that a comment or a pair of parentheses makes no other run.

    Args:
        spec: the model, with the start that the run has.
        seed: of the run.
        clock: the model's own start, where the run has that; None where another one was asked for.

    Raises:
        ModelError: an action is a function whose source is not available.
    """
    subjects, taken = spec.subjects, spec.subjects.attributes
    meant = {
        "subjects": [subjects.name, subjects.count, [[name, _attribute(it)] for name, it in taken.items()]],
        "states": list(spec.states),
        "initial": [[state, float(weight)] for state, weight in spec.initial.items()],
        "transitions": [_transition(it, taken) for it in spec.transitions],
        "streams": [[name, _stream(it)] for name, it in spec.streams.items()],
    }
    parts = {part: sha256(json.dumps(meant[part]).encode()).hexdigest()[:16] for part in PARTS}
    numbers = {"seed": seed, "start": spec.clock.start, "clock": clock, "tick": spec.clock.tick_ms, "law": LAW}
    return json.dumps({"version": VERSION, "model": spec.name, **numbers, **parts}, ensure_ascii=False)


def seed_and_start(of: str) -> tuple[int, int]:
    """The seed of an identity, and the timestamp of its first tick in milliseconds since the epoch."""
    said = json.loads(of)
    return int(said["seed"]), int(said["start"])


def clock_of(of: str) -> int | None:
    """The start that the model of an identity had, where its run has that too; None where another was asked for."""
    clock = json.loads(of).get("clock")
    return None if clock is None else int(clock)


def check_same(run_id: str, stream: str, there: str, here: str) -> None:
    """See that what stands at a place is of the same model, seed and start as this run.

    Args:
        run_id: the name of both.
        stream: whose place it is.
        there: the identity that stands at the place.
        here: that of this run.

    Raises:
        ModelError: it is not; the message says what differs.
    """
    old, new = json.loads(there), json.loads(here)
    where = f"{run_id!r} is, at the place of stream {stream}, a run"
    if any(old.get(key) != new[key] for key in ("version", "law")):
        problem = f"{where} that another version of doge-datagen began, and this one cannot resume it"
        raise ModelError("run_id", f"{problem}; finish it with that version, or give a new run another name")
    told = [_difference(key, old.get(key), new[key]) for key in new if old.get(key) != new[key]]
    if told:
        raise ModelError(
            "run_id",
            f"{where} with {', and '.join(told)}. Hint: ask for the same again, or give a new run another name",
        )


def _difference(key: str, old: object, new: object) -> str:
    if key in PARTS:
        return f"other {key} than the model has now"
    shown = {"start": timestamp_text, "clock": timestamp_text, "tick": duration_text}.get(key, repr)
    name = {"clock": "clock.start"}.get(key, key)
    return f"{name} {shown(old)}, not {shown(new)}"  # type: ignore[arg-type]  # as identity() wrote them


def _attribute(attribute: Attribute) -> list[Any]:
    return [_meant(attribute.start), attribute.type, attribute.values]


def _transition(transition: Transition, taken: Collection[str]) -> list[Any]:
    ends = [transition.trigger, transition.from_state, transition.to_state, float(transition.probability)]
    return [*ends, _body(transition, taken), list(transition.emit)]


def _body(transition: Transition, taken: Collection[str]) -> Any:
    try:
        return None if transition.do is None else canonical(body_of(transition.do, taken))
    except ExpressionError as refused:
        raise ModelError(f"transitions.{transition.trigger}.do", refused.message) from None


def _stream(stream: Stream) -> list[Any]:
    key = None if stream.key is None else _meant(stream.key)
    return [_each_meant(stream.fields), key, _each_meant(stream.headers)]


def _each_meant(given: Mapping[str, str]) -> list[Any]:
    return [[name, _meant(expression)] for name, expression in given.items()]


def _meant(given: str | float | bool) -> Any:  # noqa: FBT001 - as the model says it
    """What an expression means; a number may stand for itself."""
    return canonical(parse.expression(given if isinstance(given, str) else repr(given)))
