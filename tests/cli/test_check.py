import json
import re
import subprocess
import sys

import pytest

from doge_datagen.errors import ModelError
from doge_datagen.sinks import registry as kinds
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from doge_datagen.sinks.sink_kind import SinkKind
from tests.cli.doge import LAMP, doge

pytestmark = pytest.mark.usefixtures("folder")


def test_a_valid_model_is_reported_in_tables():
    done = doge("check", "lamp.yaml")
    assert done.exit_code == 0
    assert done.stdout.startswith("lamp: 5 subjects, 50 ticks of 1 s")
    assert "about" in done.stdout


def test_other_sizes_can_be_given():
    assert doge("check", "lamp.yaml", "--subjects", 1000, "--ticks", 9).stdout.startswith(
        "lamp: 1,000 subjects, 9 tick"
    )
    assert doge("check", "lamp.yaml", "--set", "subjects.count=3").stdout.startswith("lamp: 3 subjects")


@pytest.mark.parametrize(("until", "ticks"), [("2 min", "120 ticks"), ("2024-05-06T06:00:30Z", "30 ticks")])
def test_the_end_may_be_a_duration_or_a_moment(until, ticks):
    assert doge("check", "lamp.yaml", "--until", until).stdout.startswith(f"lamp: 5 subjects, {ticks} of 1 s")


def test_an_end_before_the_start_is_reported():
    done = doge("check", "lamp.yaml", "--until", "2001-01-01")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --until: 2001-01-01T00:00:00Z is not after 2024-05-06T06:00:00Z")


def test_a_likely_mistake_is_a_warning_and_not_an_error(folder):
    (folder / "odd.yaml").write_text(LAMP.replace('["off", "on"]', '["off", "on", broken]'))
    done = doge("check", "odd.yaml")
    assert done.exit_code == 0
    assert "warning: states.broken: is unreachable" in done.stdout


def test_a_name_that_is_never_read_is_a_warning_with_its_line_in_the_file(folder):
    (folder / "odd.yaml").write_text(LAMP.replace("do: times += 1,", "do: price = 5,"))
    warning = "odd.yaml:8:66: transitions.light.do: 'price' is set but never read; only attributes keep a value: "
    assert f"warning: {warning}make it one, or remove it" in doge("check", "odd.yaml").stdout
    assert json.loads(doge("check", "odd.yaml", "--json").stdout)["warnings"][0].startswith(warning)
    settings = ("--set", "transitions.dim.do=cost = 5")
    assert "warning: --set: transitions.dim.do: 'cost' is set" in doge("check", "lamp.yaml", *settings).stdout


TWO_WAYS = """states: {home: , office: , gone: final}
initial: home
transitions:
  - {trigger: work, from: home, to: office, probability: 0.8}
  - {trigger: rest, from: home, to: home, probability: 0.2}
  - {trigger: leave, from: office, to: gone, probability: 5}
"""
COMMUTING = "doge: 1\nname: day\nclock: {tick: 1 h, ticks: 9}\nsubjects: {name: worker, count: 2}\n" + TWO_WAYS


def test_probabilities_that_add_up_to_one_are_a_warning_with_its_line_in_the_file(folder):
    (folder / "day.yaml").write_text(COMMUTING)
    warning = "warning: day.yaml:8:58: transitions.work.probability: probabilities leaving 'home' sum to exactly 1"
    assert (
        f"{warning} (work 0.8 + rest 0.2) but are percentages. Hint: for 80 % write 80\n"
        in doge("check", "day.yaml").stdout
    )


def test_percentages_with_a_sign_and_states_marked_final_have_no_warning(folder):
    (folder / "day.yaml").write_text(COMMUTING.replace("0.8}", "0.8 %}"))
    assert "warning" not in doge("check", "day.yaml").stdout


def test_a_percentage_with_a_sign_can_be_set(folder):
    (folder / "day.yaml").write_text(COMMUTING)
    done = doge("check", "day.yaml", "--json", "--set", "transitions.work.probability=80 %")
    assert json.loads(done.stdout)["transitions"][0]["probability"] == 80


