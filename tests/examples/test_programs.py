"""Every example prints the content of its expected.txt, and is short enough to read."""

import pytest

from tests.examples.programs import EXAMPLES, copied, run

SERVERLESS = {
    "local": "bank.py",
    "shop": "shop.py",
    "fraud": "fraud.py",
    "own_sink": "csv_sink.py",
}
MODELS = {"bank"}
"""Folders with a model file but no program."""
SHORT = {"shop": "shop.py", "fraud": "fraud.py", "own_sink": "csv_sink.py"}
LINES = 80


@pytest.mark.parametrize(("example", "program"), SERVERLESS.items())
def test_example_prints_the_expected_output(example, program, tmp_path):
    folder = copied(example, tmp_path)
    assert run(folder, program) == (folder / "expected.txt").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(("example", "program"), SERVERLESS.items())
def test_example_can_be_run_again_in_the_same_folder(example, program, tmp_path):
    folder = copied(example, tmp_path)
    assert run(folder, program) == run(folder, program)


@pytest.mark.parametrize(("example", "program"), SHORT.items())
def test_example_is_short(example, program):
    assert len((EXAMPLES / example / program).read_text().splitlines()) <= LINES


def test_every_folder_is_an_example_with_a_readme_and_every_program_has_an_expected_output():
    folders = [path for path in EXAMPLES.iterdir() if path.is_dir()]
    assert {path.name for path in folders} == {"banking", *SERVERLESS, *MODELS}
    for path in folders:
        assert (path / "README.md").is_file()
        assert (path / "expected.txt").is_file() or path.name in MODELS


@pytest.mark.slow
def test_the_custom_sink_follows_every_rule(tmp_path):
    folder = copied("own_sink", tmp_path)
    result = run(folder, "-m", "pytest", "-p", "no:cacheprovider", "-q", "test_csv_sink.py")
    assert "10 passed" in result
