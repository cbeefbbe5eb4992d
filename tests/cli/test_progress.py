import io
import re
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
from rich.console import Console

from doge_datagen.cli import progress
from doge_datagen.cli.progress import SECONDS_BETWEEN_LINES, SECONDS_TO_FIRST_LINE, lines, show_progress
from doge_datagen.model.clock import ENDLESS
from doge_datagen.run.reporting.report import Progress
from tests.cli.doge import doge


class Clock:
    """A clock that tests control."""

    seconds = 100.0

    def __call__(self):
        return self.seconds


def at(tick, of=1000):
    return Progress(tick, of, tick * 50, {"trx": tick * 20, "clicks": tick * 5})


def test_a_short_run_has_no_line(capsys):
    listener = lines(Clock())
    listener(at(1000))
    assert capsys.readouterr().err == ""


def test_a_long_run_prints_a_line_from_time_to_time(capsys):
    clock = Clock()
    listener = lines(clock)
    clock.seconds += SECONDS_TO_FIRST_LINE
    listener(at(100))
    clock.seconds += SECONDS_BETWEEN_LINES - 1
    listener(at(200))
    clock.seconds += 1
    listener(at(300))
    assert capsys.readouterr().err == (
        "tick 100 of 1,000: 5,000 events, 1,000 events/s; clicks 500, trx 2,000\n"
        "tick 300 of 1,000: 15,000 events, 1,000 events/s; clicks 1,500, trx 6,000\n"
    )


def test_a_failed_run_prints_no_more_lines(capsys):
    clock = Clock()
    listener = lines(clock)
    clock.seconds += SECONDS_TO_FIRST_LINE
    listener(replace(at(100), connection_errors={"UnreachableError": 3}, errors={"UnreachableError": 4}))
    assert capsys.readouterr().err == ""


def test_a_run_with_moments_shows_the_elapsed_event_time(capsys):
    clock = Clock()
    listener = lines(clock)
    clock.seconds += SECONDS_TO_FIRST_LINE
    listener(replace(at(129_600_000, 28 * 86_400_000), events=10, records={}, tick_ms=1))
    assert capsys.readouterr().err == "1.5 days of 28 days: 10 events, 2 events/s\n"


def test_an_unlimited_run_shows_no_end(capsys):
    clock = Clock()
    listener = lines(clock)
    clock.seconds += SECONDS_TO_FIRST_LINE
    listener(at(100, ENDLESS))
    assert capsys.readouterr().err.startswith("tick 100: ")


class Timers(list):
    """A replacement for timers that wait."""

    def __call__(self, seconds, say):
        self.append(SimpleNamespace(seconds=seconds, say=say, start=lambda: None, cancelled=False))
        self[-1].cancel = lambda: setattr(self[-1], "cancelled", True)
        return self[-1]


def test_a_long_preparation_is_reported_unless_it_has_ended(monkeypatch, capsys):
    timers = Timers()
    monkeypatch.setattr(progress, "Timer", timers)
    with show_progress(Console(file=io.StringIO()), preparing="preparing: compiling the model") as listener:
        (timer,) = timers
        assert (timer.seconds, timer.daemon, timer.cancelled) == (SECONDS_TO_FIRST_LINE, True, False)
        timer.say()
        assert capsys.readouterr().err == "preparing: compiling the model ...\n"
        listener(at(0))
        assert timer.cancelled


def test_a_long_compilation_and_its_duration_are_reported(monkeypatch, capsys):
    timers, clock = Timers(), Clock()
    monkeypatch.setattr(progress, "Timer", timers)
    with progress.announced_compiling(clock) as listener:
        listener(replace(at(0), compiling=True))
        (timer,) = timers
        clock.seconds += 12.5
        timer.say()
        listener(replace(at(0), compiling=True))
        assert capsys.readouterr().err == "compiling the model ...\n"
        listener(at(100))
        assert timer.cancelled
        assert capsys.readouterr().err == "compiled the model in 12.5 s\n"


