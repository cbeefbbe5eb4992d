"""Format numbers for people: three significant digits and a unit."""

from __future__ import annotations

from math import isinf

SCALES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
SPANS = (
    (365.25 * 86_400_000, "years"),
    (86_400_000, "days"),
    (3_600_000, "h"),
    (60_000, "min"),
    (1000, "s"),
    (1, "ms"),
)
PLURALS = ("years", "days")


def amount(number: float) -> str:
    """Format a count, 0 or more.

    >>> amount(1_351_234), amount(9_876.5), amount(39.2), amount(0.40004), amount(3e-11)
    ('1.35 M', '9,876', '39', '0.4', '3e-11')
    """
    if 10 <= number < 10_000:
        return f"{number:,.0f}"
    rounded = float(f"{number:.3g}")
    for scale, letter in SCALES:
        if rounded >= max(scale, 10_000):
            return f"{rounded / scale:.15g} {letter}"
    return f"{rounded:.3g}"


def reached(tick: int, tick_ms: int | None) -> str:
    """How far a run is: at which tick, or how much event time has passed if its ticks are milliseconds.

    >>> reached(1234, 60_000), reached(129_600_000, 1)
    ('tick 1,234', '1.5 days')
    """
    return duration(tick) if tick_ms == 1 else f"tick {tick:,}"


def duration(milliseconds: float) -> str:
    """Format a duration in event time.

    >>> duration(720_000), duration(250), duration(5_400_000), duration(float('inf'))
    ('12 min', '250 ms', '1.5 h', 'forever')
    >>> duration(86_400_000), duration(172_800_000)
    ('1 day', '2 days')
    """
    if isinf(milliseconds):
        return "forever"
    rounded = float(f"{milliseconds:.3g}")
    span, unit = next(((span, unit) for span, unit in SPANS if rounded >= span), SPANS[-1])
    many = rounded / span
    text = amount(many) if many >= 1000 else f"{many:.3g}"
    return f"{text} {unit.removesuffix('s') if text == '1' and unit in PLURALS else unit}"


def share(part: float) -> str:
    """Format a share, 0 to 1, in percent.

    >>> share(0.8139), share(1), share(2e-11)
    ('81.4 %', '100 %', '2e-09 %')
    """
    return f"{part * 100:.3g} %"


def ticks_of(number: int, tick_ms: int) -> str:
    """Format a number of ticks; where a tick is a millisecond, as a duration.

    >>> ticks_of(1000, 60_000), ticks_of(604_800_000, 1)
    ('1,000 ticks', '7 days')
    """
    return duration(number) if tick_ms == 1 else counted(number, "tick")


def counted(number: int, thing: str) -> str:
    """Format an exact count with its noun, in the singular or plural.

    >>> counted(1, 'tick'), counted(1000, 'tick')
    ('1 tick', '1,000 ticks')
    """
    return f"{number:,} {thing}" + ("" if number == 1 else "s")
