import io
import sys
import threading

import pyarrow as pa
import pytest
from rich.console import Console

from doge_datagen.model.clock import ENDLESS
from doge_datagen.monitor.tables import Rates
from doge_datagen.monitor.view import REFRESHES_PER_SECOND, STOP_HINT, ViewState, live_view, screen
from doge_datagen.run.reporting.report import Progress
from tests.monitor.moments import halfway, trx

BANK = ViewState("bank", "100 times real time", 65.0, Rates(9870.0, {"clicks": 8883.4, "trx": 9.5}))


def lines(progress, shown=BANK, *, width=80, height=30):
    """The lines on the screen, without trailing spaces."""
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(screen(progress, shown, width=width, height=height))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def line_with(word, *args, **more):
    (result,) = (line for line in lines(*args, **more) if word in line)
    return result


def test_a_screen_of_80_columns():
    assert "\n".join(lines(halfway())) == (
        """\
bank, 100 times real time                                                0:01:05
tick 12,345 of 100,000 (12.3 %), 2022-02-11 12:00:00 UTC
lag 0.2 s
617,250 events, 9,870 per second
retried: UnreachableError 3

state     subjects
offline        750  75.0 %  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
online         240  24.0 %  ━━━━━━━━━━━━
shopping        10   1.0 %  ╸

stream  generated  confirmed  per second  position
clicks  1,234,567  1,230,000       8,883    12,000
trx        12,345     12,000         9.5    11,000

last events
clicks  page=/cart user=7
trx     amount=52
trx     amount=7

Ctrl-C stops the run; everything generated is delivered"""
    )


def test_a_wide_screen_has_longer_bars_and_room_for_names():
    state = "waiting for the confirmation of a payment"
    shown = lines(halfway(subjects={state: 3, "online": 1}), width=120)
    assert shown[0] == f"{'bank, 100 times real time':<113}0:01:05"
    assert f"{state}         3  75.0 %  {'━' * 44}" in shown


def test_a_run_without_any_progress_is_shown_as_preparing():
    assert lines(Progress(0, 0, 0), ViewState("bank", "")) == [
        "bank                                                                     0:00:00",
        "preparing",
        "0 events, 0 per second",
        "",
        STOP_HINT,
    ]


def test_an_unlimited_run_is_shown_as_such():
    assert lines(Progress(7, ENDLESS, 0))[1] == "tick 7"


@pytest.mark.parametrize(("field", "word"), [("delivered", "confirmed"), ("positions", "position"), ("lag", "lag")])
def test_unknown_values_are_omitted(field, word):
    assert not any(word in line for line in lines(halfway(**{field: None if field == "lag" else {}})))


def test_time_beyond_the_calendar_is_a_number():
    assert line_with(" ms", halfway(timestamp=2**60)).endswith("1,152,921,504,606,846,976 ms")


def test_the_largest_of_many_are_shown_with_the_number_of_others():
    many = {f"s{number}": number for number in range(1, 101)}
    shown = lines(halfway(subjects=many, records=many, delivered=many, positions=many, latest={}), height=24)
    assert [line.split()[:2] for line in shown if line.startswith(("s9", "s100", "and "))] == 2 * [
        ["s100", "100"],
        ["s99", "99"],
        ["s98", "98"],
        ["s97", "97"],
        ["s96", "96"],
        ["and", "95"],
    ]
    assert sum(line.startswith("and 95 more") and "4,560" in line for line in shown) == 2


def test_summed_streams_have_no_common_position():
    many = {f"s{number}": 7 for number in range(100)}
    known = {"records": many, "delivered": many, "positions": many}
    row = line_with("and ", halfway(subjects={}, latest={}, **known), ViewState("bank", ""), height=24)
    assert row.split() == ["and", "87", "more", "609", "609", "0"]