@pytest.mark.parametrize("command", ["check", "preview", "run"])
def test_a_misspelt_attribute_that_is_set_is_an_error(folder, command):
    (folder / "bad.yaml").write_text(LAMP.replace("do: times += 1,", "do: tims = times + 1,"))
    done = doge(command, "bad.yaml")
    assert done.exit_code == 2
    assert (
        "bad.yaml:8:66: transitions.light.do: 'tims' is set but never read. Hint: did you mean 'times'?" in done.stderr
    )


def test_an_unfed_stream_is_an_error_and_one_fed_by_an_impossible_event_a_warning(folder):
    (folder / "bad.yaml").write_text(LAMP.replace("emit: [switches, dark]", "emit: switches"))
    done = doge("check", "bad.yaml")
    assert (done.exit_code, "streams.dark: no transition feeds it" in done.stderr) == (2, True)
    (folder / "odd.yaml").write_text(LAMP.replace("probability: 20", "probability: 0"))
    done = doge("check", "odd.yaml")
    assert (done.exit_code, "warning: streams.dark: no transition that can happen feeds it" in done.stdout) == (0, True)


def test_no_environment_variables_are_needed(folder):
    (folder / "v.yaml").write_text(LAMP.replace("out/dark.csv", '"${NO_SUCH_1}.csv"'))
    assert doge("check", "v.yaml").exit_code == 0


def test_all_mistakes_are_reported_at_once(folder):
    (folder / "bad.yaml").write_text(LAMP.replace("count: 5", "count: 0").replace("emit: switches", "emit: swiches"))
    done = doge("check", "bad.yaml")
    assert done.exit_code == 2
    assert [line.split(":")[2] for line in done.stderr.splitlines()] == ["4", "8"]
    assert "did you mean 'switches'?" in done.stderr


def test_targets_are_checked_too(folder):
    (folder / "bad.yaml").write_text(LAMP.replace("dark: out/dark.csv", "dark: {kafka: x, topik: y}"))
    done = doge("check", "bad.yaml")
    assert done.exit_code == 2
    assert done.stderr.startswith("error: bad.yaml:14:63: targets.files.dark.topik: 'kafka' has no option 'topik'")


def test_streams_with_the_same_destination_are_reported_in_every_target(folder):
    second = 'screen: {switches: "sqlite:///l.db", dark: {database: "sqlite:///./l.db", table: switches}}'
    text = LAMP.replace("dark: out/dark.csv", "dark: out/switches.csv").replace("screen: {switches: console}", second)
    (folder / "bad.yaml").write_text(text)
    done = doge("check", "bad.yaml")
    assert done.exit_code == 2
    file, table = done.stderr.splitlines()
    assert file == (
        "error: bad.yaml:14:45: targets.files.dark: 'out/switches.csv' is where 'switches' goes already. Hint: "
        "give each a file of its own"
    )
    assert table == (
        "error: bad.yaml:15:40: targets.screen.dark: the table 'switches' is where 'switches' goes already. Hint: "
        "give each a table of its own"
    )


def test_the_same_text_with_variables_for_two_streams_is_one_destination(folder):
    (folder / "bad.yaml").write_text(
        LAMP.replace("out/switches.csv", '"${A}.csv"').replace("out/dark.csv", '"${A}.csv"')
    )
    assert "'${A}.csv' is where 'switches' goes already" in doge("check", "bad.yaml").stderr


def test_a_stream_with_a_dot_is_reported_with_its_line(folder):
    text = (
        LAMP.replace("dark]", "d.k]").replace("dark: {fields", "d.k: {fields").replace("lamp: lamp}}", "lämp: lamp}}")
    )
    (folder / "bad.yaml").write_text(text.replace("dark: out/dark.csv", "d.k: out/dark.avro"))
    output = doge("check", "bad.yaml").stderr
    assert output.startswith("error: bad.yaml:14:44: targets.files.d.k: 'lämp' is not a name for Avro: names have")


