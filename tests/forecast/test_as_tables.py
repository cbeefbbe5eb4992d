"""A terminal gets tables within its width, everything else plain lines."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from doge_datagen.forecast import print_tables, text
from doge_datagen.forecast.algebraic_forecast import algebraic_forecast
from doge_datagen.forecast.forecast import forecast
from doge_datagen.forecast.values import EVERYTHING, INTERVALS, REJECTED, Sampled
from doge_datagen.model import ENDLESS, Clock, Matrix, Population, Spec, Stream
from doge_datagen.program.compilation import compile_spec
from tests.engine.specs import spec_of

SHOP = [("come", "away", "here", 10), ("buy", "here", "away", 30, "orders"), ("close", "here", "closed", 0)]

SHOWN = """\
model: 1,000 subjects, 600 ticks of 1 min = 10 h

state                  to next event  mean stay  steady state  visits per subject
away                          10 min     10 min          75 %                  46
here                        3.33 min   3.33 min          25 %                  45
closed  never reached        forever    forever           0 %                   0

transition  from  to      probability  events  per second  per hour
come        away  here           10 %  45.1 k        1.25     4,506
buy         here  away           30 %  44.8 k        1.24     4,481
close       here  closed          0 %       0           0         0

stream  records  per second  per hour  from
orders   44.8 k        1.24     4,481  buy

1,000 subjects x 600 ticks: about 89.9 k events
1,000,000 subjects: 8.99 M events per hour, orders 4.48 M

warning: states.closed: is unreachable from the initial states. Hint: add a transition or remove the state
"""


def expected(transitions=SHOP, **others):
    return algebraic_forecast(spec_of([*transitions], **{"count": 1000, "ticks": 600, **others}))


def test_the_text_summarizes_the_forecast():
    assert text(expected()) == SHOWN


def test_output_to_a_file_is_not_wrapped():
    console = Console(file=StringIO(), width=20, force_terminal=False)
    print_tables(console, expected())
    assert console.file.getvalue() == SHOWN


@pytest.mark.parametrize("width", [60, 120])
def test_a_terminal_gets_lines_that_fit(width):
    console = Console(file=StringIO(), width=width, force_terminal=True, color_system=None)
    print_tables(console, expected())
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) >= len(SHOWN.splitlines())


def test_an_unlimited_run_has_no_totals():
    shown = text(expected(ticks=ENDLESS))
    assert shown.startswith("model: 1,000 subjects, a tick is 1 min, without end\n")
    assert "visits" not in shown
    assert "come        away  here           10 %        1.25     4,500\n" in shown


def test_names_are_shown_unchanged():
    assert "[red]go[/]  [bold]x  :smile:" in text(expected([("[red]go[/]", "[bold]x", ":smile:", 1)]))


def sampled(gives=EVERYTHING, *, complete=True, **others):
    created = expected(**others)
    streams = tuple(replace(it, records=replace(it.records, low=40_000, high=50_000)) for it in created.streams)
    exits = tuple(replace(it, rejected=0.25 if it.trigger == "buy" else 0, attempts=80) for it in created.transitions)
    known = {} if gives == INTERVALS else {"may_be_rejected": ("buy",)}
    return text(
        replace(created, streams=streams, transitions=exits, sampled=Sampled(200, 600, complete, gives), **known)
    )


def test_transitions_that_may_be_rejected_are_reported():
    shown = text(replace(expected(), may_be_rejected=("buy", "come")))
    assert "These may be rejected: buy, come. The figures assume that none is.\n" in shown


def test_a_sample_is_reported_with_ranges_and_rejections():
    shown = sampled()
    assert "stream  records         range  per second" in shown
    assert "orders   44.8 k  40 k to 50 k  " in shown
    assert "buy         here  away           30 %      25 %  " in shown
    assert "state                  to next event  mean stay  share of time" in shown
    assert "These may be rejected: buy.\n95 of 100 runs are within the ranges. All figures" in shown
    assert "come from a sample: 200 of 1,000 subjects over all 600 ticks." in shown


def test_if_rejections_change_no_state_only_the_rejected_ones_come_from_the_sample():
    assert "The rejection rates come from a sample: 200 of" in sampled(REJECTED)


def test_without_rejections_only_the_ranges_come_from_the_sample():
    shown = sampled(INTERVALS, count=7)
    assert "rejected" not in shown
    assert "They come from a sample: 200 subjects, with several seeds, over all 600 ticks." in shown


def test_a_sample_that_did_not_cover_the_run_is_reported():
    shown = sampled(complete=False, ticks=6000)
    assert (
        "Simulating even one subject over the whole run would take too long. All figures come from a sample: 200 of"
        in shown
    )
    assert "over 600 of 6,000 ticks,\nso their error is unknown." in shown


def test_a_model_without_streams_has_no_table_of_streams():
    assert "stream" not in text(expected(SHOP[:1]))


@pytest.mark.slow
def test_a_large_matrix_has_a_line_for_each_of_its_rows():
    def tables_of(size):
        states = {f"s{number}": {"dwell": "1 min"} for number in range(size)}
        matrix = Matrix({it: dict.fromkeys(states, 1) for it in states}, emit="e")
        population = Population("u", 10, states=states, initial="s0", matrix=matrix)
        spec = Spec("m", [population], {"e": Stream({"i": "index"})}, Clock(0, 1, 900_000))
        lines = text(forecast(compile_spec(spec), cost=10_000))
        return [line.split() for line in lines.splitlines() if " weight " in line]

    small, large = tables_of(3), tables_of(14)
    assert [line[:4] for line in small[:2]] == [["s0", "s0", "s0", "weight"], ["s1", "s0", "s1", "weight"]]
    assert [line[:5] for line in large] == [
        ["(matrix)", f"s{number}", "14", "states", "weight"] for number in range(14)
    ]
