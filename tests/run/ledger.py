"""A fake destination in memory that stores records and position atomically, and fails on request."""

from collections.abc import Callable, Sequence

from doge_datagen.batch import Batch
from doge_datagen.errors import SinkError
from doge_datagen.sinks.base import Capabilities
from doge_datagen.sinks.transactional import CommittingSink, Position


class Killed(BaseException):
    """Stands for the death of a process."""


class DieAtCall:
    """Kills the process at the n-th call."""

    def __init__(self, at):
        self.left = at

    def __call__(self):
        self.left -= 1
        if self.left == 0:
            raise Killed


class Ledger:
    """The state that survives a process: records and position of one stream."""

    own_thread = False

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.position: Position | None = None
        self.commits: list[int] = []
        self.epoch = 0
        self.before: Callable[[], object] = lambda: None
        self.after: Callable[[], object] = lambda: None

    @property
    def rows(self) -> list[tuple]:
        """All records."""
        return [row for batch in self.batches for row in rows_of(batch)]

    def sink(self) -> CommittingSink:
        """A sink, as opened by a new process."""
        sink = CommittingSink("ledger", LedgerTransactions(self))
        sink.capabilities = Capabilities(own_thread=self.own_thread, position_before_claim=True)
        return sink


class LedgerTransactions:
    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.epoch = 0

    def claim(self) -> None:
        self.ledger.epoch += 1
        self.epoch = self.ledger.epoch

    def position(self) -> Position | None:
        return self.ledger.position

    def deliver(self, batches: Sequence[Batch], position: Position) -> None:
        self.ledger.before()
        if self.epoch != self.ledger.epoch:
            raise SinkError("ledger", "another process has taken over")
        if self.ledger.position != position:
            self.ledger.batches += batches
            self.ledger.position = position
            self.ledger.commits.append(position.ticks)
        self.ledger.after()

    def close(self) -> None:
        pass


def rows_of(batch: Batch) -> list[tuple]:
    """The records with their timestamps, in plain Python."""
    moments = batch.timestamps.cast("int64").to_pylist()
    return list(zip(moments, *(column.to_pylist() for column in batch.records.columns), strict=True))