def test_a_missing_package_for_a_target_is_a_warning(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    monkeypatch.setitem(sys.modules, "MySQLdb", None)
    text = LAMP.replace("out/dark.csv", "'mysql://x/y'").replace("{switches: console}", "{dark: 'duckdb:///l.duckdb'}")
    (folder / "far.yaml").write_text(text)
    done = doge("check", "far.yaml")
    assert done.exit_code == 0
    needs = "needs a package that is not installed. Hint: pip install"
    assert done.stderr.splitlines() == [
        f"warning: far.yaml:14:45: targets.files.dark: mysql {needs} mysqlclient",
        f"warning: far.yaml:15:18: targets.screen.dark: writing to DuckDB {needs} 'doge-datagen[duckdb]'",
    ]


def test_a_requirement_missing_on_this_machine_is_a_warning_and_a_contradiction_an_error(folder):
    destination = '{database: "duckdb:////srv/no_such.duckdb", table: sales.t}'
    second = "{dark: {kafka: x, conf: {ssl.ca.location: /no/such}}}"
    (folder / "far.yaml").write_text(LAMP.replace("out/dark.csv", destination).replace("{switches: console}", second))
    done = doge("check", "far.yaml")
    assert done.exit_code == 0
    schema, file = done.stderr.splitlines()
    assert schema.startswith("warning: far.yaml:14:39: targets.files.dark: the table 'sales.t' would be in the schema")
    message = "targets.screen.dark.conf.ssl.ca.location: there is no file '/no/such' on this machine"
    assert file == f"warning: far.yaml:15:53: {message}"
    done = doge(
        "check", "far.yaml", "--set", "targets.screen.dark={kafka: x, conf: {enable.idempotence: true, acks: 1}}"
    )
    assert done.exit_code == 2
    assert "error: --set: targets.screen.dark.conf.acks: 1 contradicts enable.idempotence: true" in done.stderr


def test_problems_from_a_third_party_sink_type_are_reported_whatever_location_they_name(folder, monkeypatch):
    def check(given):
        raise ModelError("rainbow", f"no place for {', '.join(given.fields)}")

    monkeypatch.setattr(kinds, "rainbow", SinkKind("rainbow", "nothing", MemoryBatchSink, check=check), raising=False)
    monkeypatch.setitem(kinds.BUILT_IN, "rainbow", "doge_datagen.sinks.registry:rainbow")
    (folder / "bad.yaml").write_text(LAMP.replace("out/dark.csv", "{rainbow: x}"))
    message = "targets.files.dark: rainbow: no place for at, lamp"
    assert doge("check", "bad.yaml").stderr == f"error: bad.yaml:14:39: {message}\n"


@pytest.mark.slow
def test_no_driver_is_imported_for_unused_destinations(folder):
    program = """
import sys
from doge_datagen.cli import main
try:
    main(['check', 'lamp.yaml'])
finally:
    print(sorted({'confluent_kafka', 'duckdb', 'psycopg', 'polars'} & set(sys.modules)))
"""
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert output.endswith("\n[]\n")


def test_json_output_is_for_programs():
    result = json.loads(doge("check", "lamp.yaml", "--json").stdout)
    assert result["problems"] == []
    assert [it["name"] for it in result["streams"]] == ["switches", "dark"]


def test_as_json_problems_have_their_locations(folder):
    (folder / "bad.yaml").write_text(LAMP.replace("count: 5", "count: 0"))
    done = doge("check", "bad.yaml", "--json")
    assert done.exit_code == 2
    (problem,) = json.loads(done.stdout)["problems"]
    assert (problem["file"], problem["line"], problem["path"]) == ("bad.yaml", 4, "subjects.count")


def test_faults_in_json_have_their_locations(folder):
    (folder / "bad.yaml").write_text(LAMP.replace("times += 1", "times += 1 + 0 // (9 - times)"))
    done = doge("check", "bad.yaml", "--json")
    assert (done.exit_code, done.stderr) == (2, "")
    (problem,) = json.loads(done.stdout)["problems"]
    assert (problem["file"], problem["line"], problem["path"]) == ("bad.yaml", 8, "transitions.light.do")
    assert problem["message"].startswith("division by zero. Hint: ")


BLOCKED = LAMP.replace("ticks: 50", "ticks: 5000").replace(
    "do: times += 1", 'do: "require(random() < 0.25); times += 1"'
)


def test_transitions_that_may_be_rejected_are_estimated_from_a_sample(folder):
    (folder / "blocked.yaml").write_text(BLOCKED)
    result = json.loads(doge("check", "blocked.yaml", "--json").stdout)
    light = result["transitions"][0]
    # A cycle of 5 + 2 ticks becomes one of 20 + 2.
    assert light["events"]["total"] == pytest.approx(5 * 5000 / 22, rel=0.05)
    assert light["rejected"] == pytest.approx(0.75, rel=0.05)
    assert light["events"]["low"] < 5 * 5000 / 22 < light["events"]["high"]
    assert (result["sample"]["ticks"], result["sample"]["complete"], result["sample"]["gives"]) == (
        5000,
        True,
        "everything",
    )
    result = doge("check", "blocked.yaml").stdout
    assert "These may be rejected: light.\n95 of 100 runs are within the ranges. All figures come" in result
    assert doge("check", "blocked.yaml").stdout == result


def test_the_headline_of_a_dry_run_is_that_of_check(folder):
    (folder / "blocked.yaml").write_text(BLOCKED)
    headline = doge("run", "blocked.yaml", "--dry-run").stdout.splitlines()[0]
    assert headline in doge("check", "blocked.yaml").stdout.splitlines()
    assert float(headline.split("about ")[1].split()[0].replace(",", "")) == pytest.approx(10 * 5000 / 22, rel=0.05)


def test_a_transition_that_is_always_rejected_is_a_warning(folder):
    (folder / "never.yaml").write_text(BLOCKED.replace("random() < 0.25", "22 <= hour(timestamp) < 6"))
    output = doge("check", "never.yaml").stdout
    assert "warning: transitions.light: all " in output
    assert output.endswith(
        "attempts of the sample were rejected. Hint: see whether what it requires can ever be true\n"
    )
    (folder / "blocked.yaml").write_text(BLOCKED)
    assert "were rejected" not in doge("check", "blocked.yaml").stdout


def test_an_unlimited_run_is_sampled_for_a_while_and_reported_per_hour(folder):
    (folder / "blocked.yaml").write_text(BLOCKED.replace(", ticks: 5000", ""))
    result = json.loads(doge("check", "blocked.yaml", "--json").stdout)
    assert result["transitions"][0]["events"]["per_hour"] == pytest.approx(5 * 3600 / 22, rel=0.05)


def test_without_rejections_a_sample_gives_only_the_ranges():
    result = json.loads(doge("check", "lamp.yaml", "--json").stdout)
    assert result["sample"]["gives"] == "intervals"
    assert result["events"]["low"] < result["events"]["total"] < result["events"]["high"]


def test_a_nonexistent_subject_causes_no_fault(folder):
    """A sample has more subjects than the run if that has few."""
    bounded = LAMP.replace("fields: {", "fields: {root: sqrt(4 - index), ", 1)
    (folder / "few.yaml").write_text(bounded)
    assert doge("check", "few.yaml").exit_code == 0
    (folder / "many.yaml").write_text(bounded.replace("count: 5", "count: 6"))
    assert "a negative number has no square root" in doge("check", "many.yaml").stderr


@pytest.mark.parametrize("model", [LAMP, BLOCKED])
def test_the_sample_detects_faults(folder, model):
    (folder / "bad.yaml").write_text(model.replace("times += 1", "times += 1 + 0 // (9 - times)"))
    done = doge("check", "bad.yaml")
    assert done.exit_code == 2
    assert re.search(r"error: bad.yaml:8:\d+: transitions.light: division by zero", done.stderr)
