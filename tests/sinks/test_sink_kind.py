"""A third-party sink type has all features of ours, only through its self-description."""

import json
import sqlite3

import pytest

from doge_datagen.errors import ModelError
from doge_datagen.model import Destination
from doge_datagen.sinks.base import Capabilities
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from doge_datagen.sinks.registry import check_destination, check_filled, kind_of, open_sink, shown_destination
from doge_datagen.sinks.sink_kind import SinkKind, WireFormat
from doge_datagen.sinks.testing.batches import RULES, BatchSinkUnderTest
from doge_datagen.sinks.testing.samples import SCHEMA, STREAM, row_of
from doge_datagen.sinks.testing.transactions import COMMITTING_RULES, CommittingSinkUnderTest
from doge_datagen.sinks.transactional import CommittingSink
from tests.cli.doge import DARK, LAMP, SWITCHES, doge
from tests.docs.pages import ROOT, blocks
from tests.sinks.packages import install  # noqa: F401 - a fixture

WHERE = "targets.local.trx"
TARGETS = """
  short: {switches: "rows://out.db", dark: "rows://out.db"}
  long: {switches: {sqlite_rows: out.db, format: list}}
  mixed: {switches: "rows://out.db", dark: "sqlite:///out.db"}
  unknown: {switches: {sqlite_rows: out.db, format: xml}}
"""


@pytest.fixture
def sqlite_rows(install, tmp_path, monkeypatch):  # noqa: F811 - a fixture
    """The package on the page about custom sinks, and a model whose targets use it."""
    modules = {it.file_name: it.text for it in blocks(ROOT / "docs" / "how-to" / "own-sinks.md") if it.file_name}
    named = {name.removesuffix(".py"): text for name, text in modules.items() if name.startswith("doge_sqlite")}
    install("sqlite-rows", {"sqlite_rows": "doge_sqlite_kind:SQLITE_ROWS"}, named)
    monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "machine"))
    monkeypatch.chdir(tmp_path)


def model(tmp_path, *, targets):
    """A model file with some of these targets; the first is the default."""
    lines = [line for line in TARGETS.splitlines() if line.strip().partition(":")[0] in targets]
    (tmp_path / "lamp.yaml").write_text(LAMP[: LAMP.index("targets:")] + "\n".join(["targets:", *lines, ""]))


def stored(stream):
    database = sqlite3.connect("out.db")
    rows = database.execute("SELECT record FROM records WHERE stream = ? ORDER BY rowid", [stream]).fetchall()
    database.close()
    return [json.loads(record) for (record,) in rows]


@pytest.mark.parametrize("run", [(), ("--run-id", "nightly")], ids=["unnamed", "named"])
def test_a_run_delivers_to_its_url(sqlite_rows, tmp_path, run):
    model(tmp_path, targets=["short"])
    for _ in range(2 if run else 1):  # a complete run is not delivered again
        done = doge("run", "lamp.yaml", "--seed", 7, *run)
        assert done.exit_code == 0, done.output
    assert (len(stored("switches")), len(stored("dark"))) == (SWITCHES, DARK)
    assert set(stored("dark")[0]) == {"at", "lamp"}
    assert "rows of switches in out.db" in done.stderr
    assert "at least once" not in done.stderr


def test_a_run_delivers_in_its_format(sqlite_rows, tmp_path):
    model(tmp_path, targets=["long"])
    assert doge("run", "lamp.yaml", "--seed", 7).exit_code == 0
    assert [len(record) for record in stored("switches")] == [4] * SWITCHES


def test_its_conflicts_and_formats_are_checked(sqlite_rows, tmp_path):
    model(tmp_path, targets=["short", "long", "mixed", "unknown"])
    done = doge("check", "lamp.yaml")
    assert done.exit_code == 2
    assert done.stderr.count("error") == 2, done.stderr
    assert "the table 'dark' is where 'switches' goes already, as the rows of 'switches'" in done.stderr
    assert "'xml' is not possible. Hint: known: 'json', 'list'" in done.stderr


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_its_sink_follows_every_rule(rule, sqlite_rows):
    destination = Destination.of("rows://out.db")

    def read():
        return list(map(row_of, stored(STREAM)))

    rule(BatchSinkUnderTest(make=lambda: open_sink(destination, STREAM, SCHEMA), read=read))


@pytest.mark.parametrize("rule", COMMITTING_RULES, ids=lambda rule: rule.__name__)
def test_its_committing_sink_follows_every_rule(rule, sqlite_rows):
    destination = Destination.of("rows://out.db")

    def make(run_id):
        sink = open_sink(destination, STREAM, SCHEMA, run_id=run_id)
        assert isinstance(sink, CommittingSink)
        assert sink.capabilities == Capabilities(position_before_claim=True)
        return sink

    rule(CommittingSinkUnderTest(make, lambda: list(map(row_of, stored(STREAM)))))


@pytest.fixture
def plain(install, monkeypatch):  # noqa: F811 - a fixture
    """A function that installs a sink type named ``plain`` with these attributes."""

    def added(**attributes):
        kind = SinkKind("plain", "nothing", lambda opening: MemoryBatchSink(), **attributes)
        install("plain", {"plain": "tests.sinks.test_sink_kind:PLAIN"}, {})
        monkeypatch.setitem(globals(), "PLAIN", kind)
        return Destination.of({"plain": "there"})

    return added


def test_by_default_a_destination_is_displayed_by_name_and_address(plain):
    destination = plain()
    assert shown_destination(destination, "trx") == "plain there"


def test_a_sink_type_that_needs_keys_refuses_a_stream_without(plain):
    destination = plain(needs_key=True)
    check_destination(destination, "trx", (), WHERE)
    with pytest.raises(ModelError, match=r"'plain' needs a key for each record. Hint: give the stream 'trx' a key"):
        check_destination(destination, "trx", (), WHERE, keyed=False)


def test_a_format_checks_the_names_of_fields(plain):
    def refuse(fields, stream, where):
        raise ModelError(where, f"{fields} of {stream}")

    destination = plain(formats=(WireFormat("free"), WireFormat("strict", check_fields=refuse)))
    check_filled(destination, "trx", ("id",), WHERE)
    strict = Destination("plain", "there", {"format": "strict"})
    with pytest.raises(ModelError, match=r"targets\.local\.trx: \('id',\) of trx"):
        check_filled(strict, "trx", ("id",), WHERE)


def test_a_sink_type_may_accept_urls_of_unlisted_schemes(plain):
    plain(takes_scheme=lambda scheme: scheme.startswith("x-"))
    assert kind_of(Destination.of("x-files://there")).name == "plain"
    assert kind_of(Destination.of("sqlite:///bank.db")).name == "database"


def test_a_sink_has_the_capabilities_of_its_target(plain):
    destination = plain(capabilities=lambda given: Capabilities(commit_every=len(given.at.reveal())))
    assert open_sink(destination, "trx", SCHEMA).capabilities.commit_every == len("there")
