"""A model of lamps, and a sink that keeps what it gets and how it ends."""

from doge_datagen import Clock, Model, Population, Stream, Transition
from doge_datagen.sinks.memory_batches import MemoryBatchSink

TICKS, LAMPS = 50, 5


def lamps(do="times += 1", **targets):
    """Lamps that are switched on and off in turn, every tick."""
    return Model(
        name="lamps",
        subjects=Population("lamp", LAMPS, {"times": 0}),
        states=["off", "on"],
        initial="off",
        transitions=[
            Transition("light", "off", "on", 100, do=do, emit=["switches", "lit"]),
            Transition("dim", "on", "off", 100, emit="switches"),
        ],
        streams={
            "switches": Stream({"lamp": "index", "at": "timestamp", "times": "times"}),
            "lit": Stream({"lamp": "index"}),
        },
        clock=Clock(0, 1000, TICKS),
        targets=targets,
    )


class Watched(MemoryBatchSink):
    """Records how it was closed."""

    def __init__(self):
        super().__init__()
        self.ended = []

    def close(self):
        self.ended.append("closed")
        super().close()

    def discard(self):
        self.ended.append("discarded")
