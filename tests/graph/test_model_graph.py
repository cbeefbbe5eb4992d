"""A drawing shows where subjects start and which streams transitions feed."""

import sys
from dataclasses import replace

import pytest

from doge_datagen import Arrival, MissingDriverError, MissingProgramError, ModelError
from doge_datagen.graph import graph_of
from tests.engine.specs import spec_of
from tests.populations import PER_TICK, USER, market

WAYS = [
    ("spending", "offline", "offline", 10, "trx", "balance"),
    ("login", "offline", "online", 0.1, "clicks"),
    ("log out: now!", "online", "offline", 70),
]


def grapher(transitions=WAYS, **others):
    return graph_of(spec_of([*transitions], **others))


def test_mermaid_has_states_triggers_probabilities_and_streams():
    assert grapher().mermaid() == (
        "stateDiagram-v2\n"
        "    [*] --> offline\n"
        "    offline --> offline : spending 10 % (trx + balance)\n"
        "    offline --> online : login 0.1 % (clicks)\n"
        "    online --> offline : log out#58; now#33; 70 %\n"
    )


def test_mermaid_shows_the_shares_of_initial_states():
    text = grapher(initial={"online": 2, "offline": 1}).mermaid()
    assert "    [*] --> online : 66.7 %\n    [*] --> offline : 33.3 %\n" in text


def test_graphviz_has_states_triggers_probabilities_and_streams():
    source = grapher().graphviz().source
    assert "\toffline [label=offline]\n" in source
    assert '\toffline -> offline [label="spending 10 % (trx + balance)"]\n' in source
    assert '\tonline -> offline [label="log out: now! 70 %"]\n' in source


def test_graphviz_has_an_arrow_to_each_state_where_subjects_start():
    source = grapher(initial={"online": 3, "offline": 1}).graphviz().source
    assert '\t"" -> online [label="75 %"]\n' in source
    assert '\t"" -> offline [label="25 %"]\n' in source


def test_self_transitions_of_a_state_are_one_arrow_with_a_line_each_in_graphviz():
    source = grapher([("a", "on", "on", 1), ("b", "on", "off", 2), ("c", "on", "on", 3)]).graphviz().source
    assert [line for line in source.splitlines() if "->" in line] == [
        '\ton -> off [label="b 2 %"]',
        r'	on -> on [label="a 1 %\lc 3 %\l"]',
        '\t"" -> on [label=""]',
    ]


def test_long_labels_have_several_lines_in_graphviz():
    streams = [f"stream_{number}" for number in range(8)]
    source = grapher([("go", "on", "off", 1, *streams)]).graphviz().source
    assert source.split('on -> off [label="')[1].split('"')[0].split(r"\l") == [
        "go 1 % (stream_0 + stream_1 +",
        "  stream_2 + stream_3 + stream_4 +",
        "  stream_5 + stream_6 + stream_7)",
        "",
    ]


def test_a_state_of_any_name_is_one_node(dot, tmp_path):
    transitions = [("go", "a:b", 'the "end" \\n', 1), ("back", 'the "end" \\n', "start", 1)]
    picture = grapher(transitions).render(tmp_path / "states.svg").read_text(encoding="utf-8")
    assert picture.count('class="node"') == 4
    assert picture.count('class="edge"') == 3


@pytest.mark.parametrize("ending", ["svg", "png", "PDF"])
def test_the_file_ending_decides_the_kind_of_picture(dot, tmp_path, ending):
    first = {"svg": b"<?xml", "png": b"\x89PNG", "PDF": b"%PDF"}[ending]
    path = grapher().render(tmp_path / "deep" / f"states.{ending}")
    assert path == tmp_path / "deep" / f"states.{ending}"
    assert path.read_bytes().startswith(first)


@pytest.mark.parametrize("ending", ["gv", "dot"])
def test_the_text_of_graphviz_needs_no_program(monkeypatch, tmp_path, ending):
    monkeypatch.setenv("PATH", "")
    path = grapher().render(tmp_path / f"states.{ending}")
    assert path.read_text(encoding="utf-8") == grapher().graphviz().source


def test_mermaid_needs_no_package(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    path = grapher().render(str(tmp_path / "états.mmd"))
    assert path.read_text(encoding="utf-8") == grapher().mermaid()


@pytest.mark.parametrize(
    ("name", "problem"), [("states", "has no suffix"), ("states.svgg", "ends with .svgg, which is not a format")]
)
def test_an_unknown_ending_is_rejected_with_the_known_ones(tmp_path, name, problem):
    with pytest.raises(ModelError) as caught:
        grapher().render(tmp_path / name)
    assert str(caught.value) == f"path: {name!r} {problem}. Hint: end it with .mmd, .svg, .png, .pdf, .gv or .dot"
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_gets_a_picture_and_text(dot):
    shown = grapher()._repr_mimebundle_()
    assert "<svg" in shown["image/svg+xml"]
    assert shown["text/vnd.mermaid"] == shown["text/plain"] == grapher().mermaid()


def test_a_notebook_without_graphviz_gets_mermaid(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert set(grapher()._repr_mimebundle_()) == {"text/plain", "text/vnd.mermaid"}


def test_without_the_program_the_error_has_a_remedy(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingProgramError, match="install Graphviz, or use mermaid"):
        grapher().render(tmp_path / "states.svg")


def test_without_the_package_the_error_has_the_pip_line(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(MissingDriverError, match=r"pip install 'doge-datagen\[graph\]'"):
        grapher().render(tmp_path / "states.gv")


def test_an_arrival_is_an_arrow_to_each_initial_state():
    arrive = Arrival("200/d", 6000, "evening", "join", emit="trx")
    spec = spec_of([*WAYS], initial={"online": 3, "offline": 1})
    drawn = graph_of(replace(spec, populations=[replace(spec.population, count=None, arrive=arrive)]))
    text = "join rate 200/d, rhythm evening (trx)"
    shown = text.replace("/", "#47;").replace(",", "#44;")
    assert f"    [*] --> online : 75 %#44; {shown}\n" in drawn.mermaid()
    assert r'"" -> offline [label="25 %, join rate 200/d, rhythm\l  evening (trx)\l"]' in drawn.graphviz().source


def test_each_of_several_populations_is_a_box():
    assert graph_of(market(PER_TICK, USER).spec).mermaid().splitlines()[:9] == [
        "stateDiagram-v2",
        '    state "robot" as population_0 {',
        '        state "on" as population_0_state_0',
        '        state "off" as population_0_state_1',
        "        [*] --> population_0_state_0",
        "        population_0_state_0 --> population_0_state_1 : stop 20 % (visits)",
        "        population_0_state_1 --> population_0_state_0 : start 30 %",
        "    }",
        '    state "user" as population_1 {',
    ]


def test_each_of_several_populations_is_a_cluster_for_graphviz():
    source = graph_of(market(PER_TICK, USER).spec).graphviz().source
    assert "subgraph cluster_0 {" in source
    assert "label=robot" in source
    assert '"population 0 state 0" -> "population 0 state 1" [label="stop 20 % (visits)"]' in source
    assert '"population 1 " -> "population 1 state 0" [label="75 %"]' in source
