"""A wall clock that stands still unless somebody sleeps or works."""


class Wall:
    """A clock that only ``sleep`` and ``work`` move.

    Attributes:
        time: the moment.
        slept: how long each sleep was.
    """

    def __init__(self, time=1_000.0):
        self.time = time
        self.slept = []

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.time += seconds

    def work(self, seconds):
        self.time += seconds
