import csv
import json
import re
import sys

import pytest

from doge_datagen import Model
from tests.cli.doge import DARK, LAMP, SWITCHES, doge

pytestmark = pytest.mark.usefixtures("folder")


def lines(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_first_target_is_the_default(folder):
    message = doge("run", "lamp.yaml", "--seed", 7)
    assert message.exit_code == 0, message.output
    assert "target files" in message.stderr
    assert len(lines(folder / "out" / "switches.csv")) == SWITCHES
    assert len(lines(folder / "out" / "dark.csv")) == DARK


def test_records_are_those_of_the_model_with_the_seed(folder):
    doge("run", "lamp.yaml", "--seed", 7)
    table = Model.load("lamp.yaml").table("switches", seed=7)
    assert [int(it["lamp"]) for it in lines(folder / "out" / "switches.csv")] == table.column("lamp").to_pylist()


def test_the_summary_has_generated_and_delivered_records_by_destination():
    message = doge("run", "lamp.yaml", "--seed", 7).stderr.splitlines()
    assert message[0].split() == ["stream", "generated", "delivered", "where"]
    assert message[1].split() == ["switches", str(SWITCHES), str(SWITCHES), "out/switches.csv"]
    assert message[2].split() == ["dark", str(DARK), str(DARK), "out/dark.csv"]
    assert message[-1] == "repeat with --seed 7"
    assert re.fullmatch(
        rf"{SWITCHES} transitions, {SWITCHES + DARK} records in [\d.]+ s, [\d,]+ records/s", message[-3]
    )
    assert message[-2] == "50 of 50 ticks; target files; interpreted engine, 1 worker"


def test_a_random_seed_repeats_the_run():
    first = doge("run", "lamp.yaml", "--target", "screen")
    seed = first.stderr.splitlines()[-1].split()[-1]
    assert doge("run", "lamp.yaml", "--target", "screen", "--seed", seed).stdout == first.stdout


def test_standard_output_contains_only_records():
    message = doge("run", "lamp.yaml", "--target", "screen", "--seed", 7)
    assert len(message.stdout.splitlines()) == SWITCHES
    assert all(line.startswith('switches {"at"') for line in message.stdout.splitlines())
    assert "not delivered anywhere: dark" in message.stderr


def test_a_model_without_targets_goes_to_the_screen(folder):
    (folder / "bare.yaml").write_text(LAMP.partition("targets:")[0])
    message = doge("run", "bare.yaml", "--seed", 7)
    assert len(message.stdout.splitlines()) == SWITCHES + DARK
    assert "no target, so standard output" in message.stderr


@pytest.mark.parametrize(
    ("options", "end"),
    [
        (["--ticks", 3], "3 of 3 ticks"),
        (["--ticks", "4e1"], "40 of 40 ticks"),
        (["--ticks", "1_000"], "1,000 of 1,000 ticks"),
        (["--ticks", "1,000"], "1,000 of 1,000 ticks"),
        (["--until", "20 s"], "20 of 20 ticks"),
        (["--until", "2024-05-06T06:00:30Z"], "30 of 30 ticks"),
        (["--until", "1500 ms"], "2 of 2 ticks"),
        (["--set", "clock.ticks=4"], "4 of 4 ticks"),
    ],
)
def test_the_end_can_be_given(options, end):
    assert end in doge("run", "lamp.yaml", *options).stderr


@pytest.mark.parametrize("options", [["--subjects", 1], ["--subjects", "1e0"], ["--set", "subjects.count=1"]])
def test_the_number_of_subjects_can_be_given(folder, options):
    doge("run", "lamp.yaml", *options)
    assert {it["lamp"] for it in lines(folder / "out" / "switches.csv")} == {"0"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--ticks", 3, "--until", "1 s"], "--ticks and --until both set the end of the run"),
        (["--until", "soon"], "'soon' is not a timestamp such as 2024-05-07T12:00:00Z, a duration such as '36 h', or"),
        (["--until", "2024-13-01"], "is not a timestamp"),
        (["--until", "2020-01-01"], "is not after 2024-05-06T06:00:00Z, where the run starts"),
        (["--set", "subjects.count"], "'subjects.count' is not a KEY=VALUE"),
        (["--set", "subjects.cuont=1"], "did you mean 'count'?"),
        (["--target", "fiels"], "--target: 'fiels' is not a target. Hint: did you mean 'files'?"),
        (["--set", "subjects.count=0"], "--set: subjects.count: 0 is too small"),
        (["--set", "targets.files.switch=x.csv"], "did you mean 'switches'?"),
        (["--set", "targets.files.dark={kafak: x}"], "there is no kind of sink 'kafak'. Hint: did you mean 'kafka'?"),
        (["--set", "targets.files.dark={file: x.csv, fromat: csv}"], "'file' has no option 'fromat'"),
        (["--set", "targets.files.dark=x.cvs"], "'x.cvs' does not have the suffix of a known format"),
        (
            ["--set", "targets.files={switches: x.csv, dark: x.cvs}"],
            "--set: targets.files.dark: 'x.cvs' does not have the suffix",
        ),
        (["--set", "targets.files={switches: x.csv, dark: x.csv}"], "dark: 'x.csv' is where 'switches' goes already"),
        (["--late", "stretch"], "--late does nothing without --pace. Hint: give --pace too, or leave --late out"),
        (["--late", "catch-up"], "--late does nothing without --pace"),
        (["--commit-every", "1 s"], "--commit-every does nothing without --run-id"),
        (["--workers", 0], "0 is too small; the minimum is 1"),
        (["--engine", "fast"], "'fast' is not one of"),
    ],
)
def test_a_user_error_has_no_traceback_and_exit_code_2(folder, options, message):
    done = doge("run", "lamp.yaml", *options)
    assert done.exit_code == 2, done.output
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "out").exists()


