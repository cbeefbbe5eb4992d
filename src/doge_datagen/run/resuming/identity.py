"""The identity of a named run: a fingerprint of model, seed and start, which a resumed run has to match."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from doge_datagen.errors import ModelError
from doge_datagen.language.time.units import duration_text, timestamp_text
from doge_datagen.language.time.zones import UTC_NAME
from doge_datagen.language.time.zones import VERSION as VERSION_OF_ZONES
from doge_datagen.model.spec import Spec
from doge_datagen.model.timelines import Rhythm
from doge_datagen.program.program import Program
from doge_datagen.program.tables.provided_column import needs_mimesis
from doge_datagen.run.resuming.model_fingerprint import incidents_of, parts_of

if TYPE_CHECKING:
    from doge_datagen.run.stages import Stage

VERSION = 2
"""Of the identity format: how an identity is derived from a model."""
LAW = 1
"""Of the engines' behaviour. An engine with another law makes other records from the same model and seed, so it cannot
resume a run of this one."""
PARTS = ("subjects", "states", "initial", "transitions", "streams")
"""The parts of a model that decide the records, besides seed, start and tick. The number of ticks is not among them, so
that a run can be extended, unless stages delay records."""
STAGES, RHYTHMS, TABLES, INCIDENTS, WARM_UP = "stages", "rhythms", "tables", "incidents", "warm_up"
"""Parts that only identities of runs and models with stages, rhythms, tables, incidents and a warm-up have."""


def identity(program: Program, seed: int, clock: int | None = None, stages: Sequence[Stage] = ()) -> str:
    """The identity of a run: its model, seed and start, as JSON on one line.

    It is derived from the meaning of the model's code, so that a comment or a pair of parentheses does not change it.

    Args:
        program: the model, with the start of the run.
        seed: the seed of the run.
        clock: the model's own start if the run uses it; None if another start was asked for.
        stages: what the records pass.

    Raises:
        ModelError: an action is a function whose source is not available.
    """
    spec, meant = program.spec, parts_of(program.spec)
    # A digest for each part, so that a message can say which of them is another; 64 bits are enough to notice a change.
    parts = {part: sha256(json.dumps(meant[part]).encode()).hexdigest()[:16] for part in PARTS}
    numbers = {"seed": seed, "start": spec.clock.start, "clock": clock, "tick": spec.clock.tick_ms, "law": LAW}
    # Only if there is one, here and below: the identities of runs that began before such a thing existed must not
    # change.
    numbers |= {WARM_UP: spec.clock.warm_up} if spec.clock.warm_up else {}
    data = {**_rhythms(spec), **_incidents(spec), **_tables(program), **_zone(spec, meant), **_versions(spec, meant)}
    meaning = {"version": VERSION, "model": spec.name, **numbers, **parts, **_staged(spec, stages), **data}
    return json.dumps(meaning, ensure_ascii=False)


def data_versions(program: Program) -> dict[str, str]:
    """What decides the records besides the model: versions of packages with data, and digests of tables."""
    names = {"mimesis": version("mimesis")} if any(map(needs_mimesis, program.spec.tables.values())) else {}
    tables = {f"table {name}": it.digest for name, it in program.tables.items()}
    return _versions(program.spec, parts_of(program.spec)) | names | tables


def _versions(spec: Spec, meant: object) -> dict[str, str]:
    rhythms = spec.rhythms.values()
    found = {}
    zones = [it.zone for it in rhythms] + [it.zone or UTC_NAME for it in spec.populations]
    if _zone(spec, meant) or any(it != UTC_NAME for it in zones):
        found["tzdata"] = VERSION_OF_ZONES
    if any(it.holidays for it in rhythms):
        found["holidays"] = version("holidays")
    return found


def _zone(spec: Spec, meant: object) -> dict[str, str]:
    """The model's zone, if it uses another one than UTC."""
    return {"zone": spec.zone} if spec.zone != UTC_NAME or _names_a_zone(meant) else {}


