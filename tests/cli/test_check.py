import json

import pytest

from tests.cli.doge import LAMP, doge

pytestmark = pytest.mark.usefixtures("folder")


def test_a_model_that_is_right_is_told_in_tables():
    done = doge("check", "lamp.yaml")
    assert done.exit_code == 0
    assert done.stdout.startswith("lamp: 5 subjects, 50 ticks of 1 s")
    assert "about" in done.stdout


def test_it_reckons_with_other_sizes():
    assert doge("check", "lamp.yaml", "--subjects", 1000, "--ticks", 9).stdout.startswith(
        "lamp: 1,000 subjects, 9 tick"
    )
    assert doge("check", "lamp.yaml", "--set", "subjects.count=3").stdout.startswith("lamp: 3 subjects")


@pytest.mark.parametrize(("until", "ticks"), [("2 min", "120 ticks"), ("2024-05-06T06:00:30Z", "30 ticks")])
def test_the_end_may_be_a_duration_or_a_moment(until, ticks):
    assert doge("check", "lamp.yaml", "--until", until).stdout.startswith(f"lamp: 5 subjects, {ticks} of 1 s")


def test_an_end_before_the_start_is_told():
    done = doge("check", "lamp.yaml", "--until", "2001-01-01")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --until: 2001-01-01T00:00:00Z is not after 2024-05-06T06:00:00Z")


def test_a_concern_is_a_warning_and_no_error(folder):
    (folder / "odd.yaml").write_text(LAMP.replace('["off", "on"]', '["off", "on", broken]'))
    done = doge("check", "odd.yaml")
    assert done.exit_code == 0
    assert "warning: states.broken: no way leads to it" in done.stdout


def test_a_name_that_is_never_read_is_a_warning_with_its_line_in_the_file(folder):
    (folder / "odd.yaml").write_text(LAMP.replace("do: times += 1,", "do: price = 5,"))
    warning = "odd.yaml:8:66: transitions.light.do: 'price' is set and never read; only attributes keep a value: "
    assert f"warning: {warning}make it one, or remove it" in doge("check", "odd.yaml").stdout
    assert json.loads(doge("check", "odd.yaml", "--json").stdout)["warnings"][0].startswith(warning)
    settings = ("--set", "transitions.dim.do=cost = 5")
    assert "warning: --set: transitions.dim.do: 'cost' is set" in doge("check", "lamp.yaml", *settings).stdout


@pytest.mark.parametrize("command", ["check", "preview", "run"])
def test_a_misspelt_attribute_that_is_set_is_an_error(folder, command):
    (folder / "bad.yaml").write_text(LAMP.replace("do: times += 1,", "do: tims = times + 1,"))
    done = doge(command, "bad.yaml")
    assert done.exit_code == 2
    assert "bad.yaml:8:66: transitions.light.do: 'tims' is set and never read; did you mean 'times'?" in done.stderr


def test_no_variable_of_the_environment_is_needed(folder):
    (folder / "v.yaml").write_text(LAMP.replace("out/dark.csv", '"${NO_SUCH_1}.csv"'))
    assert doge("check", "v.yaml").exit_code == 0


def test_all_that_is_wrong_is_told_at_once(folder):
    (folder / "bad.yaml").write_text(LAMP.replace("count: 5", "count: 0").replace("emit: switches", "emit: swiches"))
    done = doge("check", "bad.yaml")
    assert done.exit_code == 2
    assert [line.split(":")[2] for line in done.stderr.splitlines()] == ["4", "8"]
    assert "did you mean 'switches'?" in done.stderr


def test_targets_are_checked_too(folder):
    (folder / "bad.yaml").write_text(LAMP.replace("dark: out/dark.csv", "dark: {kafka: x, topik: y}"))
    done = doge("check", "bad.yaml")
    assert done.exit_code == 2
    assert done.stderr.startswith("error: bad.yaml:14:39: targets.files.dark: 'kafka' has no option 'topik'")


def test_as_json_it_is_for_programs():
    told = json.loads(doge("check", "lamp.yaml", "--json").stdout)
    assert told["problems"] == []
    assert [it["name"] for it in told["streams"]] == ["switches", "dark"]


def test_as_json_problems_have_their_places(folder):
    (folder / "bad.yaml").write_text(LAMP.replace("count: 5", "count: 0"))
    done = doge("check", "bad.yaml", "--json")
    assert done.exit_code == 2
    (problem,) = json.loads(done.stdout)["problems"]
    assert (problem["file"], problem["line"], problem["place"]) == ("bad.yaml", 4, "subjects.count")


BLOCKED = LAMP.replace("ticks: 50", "ticks: 5000").replace(
    "do: times += 1", 'do: "require(random() < 0.25); times += 1"'
)


def test_what_may_be_blocked_is_tried(folder):
    (folder / "blocked.yaml").write_text(BLOCKED)
    told = json.loads(doge("check", "blocked.yaml", "--json").stdout)
    reckoned, tried = told["transitions"][0]["events"]["total"], told["trial"]["transitions"][0]["events"]
    # A cycle of 5 + 2 ticks becomes one of 20 + 2; four standard deviations of 40,000 events are 2 %.
    assert tried / reckoned == pytest.approx(7 / 22, rel=0.05)
    assert [it["name"] for it in told["trial"]["streams"]] == ["switches", "dark"]
    told = doge("check", "blocked.yaml").stdout
    assert "What these do may block them: light." in told
    assert "Tried with 28 subjects over 5,000 ticks, scaled to the run:\ntransition or stream  reckoned" in told
    assert doge("check", "blocked.yaml").stdout == told


def test_what_never_happens_is_told(folder):
    (folder / "never.yaml").write_text(BLOCKED.replace("random() < 0.25", "22 <= hour(timestamp) < 6"))
    told = doge("check", "never.yaml").stdout
    assert told.endswith("Never happened there: light; see whether what is required can ever be.\n")
    (folder / "blocked.yaml").write_text(BLOCKED)
    assert "Never" not in doge("check", "blocked.yaml").stdout


def test_transitions_of_one_name_are_tried_by_their_states(folder):
    (folder / "same.yaml").write_text(BLOCKED.replace("trigger: dim", "trigger: light"))
    told = doge("check", "same.yaml").stdout.split("Tried")[1]
    assert {"off.light", "on.light"} <= set(told.split())


def test_a_run_without_end_is_tried_for_a_while_and_told_by_the_hour(folder):
    (folder / "blocked.yaml").write_text(BLOCKED.replace(", ticks: 5000", ""))
    told = doge("check", "blocked.yaml").stdout
    assert "ticks, scaled to an hour:" in told
    light = next(line.split() for line in told.split("scaled to an hour:")[1].splitlines() if line.startswith("light"))
    assert float(light[2].replace(",", "")) == pytest.approx(5 * 3600 / 22, rel=0.05)


def test_nothing_is_tried_where_nothing_is_blocked():
    assert "Tried with" not in doge("check", "lamp.yaml").stdout
    assert json.loads(doge("check", "lamp.yaml", "--json").stdout)["trial"] is None


def test_what_cannot_be_calculated_shows_in_the_trial(folder):
    (folder / "bad.yaml").write_text(BLOCKED.replace("times += 1", "times += 1 + 0 // (9 - times)"))
    done = doge("check", "bad.yaml")
    assert done.exit_code == 2
    assert "error: transitions.light: division by zero" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("  see bad.yaml:8:")
