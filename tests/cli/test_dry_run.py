"""doge run --dry-run: a forecast, and all errors that can be found without opening anything."""

import sys

import pytest

from tests.cli.doge import LAMP, doge

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize(
    ("destination", "value", "message"),
    [
        (
            "{database: '${IT}'}",
            "hunter2",
            "is not a database URL. Hint: write dialect://user:password@host:port/database",
        ),
        ("{database: '${IT}'}", "hunter2.db", "'${IT}' is a file's name. Hint: write sqlite:///${IT}"),
        (
            "{database: '${IT}'}",
            "mysql://ann:hunter2@x/y",
            "mysql needs a package that is not installed. Hint: pip install mysqlclient",
        ),
        ("{kafka: '${IT}'}", "", "no broker is named. Hint: give one, such as 'localhost:9092'"),
        (
            "{kafka: a, topic: '${IT}'}",
            "hunter2!",
            "'${IT}' is not a topic name: a topic's name has letters",
        ),
        ("{kafka: a, conf: {linger.ms: '${IT}'}}", "hunter2", "'${IT}' is not a number from 0 to 900000"),
        (
            "{kafka: a, conf: {security.protocol: '${IT}'}}",
            "hunter2",
            "'${IT}' is not possible. Hint: known: 'plaintext', 'ssl', ",
        ),
        (
            "{kafka: a, format: avro, schema_registry: '${IT}'}",
            "hunter2",
            "'${IT}' is not the URL of a schema registry. Hint: ",
        ),
        (
            "{kafka: a, format: avro, schema_registry: '${IT}'}",
            "a:hunter2@b",
            "'${IT}' is not the URL of a schema registry",
        ),
        (
            "{kafka: a, topic: 'a${IT}'}",
            "hunter2!x",
            "'a${IT}' is not a topic name: a topic's name has letters",
        ),
        ("{kafka: a, conf: {security.protocol: 'X${IT}'}}", "hunter2!x", "'X${IT}' is not possible. Hint: known: "),
        (
            "{kafka: a, format: avro, schema_registry: 'b${IT}'}",
            "hunter2!x",
            "'b${IT}' is not the URL of a schema registry",
        ),
        (
            "{file: 'out/my${IT}.cvs'}",
            "hunter2!x",
            "'out/my${IT}.cvs' does not have the suffix of a known format. Hint: did you mean ",
        ),
        (
            "{file: '${IT}'}",
            "out/switches.csv",
            "'${IT}' is where 'switches' goes already. Hint: give each a file of its",
        ),
        (
            "{file: '${IT}'}",
            "hunter2.cvs",
            "'${IT}' does not have the suffix of a known format. Hint: did you mean '.csv'?",
        ),
    ],
)
def test_a_dry_run_checks_environment_variables_without_showing_them(folder, destination, value, message, monkeypatch):
    monkeypatch.setitem(sys.modules, "MySQLdb", None)
    target = f"targets.files={{switches: out/switches.csv, dark: {destination}}}"
    done = doge("run", "lamp.yaml", "--dry-run", "--set", target, IT=value)
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith("error: --set: targets.files.dark")
    assert message in done.stderr
    assert "hunter2" not in done.output
    assert not (folder / "out").exists()


def test_a_dry_run_reports_missing_packages(monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    elsewhere = doge("run", "lamp.yaml", "--dry-run", "--set", "targets.screen.dark=duckdb:///lamps.duckdb")
    assert elsewhere.exit_code == 0
    done = doge("run", "lamp.yaml", "--dry-run", "--set", "targets.files.dark=duckdb:///lamps.duckdb")
    assert (done.exit_code, "pip install 'doge-datagen[duckdb]'" in done.stderr) == (2, True)


def test_a_dry_run_reports_and_opens_nothing(folder):
    done = doge("run", "lamp.yaml", "--dry-run")
    assert done.exit_code == 0
    assert "5 subjects x 50 ticks: about" in done.stdout
    assert "out/switches.csv" in done.stdout
    assert "target files, interpreted engine, 1 worker; nothing was opened" in done.stdout
    assert sorted(it.name for it in folder.iterdir()) == ["lamp.yaml"]


def test_a_dry_run_reports_what_may_be_rejected(folder):
    assert "may be rejected" not in doge("run", "lamp.yaml", "--dry-run").stdout
    (folder / "blocked.yaml").write_text(LAMP.replace("do: times += 1", "do: require(times > 3)"))
    message = doge("run", "blocked.yaml", "--dry-run").stdout
    assert "These may be rejected: light.\n95 of 100 runs are within the ranges." in message


def test_a_dry_run_of_an_unlimited_model_reports_per_hour(folder):
    (folder / "endless.yaml").write_text(LAMP.replace(", ticks: 50", ""))
    assert "records per hour" in doge("run", "endless.yaml", "--pace", "realtime", "--dry-run").stdout


def test_a_dry_run_needs_the_variables_too(folder):
    (folder / "v.yaml").write_text(LAMP.replace("out/dark.csv", '"${NO_SUCH_1}.csv"'))
    assert doge("run", "v.yaml", "--dry-run").exit_code == 2
