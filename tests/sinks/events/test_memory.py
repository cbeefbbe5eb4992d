from types import SimpleNamespace

from doge_datagen.model import Transition
from doge_datagen.sinks.events.memory import Event, MemorySink

LOGIN = Transition("login", "offline", "online", 1)


def test_without_a_function_it_keeps_events():
    sink = MemorySink()
    sink.collect(60_000, "alice", LOGIN)
    assert sink.records == [Event(60_000, "alice", LOGIN)]


def test_an_event_keeps_a_copy_of_the_subject():
    sink, alice = MemorySink(), SimpleNamespace(balance=1)
    sink.collect(0, alice, LOGIN)
    alice.balance = 2
    assert sink.records[0].subject.balance == 1


def test_with_a_function_it_keeps_its_results():
    sink = MemorySink(lambda timestamp, subject, transition: (timestamp, subject, transition.trigger))
    sink.collect(0, "alice", LOGIN)
    assert sink.records == [(0, "alice", "login")]


def test_its_contents_survive_close():
    with MemorySink() as sink:
        sink.collect(0, "alice", LOGIN)
    assert len(sink.records) == sink.delivered == 1