def test_a_short_compilation_is_not_reported(monkeypatch, capsys):
    timers, clock = Timers(), Clock()
    monkeypatch.setattr(progress, "Timer", timers)
    with progress.announced_compiling(clock) as listener:
        listener(replace(at(0), compiling=True))
        clock.seconds += 1
        listener(at(100))
        assert (timers[0].cancelled, capsys.readouterr().err) == (True, "")


def test_a_terminal_shows_how_long_a_model_has_been_compiling():
    compiling = progress._Compiling()
    assert compiling.text(1.0) == ""
    assert compiling.update(replace(at(0), compiling=True), 2.0) is None
    assert compiling.text(9.4) == "compiling the model, 7 s so far"
    assert compiling.update(at(1), 12.0) == 10.0
    assert compiling.text(13.0) == ""


def test_on_a_terminal_both_times_are_labelled():
    written = io.StringIO()
    with show_progress(Console(file=written, force_terminal=True, width=120)) as listener:
        listener(at(0))
        listener(at(500))
    assert re.search(r"\d:\d\d:\d\d elapsed", without_colours(written.getvalue()))
    column = progress._Left()
    known, unknown = (SimpleNamespace(time_remaining=left, total=9, finished=False) for left in (65, None))
    assert (str(column.render(known)), str(column.render(unknown))) == ("0:01:05 left", "")


@pytest.mark.parametrize("ticks", [1000, ENDLESS])
def test_on_a_terminal_progress_is_a_bar(ticks):
    written = io.StringIO()
    with show_progress(Console(file=written, force_terminal=True, width=120)) as listener:
        listener(at(500, ticks))
    assert "25,000 events" in written.getvalue()
    assert "trx 10,000" in written.getvalue()


def drawn(width, progress):
    """The lines drawn last."""
    written = io.StringIO()
    with show_progress(Console(file=written, force_terminal=True, width=width)) as listener:
        listener(progress)
    lines = without_colours(written.getvalue()).replace("\r", "\n").splitlines()
    return [re.sub(r"[\d,]+ events/s", "R events/s", line.strip()) for line in lines if re.search("━|,|more", line)]


@pytest.mark.parametrize(
    ("width", "message"),
    [
        (40, ["25,000 events, R events/s;", "clicks 2,500, trx 10,000"]),
        (80, ["25,000 events, R events/s; clicks 2,500, trx 10,000"]),
        (120, ["25,000 events, R events/s; clicks 2,500, trx 10,000"]),
    ],
)
def test_below_the_bar_are_rate_and_streams_in_as_many_lines_as_needed(width, message):
    bar, *below = drawn(width, at(500))
    assert below == message
    assert [part for part in ("━━━━", " 50% ", "0:00:00") if part not in bar] == []
    assert len(bar) <= width


def test_streams_without_room_are_counted():
    records = {f"stream_{number:02}": 1_000_000 for number in range(30)}
    _, *below = drawn(80, replace(at(500), records=records))
    assert [len(line) <= 80 for line in below] == [True] * 5
    assert below[-2:] == ["stream_08 1,000,000, stream_09 1,000,000, stream_10 1,000,000,", "and 19 more"]


def test_on_a_terminal_a_notice_is_below_the_bar():
    written, notice = io.StringIO(), ""
    with show_progress(Console(file=written, force_terminal=True, width=120), lambda: notice):
        notice = "stopping"
    assert re.search(r"preparing.*\nstopping", without_colours(written.getvalue()))


def test_records_are_not_printed_over_the_bar():
    before = sys.stdout
    with show_progress(Console(file=io.StringIO(), force_terminal=True, width=120)):
        assert sys.stdout is before


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "command",
    [
        "check lamp.yaml",
        "preview lamp.yaml --seed 7",
        "run lamp.yaml --dry-run",
        "run lamp.yaml --seed 7",
        "graph lamp.yaml",
    ],
)
def test_a_terminal_shows_the_same_words(command):
    plain, shown = (doge(*command.split(), COLUMNS="200", **more) for more in ({}, {"FORCE_COLOR": "1"}))
    assert shown.exit_code == 0
    assert set(plain.stdout.split()) <= set(without_colours(shown.stdout).split()) | {"|"}


def without_colours(text):
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
