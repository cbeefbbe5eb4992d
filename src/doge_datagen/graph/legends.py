"""The legends of a drawing: what the incidents and rhythms are that its labels name."""

from __future__ import annotations

from collections.abc import Iterator

from doge_datagen.graph.drawing import Legend, feeding
from doge_datagen.model import Incident, Rhythm, Spec
from doge_datagen.model.rhythm import UTC


def legends(spec: Spec) -> tuple[Legend, ...]:
    """The legends of a model; there is none for what it does not have."""
    incidents = tuple(f"{name}: {incident_text(it)}" for name, it in spec.incidents.items())
    rhythms = tuple(f"{name}: {rhythm_text(it)}" for name, it in spec.rhythms.items())
    return tuple(Legend(title, lines) for title, lines in (("incidents", incidents), ("rhythms", rhythms)) if lines)


def incident_text(it: Incident) -> str:
    """When an incident happens and whom it affects, and in parentheses the streams that get its history.

    >>> incident_text(Incident(every='9 d', lasts='2 h', per=['eu', 'us'], emit='truth'))
    'every 9 d for 2 h, per eu + us (truth)'
    >>> incident_text(Incident('2026-02-05', '2026-02-19', affects="region == 'eu'"))
    "from 2026-02-05 to 2026-02-19, affects region == 'eu'"
    """
    when = f"from {it.start} to {it.end}" if it.every is None else f"every {it.every} for {it.lasts}"
    per = f", per {' + '.join(it.per)}" if it.per else ""
    whom = "" if it.affects is None else f", affects {it.affects}"
    return f"{when}{per}{whom}{feeding(it.emit, {})}"


def rhythm_text(it: Rhythm) -> str:
    """On what a rhythm depends.

    >>> rhythm_text(Rhythm(hours={7: 1, 20: 2}, growth='3 %/week', incidents={'bots': 6}))
    'hours, growth 3 %/week, incident bots 6'
    """
    return ", ".join(_parts(it)) or "the same at all times"


def _parts(it: Rhythm) -> Iterator[str]:
    yield from (key for key in ("hours", "weekdays") if getattr(it, key))
    if it.holidays is not None:
        yield f"holidays {it.holidays.country}"
    if it.growth is not None:
        yield f"growth {it.growth}"
    yield from (f"{period.name} {period.start} to {period.end}" for period in it.periods)
    yield from (f"incident {name} {factor}" for name, factor in it.incidents.items())
    if it.zone != UTC:
        yield f"zone {it.zone}"
