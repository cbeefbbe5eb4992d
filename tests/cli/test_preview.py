import pytest

from doge_datagen import Model
from doge_datagen.cli.preview import first_records
from tests.cli.doge import LAMP, doge, on_terminal
from tests.examples.programs import EXAMPLES

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize("example", ["bank", "shop", "fraud"])
def test_rows_are_the_first_of_the_run(example):
    model = Model.load(EXAMPLES / example / f"{example}.yaml")
    seen = first_records(model.program, 3, 5)
    for stream, (names, rows) in seen.streams.items():
        whole = model.resized(ticks=2000).table(stream, seed=3, engine="interpreted").slice(0, 5)
        assert names == whole.schema.names
        for name, column in zip(names, zip(*rows, strict=True), strict=bool(rows)):
            if name != "timestamp":
                assert list(column[: len(whole)]) == whole.column(name).to_pylist()[: len(column)]


def test_the_records_of_each_stream_are_reported_as_a_table():
    result = doge("preview", "lamp.yaml", "--seed", 7, "--rows", 2)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "switches"
    assert lines[1].split() == ["at", "lamp", "what", "times"]
    assert lines[2].split()[0] == "2024-05-06T06:00:00.000Z"
    assert lines[4:6] == ["", "dark"]
    assert lines[-1].endswith("repeat with --seed 7")


def test_an_unlimited_model_has_a_preview(folder):
    (folder / "endless.yaml").write_text(LAMP.replace(", ticks: 50", ""))
    assert " ticks; repeat with --seed 7" in doge("preview", "endless.yaml", "--seed", 7).stdout


def test_a_stream_that_is_hardly_ever_fed_is_reported(folder):
    rare = '  - {trigger: break, from: "on", to: "on", probability: 1e-12, emit: dark}\nstreams:'
    text = LAMP.replace(", dark]", "]").replace(", ticks: 50", "").replace("streams:", rare)
    (folder / "rare.yaml").write_text(text)
    result = doge("preview", "rare.yaml", "--seed", 7)
    assert result.exit_code == 0
    assert "dark\n(no record)" in result.stdout


def test_the_preview_of_a_model_that_rejects_everything_ends(folder):
    (folder / "odd.yaml").write_text(LAMP.replace("times += 1", "require(False)").replace(", ticks: 50", ""))
    assert doge("preview", "odd.yaml").stdout.count("(no record)") == 2


def test_a_preview_uses_the_first_of_many_subjects():
    result = doge("preview", "lamp.yaml", "--set", "subjects.count=5000000", "--rows", 1)
    assert "and the first 10,000 of 5,000,000 subjects" in result.stdout


def test_the_first_records_of_arrivals_equal_those_of_a_run(folder):
    (folder / "club.yaml").write_text(
        "doge: 1\nname: club\nclock: {start: 2026-01-01, until: 9 d}\n"
        "subjects: {name: member, arrive: {initially: 12_000, rate: 9/d, emit: members}}\n"
        "states: ['on']\ninitial: 'on'\ntransitions: [{trigger: go, from: ['on'], rate: 1/d, emit: visits}]\n"
        "streams: {members: {fields: {who: index}}, visits: {fields: {who: index, when: timestamp}}}\n"
    )
    shown = doge("preview", "club.yaml", "--seed", 7, "--rows", 2).stdout
    assert shown.startswith("members\nwho\n  0\n  1\n")
    assert "and the first 10,000 of 12,000 subjects" in shown


def test_nothing_is_written(folder):
    doge("preview", "lamp.yaml")
    assert sorted(it.name for it in folder.iterdir()) == ["lamp.yaml"]


@pytest.mark.slow
@pytest.mark.parametrize("command", ["preview wide.yaml --seed 7 --rows 2", "check wide.yaml"])
def test_on_a_terminal_with_80_columns_no_word_number_or_timestamp_is_broken(folder, command):
    fields = "".join(f", moment_{number}: timestamp, ratio_{number}: times / 7" for number in range(3))
    text = LAMP.replace("times: times", f"times: times{fields}").replace("light", "light_the_lamp_in_the_hall")
    (folder / "wide.yaml").write_text(text)
    result = on_terminal(*command.split(), columns=80)
    model = on_terminal(*command.split(), columns=300)  # in a separate process, which takes the whole sample
    for word in result.split():
        assert word in model.split() or word.endswith("…"), word
