"""Runs of models to destinations: the summary, and errors on the way."""

import threading
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pytest

from doge_datagen import ENDLESS, Clock, Transition
from doge_datagen.errors import DeliveryError, MissingDriverError, ModelError
from doge_datagen.run import model_run
from doge_datagen.run.delivery import sink_lifecycle
from doge_datagen.run.pacing.schedule import Schedule
from doge_datagen.sinks.base import Capabilities
from doge_datagen.sinks.failing_batches import FailingBatchSink
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from tests.run.lamps import LAMPS, TICKS, Watched, lamps
from tests.run.wall import Wall


def test_the_report_has_the_generated_and_delivered_records():
    kept = {"switches": MemoryBatchSink(), "lit": MemoryBatchSink()}
    report = lamps().run(kept, seed=7)
    assert (report.seed, report.ticks, report.events) == (7, TICKS, TICKS * LAMPS)
    assert report.transitions == {("off", "light"): TICKS * LAMPS // 2, ("on", "dim"): TICKS * LAMPS // 2}
    assert [(it.stream, it.generated, it.delivered) for it in report.sinks] == [
        ("switches", 250, 250),
        ("lit", 125, 125),
    ]
    assert [it.sink for it in report.sinks] == list(kept.values())
    assert len(kept["switches"].records) == 250


def test_delivered_records_equal_the_table():
    kept = MemoryBatchSink()
    lamps().run({"switches": kept}, seed=7)
    assert pa.Table.from_batches([it.records for it in kept.batches]) == lamps().table("switches", seed=7)


def test_a_random_seed_is_reported_and_repeats_the_run():
    model, kept = lamps("times += randrange(10**9)"), [MemoryBatchSink(), MemoryBatchSink()]
    seed = model.run({"switches": kept[0]}).seed
    model.run({"switches": kept[1]}, seed=seed)
    assert kept[0].records == kept[1].records


def test_a_stream_without_a_destination_is_generated_and_not_delivered():
    kept = MemoryBatchSink()
    report = lamps().run({"lit": kept}, seed=7)
    assert [(it.stream, it.generated) for it in report.sinks] == [("lit", 125)]
    assert report.events == 250


def test_the_destination_is_reported_as_the_target_writes_it(tmp_path):
    report = lamps().run({"lit": str(tmp_path / "lit.csv")}, seed=7)
    assert report.sinks[0].destination == str(tmp_path / "lit.csv")


def test_the_report_has_no_password(monkeypatch):
    monkeypatch.setattr(sink_lifecycle, "open_sink", lambda *_args, **_how: MemoryBatchSink())
    destinations = {
        "lit": "postgresql://ann:geheim@localhost/bank",
        "switches": {"kafka": "localhost:9092", "conf": {"sasl.password": "geheim"}},
    }
    report = lamps().run(destinations, seed=7)
    assert [it.destination for it in report.sinks] == [
        "postgresql://ann:***@localhost/bank, table lit",
        "kafka localhost:9092, topic switches",
    ]
    assert "geheim" not in repr(report)


def test_a_target_is_chosen_by_name(tmp_path):
    model = lamps(one={"lit": str(tmp_path / "1.csv")}, two={"lit": str(tmp_path / "2.csv")})
    model.run("two", seed=7)
    assert [path.name for path in tmp_path.iterdir()] == ["2.csv"]


def test_the_first_target_is_the_default(tmp_path):
    lamps(one={"lit": str(tmp_path / "1.csv")}, two={"lit": str(tmp_path / "2.csv")}).run(seed=7)
    assert [path.name for path in tmp_path.iterdir()] == ["1.csv"]


def test_without_targets_records_go_to_the_screen(capsys):
    lamps().resized(ticks=1).run(seed=7)
    assert capsys.readouterr().out.count("\n") == 2 * LAMPS


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("stagin", r"^target: 'stagin' is not a target. Hint: did you mean 'staging'\?"),
        ({"lits": "a.csv"}, r"^streams: 'lits' is not a stream. Hint: did you mean 'lit'\?"),
        ({"lit": 7}, r"^targets: 7 is not a destination"),
        ({"lit": "a.xyz"}, r"^targets\.lit: 'a.xyz' does not have the suffix of a known format"),
    ],
)
def test_an_invalid_target_is_reported(target, message):
    with pytest.raises(ModelError, match=message):
        lamps(staging={"lit": "console"}).run(target)


@pytest.mark.parametrize("kwargs", [{"seed": -1}, {"seed": 2**64}, {"window": 0}, {"workers": 0}, {"engine": "fast"}])
def test_an_invalid_parameter_is_reported_and_the_sinks_are_closed(kwargs):
    kept = Watched()
    with pytest.raises(ModelError, match=f"^{next(iter(kwargs))}"):
        lamps().run({"lit": kept}, **kwargs)


def test_one_sink_for_two_streams_is_refused():
    kept = Watched()
    with pytest.raises(ModelError, match=r"^targets\.lit: .* is where 'switches' goes already. Hint: give each a sink"):
        lamps().run({"switches": kept, "lit": kept})
    assert kept.ended == ["discarded"]


def test_the_seed_is_reported_while_the_run_continues():
    reports = []
    report = lamps().run({"lit": MemoryBatchSink()}, progress=reports.append)
    assert reports[-1].seed == report.seed


def test_two_streams_to_one_file_are_refused_before_anything_is_opened(tmp_path):
    path = tmp_path / "new" / "a.csv"
    with pytest.raises(ModelError, match=r"^targets\.lit: .* is where 'switches' goes already"):
        lamps().run({"switches": str(path), "lit": str(path)})
    assert list(tmp_path.iterdir()) == []


