"""Targets shared by several models, in a file of their own."""

import pytest

from tests.cli.doge import doge

pytestmark = pytest.mark.usefixtures("folder")
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
