"""Generators of users who go from x to y, and a sink that keeps what it gets."""

from dataclasses import dataclass

from doge_datagen import (
    DataOnlineGenerator,
    EventSink,
    SubjectFactory,
)


@dataclass
class User:
    """A plain dataclass: it compares by value, so Python gives it no hash."""

    user_id: int
    balance: int = 0


class UserFactory(SubjectFactory[User]):
    def __init__(self):
        self.made = []

    def create(self):
        self.made.append(User(len(self.made)))
        return self.made[-1]


class Recorder(EventSink):
    def __init__(self, log=None, name=""):
        self.log = [] if log is None else log
        self.name = name

    def collect(self, timestamp, subject, transition):
        self.log.append((self.name, timestamp, subject.user_id, transition.trigger))

    def close(self):
        self.log.append((self.name, "closed"))


def generator(states=("x", "y"), subjects=2, ticks=4, **options):
    return DataOnlineGenerator(list(states), states[0], UserFactory(), subjects, 1000, ticks, **options)


def certain_loop(sinks=(), callback=None, **options):
    datagen = generator(**options)
    datagen.add_transition("go", "x", "y", 100, callback, list(sinks))
    datagen.add_transition("back", "y", "x", 100, event_sinks=list(sinks))
    return datagen