def test_a_missing_file_is_reported_with_the_nearest_name():
    done = doge("run", "lamb.yaml")
    assert (done.exit_code, done.stderr) == (
        2,
        "error: lamb.yaml: there is no such file. Hint: did you mean 'lamp.yaml'?\n",
    )


def test_all_mistakes_in_model_and_targets_are_reported_at_once_with_their_lines(folder):
    text = LAMP.replace("count: 5", "count: 0").replace("{switches: console}", "{switches: {consle: }}")
    (folder / "bad.yaml").write_text(text.replace("dark: out/dark.csv", "dark: {file: x.csv, color: red}"))
    done = doge("run", "bad.yaml")
    assert done.exit_code == 2
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == [
        "bad.yaml:4:31",
        "bad.yaml:14:66",
        "bad.yaml:15:12",
    ]


def test_every_missing_variable_is_reported_before_anything_is_opened(folder):
    where = '{switches: "${NO_SUCH_1}/a.csv", dark: {kafka: "${NO_SUCH_2}"}}'
    (folder / "v.yaml").write_text(LAMP.replace("{switches: out/switches.csv, dark: out/dark.csv}", where))
    done = doge("run", "v.yaml")
    assert done.exit_code == 2
    first, second = done.stderr.splitlines()
    assert first.startswith("error: v.yaml:14:21: targets.files.switches: the environment has no variable NO_SUCH_1")
    assert "NO_SUCH_2" in second


def test_all_variables_missing_for_one_destination_are_reported_at_once(folder):
    (folder / "v.yaml").write_text(LAMP.replace("out/dark.csv", '{kafka: "${NO_1}:${NO_2}", topic: "${NO_3}"}'))
    message = doge("run", "v.yaml").stderr.splitlines()
    assert [line.partition(" has no variable ")[2].partition(".")[0] for line in message] == ["NO_1", "NO_2", "NO_3"]
    assert message[2].startswith("error: v.yaml:14:79: targets.files.dark.topic: ")


@pytest.mark.parametrize(
    ("destination", "shown"),
    [
        ("{file: lamp.yaml, format: csv}", "lamp.yaml"),
        ("{file: ./out/../lamp.yaml, format: jsonl}", "./out/../lamp.yaml"),
        ("{file: '${HERE}/lamp.yaml', format: csv}", "${HERE}/lamp.yaml"),
        ("sqlite:///lamp.yaml", "sqlite:///lamp.yaml"),
        ("duckdb:///./lamp.yaml", "duckdb:///./lamp.yaml"),
    ],
)
@pytest.mark.parametrize("command", [["run"], ["run", "--dry-run"], ["run", "--run-id", "x"]])
def test_a_stream_cannot_overwrite_the_model(folder, destination, shown, command):
    done = doge(*command, "lamp.yaml", "--set", f"targets.files={{dark: {destination}}}", HERE=str(folder))
    message = f"{shown!r} is the model file itself. Hint: give the stream a path of its own"
    assert (done.exit_code, done.stderr) == (2, f"error: --set: targets.files.dark: {message}\n")
    assert (folder / "lamp.yaml").read_text() == LAMP
    assert [it.name for it in folder.iterdir()] == ["lamp.yaml"]


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


