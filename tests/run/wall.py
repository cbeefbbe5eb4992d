"""A fake wall clock that advances only by calls."""


class Wall:
    """A clock that advances only by ``sleep`` and ``work``.

    Attributes:
        time: current time.
        slept: duration of each sleep.
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
