import pytest

from doge_datagen import Model
from doge_datagen.graph import graph_of
from tests.cli.doge import doge

pytestmark = pytest.mark.usefixtures("folder")


def test_without_a_file_the_graph_is_printed_as_mermaid():
    assert doge("graph", "lamp.yaml").stdout == graph_of(Model.load("lamp.yaml").spec).mermaid()


def test_with_a_file_the_graph_is_drawn_to_it(folder):
    done = doge("graph", "lamp.yaml", "-o", "pictures/lamp.mmd")
    assert done.stdout == "pictures/lamp.mmd\n"
    assert (folder / "pictures" / "lamp.mmd").read_text() == graph_of(Model.load("lamp.yaml").spec).mermaid()


def test_values_can_be_set():
    assert "light 33 %" in doge("graph", "lamp.yaml", "--set", "transitions.light.probability=33").stdout


def test_an_unknown_ending_is_a_user_error():
    done = doge("graph", "lamp.yaml", "-o", "lamp.txt")
    assert done.exit_code == 2
    assert done.stderr.startswith(
        "error: -o: 'lamp.txt' ends with .txt, which is not a format. Hint: end it with .mmd, "
    )


@pytest.mark.parametrize("output", ["lamp.yaml/lamp.mmd", "/proc/lamp.gv"])
def test_an_unwritable_file_is_reported_with_a_hint(output):
    done = doge("graph", "lamp.yaml", "-o", output)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"error: -o: {output} cannot be written: ")
    assert done.stderr.endswith(". Hint: name another file\n")