def _names_a_zone(meant: object) -> bool:
    """Whether the canonical form of some code has ``zone=`` with another zone than UTC."""
    match meant:
        case ["keyword", {"arg": "'zone'", "value": zone}]:
            return bool(zone != ["Constant", {"value": repr(UTC_NAME)}])
        case list():
            return any(map(_names_a_zone, meant))
        case dict():
            return any(map(_names_a_zone, meant.values()))
    return False


def seed_and_start(of: str) -> tuple[int, int]:
    """The seed of an identity, and the timestamp of its first tick in milliseconds since the epoch."""
    found = json.loads(of)
    return int(found["seed"]), int(found["start"])


def clock_of(of: str) -> int | None:
    """The model's own start in an identity, if the run uses it; None if another start was asked for."""
    clock = json.loads(of).get("clock")
    return None if clock is None else int(clock)


def check_same(run_id: str, stream: str, there: str, here: str) -> None:
    """Check that the identity found at a destination matches this run.

    Args:
        run_id: the name of both runs.
        stream: the stream of the destination.
        there: the identity found at the destination.
        here: the identity of this run.

    Raises:
        ModelError: it does not; the message says what differs.
    """
    old, new = json.loads(there), json.loads(here)
    where = f"{run_id!r} is, at the destination of stream {stream}, a run"
    # First: digests of another version differ for reasons that are not the model's.
    if any(old.get(key) != new[key] for key in ("version", "law")):
        problem = f"{where} that another version of doge-datagen began, and this one cannot resume it"
        raise ModelError("run_id", f"{problem}. Hint: finish it with that version, or use another run ID")
    differences = [_difference(key, old.get(key), new.get(key)) for key in new | old if old.get(key) != new.get(key)]
    if differences:
        raise ModelError(
            "run_id",
            f"{where} with {', and '.join(differences)}. Hint: use the same model, seed and start, or another run ID",
        )


def _difference(key: str, old: object, new: object) -> str:
    if key in (*PARTS, RHYTHMS, TABLES, INCIDENTS):
        return f"different {key} from the model's"
    if key == STAGES:
        return f"the stages {old or []}, not {new or []}"
    shown = {"start": timestamp_text, "clock": timestamp_text, "tick": duration_text, WARM_UP: duration_text}
    name = {"clock": "clock.start"}.get(key, key)
    given = (shown.get(key, repr)(it or 0 if key == WARM_UP else it) for it in (old, new))  # type: ignore[arg-type]  # as identity() wrote them
    return f"{name} {', not '.join(given)}"


def _staged(spec: Spec, stages: Sequence[Stage]) -> dict[str, Any]:
    found: dict[str, Any] = {STAGES: [stage.identity for stage in stages]} if stages else {}
    delays = any(stage.delay for stage in stages)
    # Where records are delayed, the end of the run decides which are still in flight; such a run cannot be extended.
    return found | ({"ticks": spec.clock.ticks} if delays else {})


def _rhythms(spec: Spec) -> dict[str, str]:
    """A digest of the rhythms, if there are any."""
    meant = [[name, _rhythm(rhythm)] for name, rhythm in spec.rhythms.items()]
    return {RHYTHMS: sha256(json.dumps(meant).encode()).hexdigest()[:16]} if meant else {}


def _tables(program: Program) -> dict[str, str]:
    """A digest of the reference tables with all of their rows, if there are any."""
    meant = [[name, it.key, it.emit, it.digest] for name, it in program.tables.items()]
    return {TABLES: sha256(json.dumps(meant).encode()).hexdigest()[:16]} if meant else {}


def _rhythm(rhythm: Rhythm) -> dict[str, Any]:
    """What a rhythm says; without what it says nothing about, as identities had it before there was such a thing."""
    nothing: dict[str, Any] = {"blend": None, INCIDENTS: {}}
    return {name: it for name, it in asdict(rhythm).items() if name not in nothing or it != nothing[name]}


def _incidents(spec: Spec) -> dict[str, str]:
    """A digest of the incidents, if there are any."""
    meant = incidents_of(spec)
    return {INCIDENTS: sha256(json.dumps(meant).encode()).hexdigest()[:16]} if meant else {}