@pytest.mark.parametrize("height", [5, 8, 10, 12, 15, 24, 30, 50])
@pytest.mark.parametrize("many", [0, 1, 7, 100])
def test_a_screen_fits_on_the_terminal(height, many):
    counts = {f"s{number}": number for number in range(many)}
    latest = {name: trx(1, 2, 3) for name in counts}
    progress = halfway(subjects=counts, records=counts, delivered=counts, positions=counts, latest=latest)
    assert len(lines(progress, height=height)) < height


@pytest.mark.parametrize(
    ("height", "heads"),
    [
        (30, ["state", "stream", "last events"]),
        (17, ["state", "stream", "last events"]),
        (16, ["state", "stream"]),
        (13, ["stream"]),
        (10, []),
    ],
)
def test_a_section_without_room_for_a_row_is_omitted(height, heads):
    shown = lines(halfway(), height=height)
    assert [
        head
        for head in ("state", "stream", "last events")
        if any(it.startswith(f"{head} ") for it in (f"{line} " for line in shown))
    ] == heads


def test_a_row_for_all_streams_is_labelled_as_such():
    shown = lines(halfway(), height=14)
    assert [line.split()[:3] for line in shown if line.startswith(("all", "and"))] == [
        ["all", "3", "1,000"],
        ["all", "2", "1,246,912"],
    ]


def test_a_tall_terminal_shows_everything():
    counts = {f"s{number:02}": number for number in range(40)}
    shown = lines(halfway(subjects=counts, records=counts), height=120)
    assert sum(line.startswith("s") and line[1:3].isdigit() for line in shown) == 80


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_no_line_is_wider_than_the_terminal(width):
    long = "a very long name " * 9
    wide = "東京" * 50
    counts = {long: 10**15, wide: 10**12, "x": 1}
    latest = {name: trx(1, **{long: [wide], wide: [long]}) for name in counts}
    progress = halfway(
        subjects=counts, records=counts, delivered=counts, positions=counts, latest=latest, connection_errors=counts
    )
    console = Console(width=width, file=io.StringIO(), color_system=None)
    shown = lines(progress, ViewState(long, long, 1e7), width=width)
    assert max(console.measure(line).maximum for line in shown if line) <= width
    assert len(shown) < 30


def test_a_long_name_is_cut():
    assert line_with("xxx", halfway(subjects={"x" * 99: 5, "on": 5})).startswith("x" * 31 + "…  ")


def test_numbers_are_not_cut_at_80_columns_whatever_the_names():
    large = 999_999_999_999
    progress = halfway(records={"x" * 99: large}, delivered={"x" * 99: large}, positions={"x" * 99: large})
    shown = ViewState("bank", "", 0, Rates(1.0, {"x" * 99: 12_345_678.0}))
    row = line_with("xxx…", progress, shown)
    assert row.split()[1:] == ["999,999,999,999", "999,999,999,999", "12,345,678", "999,999,999,999"]


NASTY = "a\x1b[2Jb\nc\t\u202ed\x9be[red]"
SPELT = r"a\x1b[2Jb\nc\t\u202ed\x9be[red]"


def test_displayed_text_contains_no_control_sequences():
    progress = halfway(
        subjects={NASTY: 1},
        records={NASTY: 1},
        delivered={},
        positions={},
        latest={NASTY: pa.record_batch({NASTY: [NASTY]})},
        connection_errors={NASTY: 1},
    )
    shown = lines(progress, ViewState(NASTY, NASTY), width=200, height=40)
    assert shown[0].startswith(f"{SPELT}, {SPELT} ")
    assert f"retried: {SPELT} 1" in shown
    assert sum(line.startswith(f"{SPELT} ") for line in shown) == 2
    assert any(f"{SPELT}={SPELT}" in line for line in shown)


def test_the_last_records_are_those_at_the_end():
    shown = lines(halfway(latest={"trx": trx(*range(1000, 1100))}))
    assert [line for line in shown if "amount=" in line] == [f"trx  amount={number}" for number in range(1092, 1100)]


def test_streams_share_the_lines_of_the_last_records():
    latest = {name: trx(*range(10)) for name in ("clicks", "trx")}
    assert sum("trx  " in line and "amount" in line for line in lines(halfway(latest=latest))) == 4


