"""The machine-readable report of doge run."""

import json

import pytest

from tests.cli.doge import DARK, LAMP, SWITCHES, doge

pytestmark = pytest.mark.usefixtures("folder")


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