def test_the_report_is_a_machine_readable_summary(folder):
    done = doge("run", "lamp.yaml", "--seed", 7, "--report", "reports/lamp.json")
    assert done.exit_code == 0
    report = json.loads((folder / "reports" / "lamp.json").read_text())
    assert report.pop("seconds") > 0
    assert report.pop("events_per_second") > 0
    assert report.pop("records_per_second") > 0
    assert report == {
        "model": "lamp",
        "target": "files",
        "run_id": None,
        "seed": 7,
        "start": "2024-05-06T06:00:00Z",
        "first_tick": 0,
        "pace": None,
        "error": None,
        "complete": True,
        "subjects": 5,
        "ticks": 50,
        "ticks_of_model": 50,
        "events": SWITCHES,
        "engine": "interpreted",
        "compiled_in": None,
        "workers": 1,
        "data_versions": {},
        "transitions": [
            {"from_state": "off", "trigger": "light", "events": SWITCHES - DARK},
            {"from_state": "on", "trigger": "dim", "events": DARK},
        ],
        "streams": [
            {"stream": "switches", "generated": SWITCHES, "delivered": SWITCHES, "destination": "out/switches.csv"},
            {"stream": "dark", "generated": DARK, "delivered": DARK, "destination": "out/dark.csv"},
        ],
    }


def test_a_failed_run_reports_its_results_so_far(folder):
    (folder / "bad.yaml").write_text(LAMP.replace("times += 1", "times += 3 // (3 - times)"))
    done = doge("run", "bad.yaml", "--seed", 7, "--report", "report.json", "--ticks", 1000)
    assert done.exit_code == 2
    report = json.loads((folder / "report.json").read_text())
    assert report["error"].startswith("transitions.light: division by zero")
    assert (report["complete"], report["ticks_of_model"]) == (False, 1000)
    assert [it["generated"] for it in report["streams"]] == [it["delivered"] for it in report["streams"]]
    message = done.stderr.splitlines()
    assert message[0].split() == ["stream", "generated", "delivered", "where"]
    assert f"failed after {report['ticks']} ticks; records counted as delivered have arrived" in done.stderr
    assert message[-2:] == [
        f"error: bad.yaml:8:66: {report['error']}",
        "  left unfinished: out/switches.csv.part, out/dark.csv.part",
    ], "the cause first, then what it has left"


def test_the_report_of_a_run_that_never_started_says_so(folder):
    (folder / "out" / "dark.csv").mkdir(parents=True)
    done = doge("run", "lamp.yaml", "--report", "report.json")
    report = json.loads((folder / "report.json").read_text())
    assert report == {"model": "lamp", "target": "files", "run_id": None, "complete": False, "error": report["error"]}
    assert done.stderr == f"error: {report['error']}\n"


def test_an_unwritable_report_is_an_error_before_the_run(folder):
    (folder / "file").touch()
    done = doge("run", "lamp.yaml", "--report", "file/report.json")
    assert done.exit_code == 2
    assert "file/report.json cannot be written: " in done.stderr
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("report", "what"),
    [
        ("./out/dark.csv", "the destination of 'dark'"),
        ("out/dark.csv/report.json", "the destination of 'dark'"),
        ("lamps.db", "the destination of 'switches'"),
        ("lamp.yaml", "the model"),
    ],
)
def test_a_report_cannot_overwrite_files_of_the_run(folder, report, what):
    database = "targets.files.switches=sqlite:///lamps.db"
    done = doge("run", "lamp.yaml", "--set", database, "--report", report)
    shown = report.removeprefix("./")
    assert (done.exit_code, done.stderr) == (
        2,
        f"error: --report: {shown!r} is {what}. Hint: give it a file of its own\n",
    )
    assert [it.name for it in folder.iterdir()] == ["lamp.yaml"]
    assert (folder / "lamp.yaml").read_text() == LAMP


def test_appending_to_a_table_is_a_warning():
    where = ["--set", "targets.files.dark={database: 'sqlite:///lamps.db', table: lights}"]
    assert "warning" not in doge("run", "lamp.yaml", *where).stderr
    message = doge("run", "lamp.yaml", *where).stderr
    assert message.startswith("warning: table lights has rows already, and those of this run are added to them. Hint: ")


@pytest.mark.parametrize("database", ["sqlite", "duckdb"])
def test_the_warning_about_appending_to_a_table_hides_environment_variables(database):
    where = ["--set", f"targets.files.dark={{database: '{database}:///${{SEC}}.db', table: lights}}"]
    doge("run", "lamp.yaml", *where, SEC="hunter2")
    message = doge("run", "lamp.yaml", *where, SEC="hunter2").stderr
    assert message.startswith("warning: table lights has rows already")
    assert "hunter2" not in message


@pytest.mark.slow
def test_the_requested_engine_is_used_and_gives_the_same_records():
    message = [
        doge("run", "lamp.yaml", "--target", "screen", "--seed", 7, "--engine", it) for it in ("compiled", "auto")
    ]
    assert "compiled engine" in message[0].stderr
    assert message[0].stdout == message[1].stdout


