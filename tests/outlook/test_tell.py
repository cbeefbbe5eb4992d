"""A terminal gets tables within its width, everything else plain lines."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from doge_datagen.engine.expectation import expectation
from doge_datagen.model import ENDLESS
from doge_datagen.outlook import tell, text
from tests.engine.specs import spec_of

SHOP = [("come", "away", "here", 10), ("buy", "here", "away", 30, "orders"), ("close", "here", "closed", 0)]

SHOWN = """\
model: 1,000 subjects, 600 ticks of 1 min = 10 h

state                  next event  other state  long run  visits each
away                       10 min       10 min      75 %           46
here                     3.33 min     3.33 min      25 %           45
closed  never reached    for ever     for ever       0 %            0

transition  from  to      chance a tick  events  events a tick  a second  an hour
come        away  here             10 %  45.1 k             75      1.25    4,506
buy         here  away             30 %  44.8 k             75      1.24    4,481
close       here  closed            0 %       0              0         0        0

stream  records  records a tick  a second  an hour  from
orders   44.8 k              75      1.24    4,481  buy

1,000 subjects x 600 ticks: about 89.9 k events
1,000,000 subjects: 8.99 M events an hour, orders 4.48 M

warning: states.closed: no way leads to it from where subjects start; add a transition or remove the state
"""


def expected(ways=SHOP, **others):
    return expectation(spec_of([*ways], **{"count": 1000, "ticks": 600, **others}))


def test_the_text_is_what_a_person_wants_to_know():
    assert text(expected()) == SHOWN


def test_what_is_no_terminal_gets_the_text_however_narrow():
    console = Console(file=StringIO(), width=20, force_terminal=False)
    tell(console, expected())
    assert console.file.getvalue() == SHOWN


@pytest.mark.parametrize("width", [60, 120])
def test_a_terminal_gets_lines_that_fit(width):
    console = Console(file=StringIO(), width=width, force_terminal=True, color_system=None)
    tell(console, expected())
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) >= len(SHOWN.splitlines())


def test_a_run_without_end_has_no_totals():
    shown = text(expected(ticks=ENDLESS))
    assert shown.startswith("model: 1,000 subjects, a tick is 1 min, without end\n")
    assert "visits" not in shown
    assert "come        away  here             10 %             75      1.25    4,500\n" in shown


def test_names_are_shown_as_they_are():
    assert "[red]go[/]  [bold]x  :smile:" in text(expected([("[red]go[/]", "[bold]x", ":smile:", 1)]))


def test_what_may_be_blocked_is_told():
    shown = text(replace(expected(), may_be_blocked=("buy", "come")))
    assert "as if nothing were blocked. What these do may block them: buy, come.\nThere are fewer" in shown


def test_a_model_without_streams_has_no_table_of_them():
    assert "stream" not in text(expected(SHOP[:1]))
