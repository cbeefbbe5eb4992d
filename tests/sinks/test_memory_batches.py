from doge_datagen.sinks.memory_batches import MemoryBatchSink
from doge_datagen.sinks.testing.samples import batches_of, row_of, rows


def test_it_keeps_the_batches_themselves():
    (batch,) = batches_of([3])
    sink = MemoryBatchSink()
    sink.write(batch)
    assert sink.batches == [batch]


def test_its_contents_survive_close():
    with MemoryBatchSink() as sink:
        for batch in batches_of([2, 1]):
            sink.write(batch)
    assert [row_of(record) for record in sink.records] == rows([2, 1])
    assert sink.delivered == 3