@pytest.mark.slow
def test_workers_are_reported_and_change_nothing():
    runs = [
        doge("run", "lamp.yaml", "--target", "screen", "--seed", 7, "--engine", "compiled", "--workers", it)
        for it in (1, 3)
    ]
    assert re.search(r"compiled engine(?: \(compiled in .* s\))?, 3 workers", runs[1].stderr)
    assert runs[0].stdout == runs[1].stdout


def test_a_password_in_a_destination_is_never_shown(folder):
    where = "targets.files.dark=postgresql://ann:geheim@localhost:1/bank"
    for more in (["--dry-run"], []):
        done = doge("run", "lamp.yaml", "--set", where, *more)
        assert "ann" in done.output
        assert "geheim" not in done.output


def test_an_unreachable_server_is_not_a_user_error():
    done = doge("run", "lamp.yaml", "--set", "targets.files.dark=postgresql://localhost:1/bank")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_a_fault_is_reported_with_its_location(folder):
    (folder / "bad.yaml").write_text(LAMP.replace("times += 1", "times = 1 // (times - times)"))
    done = doge("run", "bad.yaml", "--seed", 7)
    assert done.exit_code == 2
    error = done.stderr.splitlines()[-2]
    assert error.startswith("error: bad.yaml:8:66: transitions.light: ")
    assert "(subject 1, at 2024-05-06T06:00:00Z)" in error


def test_a_report_may_go_to_standard_output(folder):
    done = doge("run", "lamp.yaml", "--target", "files", "--seed", 7, "--report", "-")
    assert json.loads(done.stdout)["complete"]
    assert not (folder / "-").exists()


def test_a_file_named_like_standard_output_is_refused_with_a_hint(folder):
    done = doge("run", "lamp.yaml", "--set", "targets.files={dark: {file: '-', format: csv}}")
    assert done.exit_code == 2
    message = "'-' is not a path. Hint: for standard output write console, for a file of that name ./-"
    assert done.stderr == f"error: --set: targets.files.dark: {message}\n"
    assert doge("run", "lamp.yaml", "--set", "targets.files={dark: {file: './-', format: csv}}").exit_code == 0
    assert (folder / "-").is_file()


def test_a_report_cannot_overwrite_a_database_of_the_run(folder):
    done = doge(
        "run", "lamp.yaml", "--set", "targets.files={dark: 'sqlite:///out.db'}", "--report", "out.db", "--dry-run"
    )
    assert (done.exit_code, "--report: 'out.db' is the destination of 'dark'" in done.stderr) == (2, True)


@pytest.mark.parametrize("options", [(), ("--until", "never"), ("--dry-run",), ("--run-id", "lamps")], ids=str)
def test_an_unlimited_run_without_a_pace_is_refused(folder, options):
    (folder / "endless.yaml").write_text(LAMP.replace(", ticks: 50", ""))
    done = doge("run", "endless.yaml", *options)
    assert done.exit_code == 2
    assert "--until '1 d'" in done.stderr
    assert "--pace realtime" in done.stderr
    assert not (folder / "out").exists()


SHARED = """targets:
  one: {"*": "one/{stream}.csv"}
"""


@pytest.fixture
def shared(folder):
    (folder / "shared.yaml").write_text(SHARED)
    (folder / "doge-targets.yaml").write_text(SHARED.replace("one", "beside"))
    return folder


@pytest.mark.parametrize(
    ("options", "variable", "target"),
    [([], None, "beside"), ([], "shared.yaml", "one"), (["--targets", "doge-targets.yaml"], "shared.yaml", "beside")],
)
def test_a_file_of_targets_is_chosen_by_an_option_a_variable_or_its_name(
    shared, monkeypatch, options, variable, target
):
    if variable is not None:
        monkeypatch.setenv("DOGE_TARGETS", variable)
    message = doge("run", "lamp.yaml", "--target", target, "--dry-run", *options)
    assert message.exit_code == 0, message.output
    assert f"{target}/switches.csv" in message.output


def test_the_models_first_target_is_the_default(shared):
    assert "target files" in doge("run", "lamp.yaml", "--dry-run").output


def test_check_reports_a_mistake_in_the_file_of_targets_at_its_location(shared):
    (shared / "doge-targets.yaml").write_text('targets:\n  here: {switches: "out/x.csv", dark: "out/x.csv"}\n')
    message = doge("check", "lamp.yaml")
    assert message.exit_code == 2
    assert "doge-targets.yaml:2:" in message.stderr


def test_a_destination_cannot_be_a_file_of_the_model(shared):
    message = doge("run", "lamp.yaml", "--set", "targets.files.dark={file: shared.yaml, format: csv}")
    assert message.exit_code == 0, message.output
    options = ["--targets", "doge-targets.yaml", "--set", "targets.files.dark={file: doge-targets.yaml, format: csv}"]
    message = doge("run", "lamp.yaml", *options)
    assert message.exit_code == 2
    assert "is the model file itself" in message.stderr
