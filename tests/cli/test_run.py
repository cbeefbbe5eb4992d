import csv
import re

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


@pytest.mark.parametrize("options", [(), ("--until", "never"), ("--dry-run",), ("--run-id", "lamps")], ids=str)
def test_an_unlimited_run_without_a_pace_is_refused(folder, options):
    (folder / "endless.yaml").write_text(LAMP.replace(", ticks: 50", ""))
    done = doge("run", "endless.yaml", *options)
    assert done.exit_code == 2
    assert "--until '1 d'" in done.stderr
    assert "--pace realtime" in done.stderr
    assert not (folder / "out").exists()
