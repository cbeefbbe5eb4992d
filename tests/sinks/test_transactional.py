"""What is held until a commit."""

from itertools import count

import pytest

from doge_datagen.errors import SinkError
from doge_datagen.sinks.testing.samples import batches_of
from doge_datagen.sinks.transactional import Position
from tests.run.ledger import Ledger
from tests.sinks.any_moment import with_ctrl_c


def test_what_was_committed_when_ctrl_c_came_is_not_committed_again():
    first, second = batches_of([3, 2])
    for moment in count(1):
        ledger = Ledger()
        sink = ledger.sink()
        sink.claim()
        sink.write(first)
        over, _ = with_ctrl_c(moment, lambda: sink.commit(Position(1, "of")))  # noqa: B023 - it is over by then
        if over:
            break
        if ledger.batches:
            with pytest.raises(SinkError, match="after an error"):
                sink.write(second)
            with pytest.raises(SinkError, match="after an error"):
                sink.commit(Position(2, "of"))
        assert ledger.batches in ([], [first])
    assert moment > 3, "it was pressed at several moments"
