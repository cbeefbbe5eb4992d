import logging
from types import SimpleNamespace

from doge_datagen.engine.window import Window
from doge_datagen.model import Clock
from doge_datagen.run.delivery.dispatch import Dispatcher
from doge_datagen.run.pacing.pace import Pace
from doge_datagen.run.pacing.schedule import Schedule
from tests.run.wall import Wall


class Slow(SimpleNamespace):
    """A batch whose records take a millisecond each."""

    def __len__(self):
        return self.count

    def part(self, _first, count):
        return Slow(count=count)


def test_a_missed_pace_is_reported_during_a_long_window(caplog):
    wall, handed_on = Wall(), []
    schedule = Schedule(Pace.parse("5000/s"), Clock(0, 1000), now=wall.now, sleep=wall.sleep)

    def write(_stream, batch):
        wall.work(len(batch) / 1000)
        handed_on.append((wall.time, len(caplog.records)))

    delivery = SimpleNamespace(needs=lambda *_: True, commits=False, write=write)
    window = Window(0, 1, [("trx", Slow(count=100_000))], {})
    with caplog.at_level(logging.WARNING):
        assert Dispatcher(delivery, schedule, None, lambda: False, lambda: None, lambda: None).dispatch(window)
    assert [record.message.partition(" behind")[2] for record in caplog.records] == [
        " schedule: asked for 5,000 records/s, the run reaches 1,000/s; nothing is dropped, but records are late"
    ]
    assert handed_on[-1][1] == 1, "before the window is over"