def test_two_streams_may_go_to_tables_of_one_database(tmp_path):
    destination = f"duckdb:///{tmp_path}/lamps.duckdb"
    report = lamps().run({"switches": destination, "lit": destination}, seed=7)
    assert [it.delivered for it in report.sinks] == [250, 125]


def test_a_run_can_be_stopped_after_a_window():
    kept, calls = MemoryBatchSink(), []

    def stop():
        calls.append(True)
        return len(calls) == 3

    report = lamps().run({"switches": kept}, seed=7, window=10, stop=stop)
    assert (report.ticks, report.events, kept.delivered, len(calls)) == (30, 150, 150, 3)


def test_a_run_without_end_can_be_stopped():
    kwargs = {"seed": 7, "window": 10, "engine": "interpreted"}
    report = lamps().resized(ticks=2**48).run({"lit": MemoryBatchSink()}, stop=lambda: True, **kwargs)
    assert report.ticks == 10


def test_progress_is_reported_and_ends_at_the_end():
    reports = []
    lamps().run({"lit": MemoryBatchSink()}, seed=7, window=20, progress=reports.append, progress_every=0)
    assert [(it.ticks_done, it.ticks, it.events) for it in reports] == [(20, 50, 100), (40, 50, 200), (50, 50, 250)]
    assert reports[-1].records == {"switches": 250, "lit": 125}


@pytest.fixture
def wall(monkeypatch):
    """The clock of paced runs, which only their sleeping moves."""
    wall = Wall()
    monkeypatch.setattr(model_run, "Schedule", partial(Schedule, now=wall.now, sleep=wall.sleep))
    return wall


@pytest.mark.usefixtures("wall")
def test_progress_is_reported_while_a_tick_is_delivered_at_a_rate():
    reports = []
    kwargs = {"seed": 7, "pace": "20/s", "progress_every": 0}
    lamps().resized(ticks=1).run({"switches": MemoryBatchSink()}, progress=reports.append, **kwargs)
    assert {2, 4} <= {it.delivered["switches"] for it in reports if not it.ticks_done}
    assert all(it.records.get("switches", 0) >= it.delivered["switches"] for it in reports)


@pytest.mark.usefixtures("wall")
def test_progress_is_reported_while_waiting_for_a_tick():
    reports = []
    kwargs = {"seed": 7, "pace": "5x", "progress_every": 0}
    lamps().resized(ticks=2).run({"switches": MemoryBatchSink()}, progress=reports.append, **kwargs)
    assert [it.ticks_done for it in reports].count(1) > 1, "again and again, for a fifth of a second"


def test_no_thread_is_left_behind():
    before = threading.active_count()
    with pytest.raises(DeliveryError):
        lamps().run({"lit": FailingBatchSink(MemoryBatchSink(), at=1)}, seed=7, window=1)
    assert threading.active_count() == before


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr("doge_datagen.run.simulation.engine_choice.find_spec", lambda name: None)
    with pytest.raises(MissingDriverError, match=r"pip install 'doge-datagen\[fast\]'"):
        lamps().run({"lit": MemoryBatchSink()}, engine="compiled")


class WithAThread(Watched):
    """Allows a thread, and records its threads."""

    capabilities = Capabilities(own_thread=True)

    def __init__(self):
        super().__init__()
        self.threads = set()

    def write(self, batch):
        self.threads.add(threading.current_thread().name.partition("_")[0])
        super().write(batch)


@pytest.mark.parametrize(("kwargs", "thread"), [({}, "doge-sink"), ({"pace": "5000/s"}, "MainThread")])
def test_a_sink_has_a_thread_unless_its_lag_is_measured(monkeypatch, kwargs, thread):
    sink = WithAThread()
    monkeypatch.setattr(sink_lifecycle, "open_sink", lambda *_args, **_how: sink)
    report = lamps().run({"lit": "a.csv"}, seed=7, **kwargs)
    assert (sink.threads, sink.ended, report.sinks[0].delivered) == ({thread}, ["closed"], 125)


@pytest.mark.slow
def test_an_error_in_a_thread_ends_the_run_without_another_batch(monkeypatch):
    """Only the first batch has records of this stream; an unlimited run would never get to another."""
    monkeypatch.setattr(sink_lifecycle, "open_sink", lambda *_args, **_how: FailingBatchSink(WithAThread(), at=0))
    monkeypatch.setattr(FailingBatchSink, "capabilities", Capabilities(own_thread=True))
    exits = [Transition("light", "off", "on", 100, emit="lit"), Transition("shine", "on", "on", 100, emit="switches")]
    with pytest.raises(DeliveryError, match="batch 0 failed"):
        replace(lamps(), transitions=exits, clock=Clock(0, 1000, 250 * 10**9)).run(
            {"lit": "a.csv"}, seed=7, window=1000
        )


def test_an_unlimited_run_without_a_pace_is_refused_and_the_sink_unchanged():
    sink = Watched()
    with pytest.raises(ModelError, match=r"neither an end nor a pace.*--until '1 d'.*--pace realtime"):
        lamps().resized(ticks=ENDLESS).run({"lit": sink}, seed=7)
    assert sink.ended == ["discarded"]


@pytest.mark.slow
@pytest.mark.parametrize("kwargs", [{"until": 50_000}, {"stop": lambda: True}], ids=["until", "stop"])
def test_a_run_of_an_unlimited_model_may_be_limited(kwargs):
    sink = MemoryBatchSink()
    lamps().resized(ticks=ENDLESS).run({"lit": sink}, seed=7, window=10, **kwargs)
    assert sink.delivered > 0
