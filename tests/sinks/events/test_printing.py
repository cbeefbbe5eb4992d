import sys

import pytest

from doge_datagen.errors import SinkError
from doge_datagen.model import Transition
from doge_datagen.sinks.events.printing import PrintingSink

LOGIN = Transition("login", "offline", "online", 1)


def line(timestamp, subject, transition):
    return f"{timestamp} {subject} {transition.trigger}"


class Closing:
    """Standard output whose reader has exited."""

    def write(self, text):
        raise BrokenPipeError(32, "Broken pipe")

    def flush(self):
        raise BrokenPipeError(32, "Broken pipe")


class Filling(Closing):
    """Standard output that accepts text but cannot flush it."""

    def write(self, text):
        return len(text)


def test_each_event_is_a_line(capsys):
    with PrintingSink(line) as sink:
        sink.collect(0, "alice", LOGIN)
        sink.collect(60_000, "bob", LOGIN)
    assert capsys.readouterr().out == "0 alice login\n60000 bob login\n"


def test_lines_count_as_delivered_when_flushed(capsys):
    sink = PrintingSink(line)
    sink.collect(0, "alice", LOGIN)
    assert sink.delivered == 0
    sink.close()
    assert sink.delivered == 1


def test_a_reader_that_has_exited_is_an_error_with_its_cause(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Closing())
    with pytest.raises(SinkError, match=r"^standard output: .*Broken pipe; 0 lines") as caught:
        PrintingSink(line).collect(0, "alice", LOGIN)
    assert isinstance(caught.value.__cause__, BrokenPipeError)


def test_lines_that_cannot_be_flushed_are_an_error(monkeypatch):
    sink = PrintingSink(line)
    monkeypatch.setattr(sys, "stdout", Filling())
    sink.collect(0, "alice", LOGIN)
    with pytest.raises(SinkError, match="Broken pipe"):
        sink.close()
    assert sink.delivered == 0


def test_an_error_of_the_format_function_is_the_users_own(capsys):
    with PrintingSink(lambda timestamp, subject, transition: 1 / 0) as sink, pytest.raises(ZeroDivisionError):
        sink.collect(0, "alice", LOGIN)
