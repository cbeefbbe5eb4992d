"""What a run with a name is a run of: a resumed one has to be of the same."""

from __future__ import annotations

import json
from hashlib import sha256

from doge_datagen.errors import ModelError
from doge_datagen.language.units import duration_text, timestamp_text
from doge_datagen.model.spec import Spec
from doge_datagen.modelfile.dump import document

LAW = 1
"""Of the engines; another one makes other records of the same model and seed, and cannot go on with a run of this."""
PARTS = ("subjects", "states", "initial", "transitions", "streams")
"""What decides the records beside seed, start and tick. How many ticks there are does not: a run can be made longer."""


def identity(spec: Spec, seed: int) -> str:
    """The model, seed and start of a run, as JSON on one line.

    Raises:
        ModelError: an action is a function whose source cannot be had.
    """
    said = document(spec)
    parts = {part: sha256(json.dumps(said.get(part)).encode()).hexdigest()[:16] for part in PARTS}
    numbers = {"seed": seed, "start": spec.clock.start, "tick": spec.clock.tick_ms, "law": LAW}
    return json.dumps({"model": spec.name, **numbers, **parts}, ensure_ascii=False)


def seed_and_start(of: str) -> tuple[int, int]:
    """The seed of an identity, and the timestamp of its first tick in milliseconds since the epoch."""
    said = json.loads(of)
    return int(said["seed"]), int(said["start"])


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
    told = [_difference(key, old.get(key), new[key]) for key in new if old.get(key) != new[key]]
    if told:
        problem = f"{run_id!r} is, at the place of stream {stream}, a run with {', and '.join(told)}"
        raise ModelError("run_id", f"{problem}; ask for the same again, or give a new run another name")


def _difference(key: str, old: object, new: object) -> str:
    if key in PARTS:
        return f"other {key} than the model has now"
    shown = {"start": timestamp_text, "tick": duration_text}.get(key, repr)
    return f"{key} {shown(old)}, not {shown(new)}"  # type: ignore[arg-type]  # as identity() wrote them