def test_values_of_every_type_are_shown():
    values = {
        "text": ["a b"],
        "none": pa.array([None], pa.int64()),
        "number": [-1.5],
        "yes": [True],
        "at": pa.array([1644580800001], pa.timestamp("ms", "UTC")),
        "far": pa.array([2**60], pa.timestamp("ms", "UTC")),
    }
    assert line_with("text", halfway(latest={"trx": pa.record_batch(values)}), width=120) == (
        "trx  text=a b none=None number=-1.5 yes=True at=2022-02-11T12:00:00.001Z far=1152921504606846976"
    )


def test_a_record_of_many_or_long_fields_is_cut_to_the_width():
    fields = {f"field{number}": ["x" * 1_000_000] for number in range(50)}
    assert line_with("field0", halfway(latest={"trx": pa.record_batch(fields)})) == f"trx  field0={'x' * 67}…"


def test_a_stream_without_records_has_no_line():
    assert not any("last events" in line for line in lines(halfway(latest={"trx": trx().slice(0, 0)})))


class Terminal(io.StringIO):
    """A fake terminal that keeps its output; a test may read it meanwhile, or close it."""

    def __init__(self):
        super().__init__()
        self.written = threading.Event()
        self.readable = threading.Event()
        self.readable.set()
        self.gone = False

    def write(self, text):
        self.written.set()
        assert self.readable.wait(20)
        if self.gone:
            raise OSError(5, "Input/output error")
        return super().write(text)


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    return Terminal()


def console_on(terminal):
    return Console(file=terminal, force_terminal=True, width=80, height=30, color_system=None)


def test_a_terminal_shows_the_last_report(terminal):
    with live_view(console_on(terminal), model="bank", pace="real time") as listener:
        listener(halfway(events=1))
        listener(halfway(events=987_654))
    assert "bank, real time" in terminal.getvalue()
    assert "987,654 events" in terminal.getvalue()


@pytest.mark.parametrize(("notice", "foot"), [("", STOP_HINT), ("stopping", "stopping")])
def test_a_notice_replaces_the_footer(terminal, notice, foot):
    with live_view(console_on(terminal), model="bank", notice=lambda: notice):
        pass
    assert {it for it in (STOP_HINT, "stopping") if it in terminal.getvalue()} == {foot}


def test_rates_are_over_the_last_seconds(terminal):
    at = 0.0
    with live_view(console_on(terminal), model="bank", now=lambda: at) as listener:
        for at, events in ((100.0, 5000), (102.0, 5500)):  # noqa: B007 - the clock reads it
            listener(halfway(events=events))
    assert "5,500 events, 250 per second" in terminal.getvalue()


def test_the_run_does_not_wait_for_the_terminal(terminal):
    with live_view(console_on(terminal), model="bank") as listener:
        terminal.written.clear()
        terminal.readable.clear()
        assert terminal.written.wait(20)
        listener(halfway())
        terminal.readable.set()
    assert "617,250 events" in terminal.getvalue()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_closing_the_terminal_does_not_fail_the_run(terminal):
    with live_view(console_on(terminal), model="bank") as listener:
        terminal.gone = True
        listener(halfway())


def test_standard_output_contains_only_records(terminal, capsys):
    before = sys.stdout
    with live_view(console_on(terminal), model="bank"):
        assert sys.stdout is before


def test_other_output_on_standard_error_is_shown(terminal):
    with live_view(console_on(terminal), model="bank"):
        sys.stderr.write("a warning\n")
    assert "a warning" in terminal.getvalue()


def test_the_screen_and_the_cursor_are_restored(terminal):
    before = sys.stderr
    with pytest.raises(ZeroDivisionError), live_view(console_on(terminal), model="bank"):
        1 / 0  # noqa: B018
    assert sys.stderr is before
    assert terminal.getvalue().rindex("\x1b[?25h") > terminal.getvalue().rindex("\x1b[?25l")


def test_the_screen_is_drawn_at_most_four_times_per_second():
    assert REFRESHES_PER_SECOND <= 4
