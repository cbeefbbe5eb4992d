"""Models whose rejections shape the result: empty purses, waiting times, opening hours, churn, thieves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doge_datagen import Attribute, Clock, Model, Population, Stream, Transition

START = 1_709_251_200_000  # Friday, 2024-03-01
MINUTE, DAY = 60_000, 1440
Edges = list[tuple[Any, ...]]
"""Trigger, from_state, to_state, percent, action, then the names of its streams."""


def _model(name: str, attributes: Mapping[str, Any], states: list[str], edges: Edges, count: int, ticks: int) -> Model:
    transitions = [Transition(*transition[:4], do=transition[4], emit=transition[5:]) for transition in edges]
    streams = dict.fromkeys(stream for transition in edges for stream in transition[5:])
    return Model(
        name=name,
        subjects=Population("user", count, attributes),
        states=states,
        initial=states[0],
        transitions=transitions,
        streams={stream: Stream({"user": "index", "ts": "timestamp"}) for stream in streams},
        clock=Clock(START, MINUTE, ticks),
    )


def waiting(count: int = 2000) -> Model:
    """Deliveries take 20 to 90 minutes and are attempted every minute."""
    transitions: Edges = [
        ("order", "idle", "waiting", 0.05, "due = timestamp + randrange(20, 90) * 60000", "orders"),
        ("deliver", "waiting", "idle", 100, "require(timestamp >= due)", "deliveries"),
    ]
    return _model(
        "waiting", {"due": Attribute("timestamp", "timestamp")}, ["idle", "waiting"], transitions, count, 14 * DAY
    )


def purses(count: int = 5000) -> Model:
    """Subjects without money keep visiting until they quit."""
    transitions: Edges = [
        ("go", "home", "shop", 1, "require(money > 0)", "visits"),
        ("buy", "shop", "shop", 30, "require(money >= 30); money -= 30", "purchases"),
        ("leave", "shop", "home", 20, None),
        ("quit", "home", "gone", 0.01, "require(money < 30)", "quits"),
    ]
    return _model("purses", {"money": "randrange(0, 100)"}, ["home", "shop", "gone"], transitions, count, 30 * DAY)


def hours(count: int = 2000) -> Model:
    """Work starts between 8 and 10 on weekdays only, and ends after eight hours."""
    begin = "require(weekday(timestamp) < 6 and 8 <= hour(timestamp) < 10); ends = timestamp + 28800000"
    transitions: Edges = [
        ("begin", "off", "at_work", 5, begin, "badges"),
        ("work", "at_work", "at_work", 2, "done += 1", "tasks"),
        ("end", "at_work", "off", 98, "require(timestamp >= ends)", "badges"),
    ]
    attributes = {"ends": Attribute("timestamp", "timestamp"), "done": 0}
    return _model("hours", attributes, ["off", "at_work"], transitions, count, 14 * DAY)


def trial_periods(count: int = 20_000) -> Model:
    """Most subjects leave after a week's trial, without further events."""
    transitions: Edges = [
        ("use", "trying", "trying", 0.3, "used += 1", "uses"),
        ("decide", "trying", "left", 1, "require(tick >= 10080 and random() < 0.8)", "leavings"),
        ("stay", "trying", "staying", 1, "require(tick >= 10080 and used > 25)", "subscriptions"),
        ("use", "staying", "staying", 0.5, None, "uses"),
        ("pay", "staying", "staying", 0.01, None, "payments"),
    ]
    return _model("trial_periods", {"used": 0}, ["trying", "left", "staying"], transitions, count, 30 * DAY)


def shares(count: int = 10_000) -> Model:
    """One subject in fifty is a thief, who takes transitions that others may not."""
    transitions: Edges = [
        ("enter", "street", "shop", 0.2, None, "visits"),
        ("pay", "shop", "street", 30, "require(not thief)", "payments"),
        ("run", "shop", "street", 30, "require(thief)", "thefts"),
        ("give_up", "shop", "street", 3, "require(random() < 0.5)", "visits"),
    ]
    return _model("shares", {"thief": "random() < 0.02"}, ["street", "shop"], transitions, count, 7 * DAY)


def few_for_long(count: int = 20) -> Model:
    """A few machines over a year, each of which produces more events than a sample may contain."""
    transitions: Edges = [
        ("measure", "on", "on", 40, "require(random() < 0.9); wear += 1", "values"),
        ("fail", "on", "broken", 0.05, "require(wear > 100)", "failures"),
        ("mend", "broken", "on", 1, "wear = 0", "repairs"),
    ]
    return _model("few_for_long", {"wear": 0}, ["on", "broken"], transitions, count, 100 * DAY)


def stopping(count: int = 3000) -> Model:
    """Everything happens in the first days: balances run out, and later attempts are rejected."""
    transitions: Edges = [
        ("bet", "table", "table", 2, "require(chips > 0); chips += choice([-1, -1, -1, 1, 1])", "bets"),
        ("drink", "table", "bar", 0.2, "require(chips > 5); chips -= 5", "drinks"),
        ("back", "bar", "table", 5, None),
    ]
    return _model("stopping", {"chips": "randrange(10, 60)"}, ["table", "bar"], transitions, count, 30 * DAY)


REJECTING = (waiting, purses, hours, trial_periods, shares, few_for_long, stopping)
