"""The forecast as plain values, for JSON."""

from __future__ import annotations

from dataclasses import asdict
from math import isinf
from typing import Any

from doge_datagen.forecast.in_words import comparison
from doge_datagen.forecast.values import HOUR, Amount, ExpectedState, Forecast
from doge_datagen.forecast.warnings import warnings_about


def as_json_values(expected: Forecast) -> dict[str, Any]:
    """Convert a forecast to lists, dicts, strings and numbers that ``json.dumps`` accepts.

    None means that there is no number: the ticks and totals of a run without end, the time until something that never
    happens, and what is unknown. ``low`` and ``high`` are the range that 95 of 100 runs are in: of ``total``, or of
    ``per_hour`` if the run has no end. If there are several populations, each is converted alike.
    """
    parts = {it.subject: as_json_values(it) for it in expected.populations}
    return {
        "model": expected.model,
        "subjects": expected.subjects,
        "arriving": expected.arriving,
        "arriving_per_hour": expected.arriving_per_hour,
        "spawned": expected.spawned,
        "spawned_per_hour": expected.spawned_per_hour,
        "ticks": expected.ticks,
        "tick_ms": expected.tick_ms,
        "events": _amount(expected.events),
        "states": [_state(state) for state in expected.states],
        "transitions": [
            {
                "trigger": it.trigger,
                "from_state": it.from_state,
                "to_state": it.to_state,
                "probability": it.probability,
                "cause": it.cause,
                "emit": list(it.emit),
                "may_be_rejected": it.trigger in expected.may_be_rejected,
                "rejected": it.rejected,
                "events": _amount(it.events),
            }
            for it in expected.transitions
        ],
        "streams": [
            {"name": it.name, "fed_by": list(it.fed_by), "records": _amount(it.records)} for it in expected.streams
        ],
        "rhythms": [asdict(it) for it in expected.rhythms],
        "weeks": [asdict(it) for it in expected.weeks],
        "incidents": [
            {"name": it.name, "happens": _amount(it.happens), "share": it.share} for it in expected.incidents
        ],
        "sample": None if expected.sampled is None else asdict(expected.sampled),
        "warnings": list(warnings_about(expected)),
        "comparison": list(comparison(expected)),
        **({"populations": parts} if parts else {}),
    }


def _amount(amount: Amount) -> dict[str, float | None]:
    return {
        "total": amount.total,
        "per_tick": amount.per_tick,
        "per_second": amount.per_second,
        "per_hour": amount.per_second * HOUR,
        "long_run_per_tick": amount.long_run,
        "low": amount.low,
        "high": amount.high,
    }


def _state(state: ExpectedState) -> dict[str, Any]:
    return {
        "name": state.name,
        "reachable": state.reachable,
        "final": state.final,
        "dwell_ticks": _finite(state.dwell),
        "dwell_ms": _finite(state.dwell_ms),
        "stay_ticks": _finite(state.stay),
        "stay_ms": _finite(state.stay_ms),
        "long_run_share": state.share,
        "visits": state.visits,
    }


def _finite(number: float) -> float | None:
    # JSON has no infinity: RFC 8259, section 6.
    return None if isinf(number) else number
