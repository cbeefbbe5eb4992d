import sys

import pytest

from doge_datagen import (
    DataOnlineGenerator,
    DataOnlineGeneratorGrapher,
    MissingDriverError,
    MissingProgramError,
    ModelError,
    SubjectFactory,
)


def grapher(states=("offline", "online")):
    datagen = DataOnlineGenerator(list(states), states[0], SubjectFactory(), 1, 1000, 1)
    datagen.add_transition("login", states[0], states[1], 0.1)
    datagen.add_transition("income", states[0], states[0], 0.01)
    datagen.add_transition("log out: now!", states[1], states[0], 70)
    return DataOnlineGeneratorGrapher(datagen)


def test_states_are_nodes_and_transitions_are_labelled_edges():
    source = grapher().generate_graph().source
    assert "\toffline [label=offline]\n" in source
    assert '\toffline -> online [label="login 0.1 %"]\n' in source
    assert '\toffline -> offline [label="income 0.01 %"]\n' in source
    assert '\tonline -> offline [label="log out: now! 70 %"]\n' in source


def test_a_state_of_any_name_is_one_node():
    source = grapher(("a:b", 'the "end" \\n')).generate_graph().source
    assert '"state 0" [label="a:b"]' in source
    assert source.count(" -> ") == 3


def test_names_are_escaped_for_mermaid():
    assert grapher(("end", "loan screen")).mermaid() == (
        "stateDiagram-v2\n"
        '    state "end" as state_0\n'
        '    state "loan screen" as state_1\n'
        "    [*] --> state_0\n"
        "    state_0 --> state_1 : login 0.1 %\n"
        "    state_0 --> state_0 : income 0.01 %\n"
        "    state_1 --> state_0 : log out#58; now#33; 70 %\n"
    )


def test_render_writes_a_picture_and_returns_its_path(dot, tmp_path):
    path = grapher().render(tmp_path / "states.svg")
    assert path == tmp_path / "states.svg"
    assert "login 0.1 %" in path.read_text(encoding="utf-8").replace("&#45;", "-")
    assert [file.name for file in tmp_path.iterdir()] == ["states.svg"]


def test_render_leaves_other_files_alone(dot, tmp_path):
    (tmp_path / "states.gv").write_text("mine")
    grapher().render(tmp_path / "states.svg")
    assert (tmp_path / "states.gv").read_text() == "mine"


@pytest.mark.parametrize("ending", ["png", "PDF", "gv"])
def test_the_file_ending_decides_the_format(dot, tmp_path, ending):
    first = {"png": b"\x89PNG", "PDF": b"%PDF", "gv": b"digraph"}[ending]
    assert grapher().render(tmp_path / f"states.{ending}").read_bytes().startswith(first)


@pytest.mark.parametrize(
    ("name", "problem"), [("states", "has no suffix"), ("states.svgg", "ends with .svgg, which is not a format")]
)
def test_an_unknown_file_ending_is_rejected_with_known_ones(tmp_path, name, problem):
    with pytest.raises(ModelError) as caught:
        grapher().render(tmp_path / name)
    assert str(caught.value) == f"render(path): {name!r} {problem}. Hint: end it with .svg, .png or .pdf"
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_gets_a_picture_and_text(dot):
    bundle = grapher()._repr_mimebundle_()
    assert "<svg" in bundle["image/svg+xml"]
    assert bundle["text/vnd.mermaid"] == bundle["text/plain"] == grapher().mermaid()


def test_a_notebook_without_graphviz_gets_mermaid(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert set(grapher()._repr_mimebundle_()) == {"text/plain", "text/vnd.mermaid"}


def test_without_the_program_the_error_has_a_remedy(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingProgramError, match="install Graphviz, or use mermaid") as caught:
        grapher().render(tmp_path / "states.svg")
    assert caught.value.program == "dot"


def test_without_the_package_the_error_has_the_pip_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(MissingDriverError, match=r"pip install 'doge-datagen\[graph\]'"):
        grapher().generate_graph()
    assert set(grapher()._repr_mimebundle_()) == {"text/plain", "text/vnd.mermaid"}
