"""Runs that fail: sinks that lose records or cannot close, faults, and destinations that are not available."""

from dataclasses import replace

import pytest

from doge_datagen import Stream
from doge_datagen.errors import CalculationError, DeliveryError, ModelError, SinkError
from doge_datagen.sinks.failing_batches import FailingBatchSink
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from tests.run.lamps import LAMPS, TICKS, Watched, lamps


class Losing(MemoryBatchSink):
    """Silently loses a record."""

    @property
    def delivered(self):
        return super().delivered - 1


class FailingToClose(Watched):
    def close(self):
        super().close()
        raise SinkError("memory", "cannot be closed")


class FailingToDiscard(Watched):
    def discard(self):
        super().discard()
        raise SinkError("memory", "cannot be discarded")


@pytest.mark.parametrize(
    ("lit", "kwargs"),
    [
        ("a.xyz", {}),
        ("folder.csv", {}),
        (7, {}),
        ("lit.csv", {"pace": "fast"}),
        ("lit.csv", {"pace": "5 nobody/s"}),
        ("lit.csv", {"window": 0}),
        ("lit.csv", {"until": -1}),
        ("lit.csv", {"run_id": "a/b"}),
    ],
)
def test_if_a_run_cannot_start_every_open_sink_is_discarded(tmp_path, monkeypatch, lit, kwargs):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    bad, kept = FailingToDiscard(), Watched()
    light, dim = lamps().transitions
    streams = {**lamps().streams, "dim": Stream({"lamp": "index"})}
    model = replace(lamps(), transitions=[light, replace(dim, emit=["switches", "dim"])], streams=streams)
    with pytest.raises((ModelError, SinkError)) as caught:
        model.run({"lit": lit, "switches": bad, "dim": kept}, **kwargs)
    assert (bad.ended, kept.ended) == (["discarded"], ["discarded"])
    assert "cannot be discarded" not in str(caught.value)
    assert "cannot be discarded" in caught.value.__notes__[-1]


def test_a_sink_that_loses_records_is_detected():
    with pytest.raises(DeliveryError, match=r"^stream lit: 1 of 125 records did not arrive \(124 did\)") as caught:
        lamps().run({"lit": Losing()}, seed=7)
    assert (caught.value.accepted, caught.value.delivered) == (125, 124)


def test_a_sink_that_fails_ends_the_run_and_all_are_closed():
    kept, other = Watched(), Watched()
    with pytest.raises(DeliveryError, match="batch 3 failed"):
        lamps().run({"lit": FailingBatchSink(kept, at=3), "switches": other}, seed=7, window=10)
    assert (kept.ended, other.ended, len(kept.batches)) == (["closed"], ["closed"], 3)


def test_a_fault_ends_the_run_and_earlier_records_are_delivered():
    kept = Watched()
    with pytest.raises(CalculationError, match=r"^transitions\.light: division by zero") as caught:
        lamps("times += 1 // (20 - tick)").run({"lit": kept}, seed=7, window=4)
    assert (caught.value.subject, caught.value.timestamp, kept.ended) == (0, 20_000, ["closed"])
    assert kept.delivered == LAMPS * 10


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["interpreted", "compiled"])
def test_the_message_about_a_fault_refers_only_to_the_model(engine):
    with pytest.raises(CalculationError) as caught:
        lamps("times += 1 // (20 - tick)").run({"lit": MemoryBatchSink()}, seed=7, engine=engine)
    assert not getattr(caught.value, "__notes__", [])


def test_a_failed_run_reports_its_results_so_far():
    reports = []
    destinations = {"lit": FailingBatchSink(MemoryBatchSink(), at=3), "switches": MemoryBatchSink()}
    with pytest.raises(DeliveryError) as caught:
        lamps().run(destinations, seed=7, window=10, progress=reports.append)
    report = caught.value.report
    assert (report.complete, report.ticks, report.ticks_in_all) == (False, 30, TICKS)
    assert {it.stream: (it.generated, it.delivered) for it in report.sinks} == {
        "lit": (100, 75),
        "switches": (200, 200),
    }
    assert (reports[-1].errors, reports[-1].delivered) == ({"DeliveryError": 1}, {"lit": 75, "switches": 200})


def test_a_loss_detected_at_the_end_is_reported_too():
    reports = []
    with pytest.raises(DeliveryError) as caught:
        lamps().run({"lit": Losing()}, seed=7, progress=reports.append)
    assert (caught.value.report.ticks, reports[-1].errors) == (TICKS, {"DeliveryError": 1})


def test_a_failure_to_start_is_reported_as_an_error(tmp_path):
    reports = []
    (tmp_path / "lit.csv").mkdir()
    with pytest.raises(SinkError) as caught:
        lamps().run({"lit": str(tmp_path / "lit.csv")}, progress=reports.append)
    assert (reports[-1].errors, caught.value.report) == ({type(caught.value).__name__: 1}, None)


def test_a_sink_that_fails_to_close_does_not_prevent_closing_others():
    kept = Watched()
    with pytest.raises(SinkError, match="cannot be closed"):
        lamps().run({"lit": FailingToClose(), "switches": kept}, seed=7)
    assert kept.ended == ["closed"]


def test_if_a_destination_is_unavailable_the_others_are_unchanged(tmp_path):
    (tmp_path / "old.csv").write_text("old")
    (tmp_path / "folder.csv").mkdir()
    kept = Watched()
    with pytest.raises(SinkError, match="is a folder"):
        lamps().run({"switches": str(tmp_path / "old.csv"), "lit": str(tmp_path / "folder.csv")})
    with pytest.raises(SinkError, match="is a folder"):
        lamps().run({"switches": kept, "lit": str(tmp_path / "folder.csv")})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.csv", "old.csv"]
    assert (tmp_path / "old.csv").read_text() == "old"
    assert kept.ended == ["discarded"]


def test_a_failed_run_leaves_the_file_of_the_previous_run(tmp_path):
    path = tmp_path / "lit.jsonl"
    lamps().run({"lit": str(path)}, seed=7)
    before = path.read_bytes()
    with pytest.raises(CalculationError):
        lamps("times += 1 + 0 // (20 - times)").run({"lit": str(path)}, seed=7, window=1)
    assert path.read_bytes() == before
    left = (tmp_path / "lit.jsonl.part").read_bytes()
    assert left
    assert before.startswith(left), "what was written until then"
    lamps().run({"lit": str(path)}, seed=7)
    assert [it.name for it in tmp_path.iterdir()] == ["lit.jsonl"]
