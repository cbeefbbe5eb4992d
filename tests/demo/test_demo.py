import csv
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest
import sqlalchemy
from click.testing import CliRunner

from doge_datagen.cli import main
from doge_datagen.demo.demo import bank
from doge_datagen.demo.report import answer
from doge_datagen.model_api import Model
from services.waiting import wait_until
from tests.examples.programs import EXAMPLES

# A background process ignores Ctrl-C, and so do its children, unless it is enabled again.
INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from doge_datagen.cli import main
main()
"""


def run(*arguments):
    result = CliRunner().invoke(main, ["demo", *map(str, arguments)], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.stderr
    return result.output


def records(path):
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines))


def clicks(folder):
    return records(folder / "clickstream.csv")


def rows(folder, query):
    with closing(sqlite3.connect(folder / "bank.db")) as connection:
        return connection.execute(query).fetchall()


def test_the_model_equals_the_example_except_for_its_targets():
    assert replace(Model.load(EXAMPLES / "bank" / "bank.yaml"), targets={}) == bank()


def test_reported_streams_and_tables_exist(tmp_path):
    result = run("--output", tmp_path / "bank")
    for file in ("clickstream.csv", "trx.csv", "bank.db", "states.mmd"):
        assert str(tmp_path / "bank" / file) in result
        assert (tmp_path / "bank" / file).is_file()


def test_records_have_the_shapes_of_the_post(tmp_path):
    run("--output", tmp_path)
    first = clicks(tmp_path)[0]
    assert first == {"user_id": "372", "event": "login", "timestamp": "2022-02-11T03:22:48.000Z"}
    assert list(records(tmp_path / "trx.csv")[0]) == ["user_id", "amount", "timestamp"]
    columns = "SELECT group_concat(name) FROM pragma_table_info('{}')"
    assert rows(tmp_path, columns.format("balance")) == [("timestamp,user_id,balance",)]
    assert rows(tmp_path, columns.format("loan")) == [("timestamp,user_id,loan",)]


def test_reported_counts_equal_the_records(tmp_path):
    result = run("--output", tmp_path)
    assert f"clickstream  {len(clicks(tmp_path)):,}" in result
    assert f"balance      {rows(tmp_path, 'SELECT count(*) FROM balance')[0][0]:,}" in result


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for folder, seed in (("one", 7), ("two", 7), ("other", 8)):
        run("--output", tmp_path / folder, "--seed", seed, "--subjects", 200)
    for name in ("clickstream.csv", "trx.csv", "bank.db"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
        assert (tmp_path / "one" / name).read_bytes() != (tmp_path / "other" / name).read_bytes()


def test_a_second_demo_replaces_the_first(tmp_path):
    run("--output", tmp_path)
    count = rows(tmp_path, "SELECT count(*) FROM balance")
    run("--output", tmp_path)
    assert rows(tmp_path, "SELECT count(*) FROM balance") == count


def test_a_run_without_events_has_empty_results(tmp_path):
    result = run("--output", tmp_path, "--subjects", 1, "--ticks", 1)
    assert "(no record)" in result
    assert "0 found" in result


def test_the_answer_is_found_without_sql(tmp_path):
    """The query in plain Python: iterate over the clicks and remember."""
    run("--output", tmp_path)
    balances = [
        (f"{moment.replace(' ', 'T')[:23]}Z", *others)
        for moment, *others in rows(tmp_path, "SELECT timestamp, user_id, balance FROM balance ORDER BY timestamp")
    ]
    expected, opened = [], {}
    for click in clicks(tmp_path):
        user, when = int(click["user_id"]), click["timestamp"]
        if user in opened and click["event"] == "close_loan_screen":
            known = [balance for at, who, balance in balances if who == user and at <= opened[user]]
            if known and known[-1] < 1000:
                expected.append((user, opened[user], when, known[-1]))
        opened.pop(user, None)
        if click["event"] == "open_loan_screen":
            opened[user] = when
    names = ("timestamp", "user_id", "balance")
    actual = answer(clicks(tmp_path), [dict(zip(names, row, strict=True)) for row in balances])
    assert actual
    assert sorted(actual) == sorted(expected)


@pytest.mark.slow
def test_the_demo_on_real_servers_gives_the_same_answers(tmp_path, kafka, schema_registry, database):
    local = run("--output", tmp_path / "local")
    url = f"{database}?options=-csearch_path%3Ddemo"
    engine = sqlalchemy.create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA demo")
    engine.dispose()
    servers = ("--kafka", kafka, "--schema-registry", schema_registry, "--database", url)
    result = run("--output", tmp_path / "served", *servers)

    def stories(text):
        """The report without destinations and durations."""
        return [line.partition("  where")[0].split(" in ")[0] for line in text.splitlines() if "demo" not in line]

    assert "topic clickstream" in result
    assert "doge:doge" not in result
    different = ("/", ":", "Kafka")
    assert [line for line in stories(result) if not any(mark in line for mark in different)] == [
        line for line in stories(local) if not any(mark in line for mark in different)
    ]


@pytest.mark.slow
def test_ctrl_c_in_the_middle_leaves_whole_files_and_one_line(tmp_path):
    large = ("--subjects", "5000", "--ticks", "10000000", "--output", str(tmp_path))
    demo = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "demo", *large],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with demo:
        part = tmp_path / "clickstream.csv.part"
        grown = wait_until(lambda: part.exists() and part.stat().st_size > 0, seconds=240)
        demo.send_signal(signal.SIGINT)
        output = demo.stderr.read()
    assert grown
    assert demo.returncode == 1
    assert output == "error: interrupted; what was accepted until then was delivered\n"
    assert not list(tmp_path.glob("*.part"))
    assert all({"user_id", "timestamp"} <= click.keys() for click in clicks(tmp_path))
    assert all(payment["amount"] for payment in records(tmp_path / "trx.csv"))


@pytest.mark.parametrize(("destination", "code"), [("clickstream.csv", 2), ("bank.db", 1)])
def test_an_unwritable_destination_is_reported_in_one_line(tmp_path, destination, code):
    (tmp_path / destination).mkdir()
    result = CliRunner().invoke(main, ["demo", "--output", str(tmp_path)])
    assert result.exit_code == code
    assert result.stderr.startswith("error: ")
    assert destination in result.stderr
