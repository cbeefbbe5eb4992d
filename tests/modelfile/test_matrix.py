"""A matrix of weights in a model file: meaning, locations of errors, and dumps."""

import sys
from dataclasses import replace

import jsonschema
import pytest

from doge_datagen import Clock, Matrix, Model, Population, Stream, Transition
from doge_datagen.errors import InvalidModelError, ModelError
from doge_datagen.graph import graph_of
from doge_datagen.modelfile.document import read
from doge_datagen.modelfile.dump import dump
from doge_datagen.modelfile.json_schema import schema
from doge_datagen.modelfile.load import loads

TEXT = """doge: 1
name: pages
clock: {start: 2026-01-01, until: 2 h}
subjects: {name: user, count: 20, attributes: {pages: 0}}
states: {Home: {dwell: "exponential(mean=20 s)"}, Song: {dwell: 3 min}, gone: final}
initial: Home
matrix:
  emit: clicks
  do: pages += 1
  weights:
    Home: {Song: 60, Home: 5, gone: 0.5}
    Song: {Song: 90, Home: 5 + pages}
streams:
  clicks: {fields: {ts: timestamp, user: index, what: trigger, from: from_state, page: to_state, n: pages}}
"""
STATES = {"Home": {"dwell": "exponential(mean=20 s)"}, "Song": {"dwell": "3 min"}, "gone": "final"}
FIELDS = {
    "ts": "timestamp",
    "user": "index",
    "what": "trigger",
    "from": "from_state",
    "page": "to_state",
    "n": "pages",
}


def model(**kwargs):
    """The same model in Python."""
    given = {"transitions": [], "matrix": None} | kwargs
    user = Population("user", 20, {"pages": 0})
    clock = Clock(1_767_225_600_000, 1, 7_200_000)
    return Model("pages", user, STATES, "Home", streams={"clicks": Stream(FIELDS)}, clock=clock, **given)


def in_python():
    weights = {"Home": {"Song": 60, "Home": 5, "gone": 0.5}, "Song": {"Song": 90, "Home": "5 + pages"}}
    return model(matrix=Matrix(weights, emit="clicks", do="pages += 1"))


def problems(text):
    with pytest.raises(InvalidModelError) as caught:
        loads(text)
    return [str(it).removeprefix("model:") for it in caught.value.problems]


def changed(old, new, text=TEXT):
    assert text.count(old) == 1
    return text.replace(old, new)


def test_a_matrix_equals_its_cells_as_transitions():
    shared = {"do": "pages += 1", "emit": "clicks"}
    listed = [
        Transition("Song", "Home", "Song", weight=60, **shared),
        Transition("Home", "Home", "Home", weight=5, **shared),
        Transition("gone", "Home", "gone", weight=0.5, **shared),
        Transition("Song", "Song", "Song", weight=90, **shared),
        Transition("Home", "Song", "Home", weight="5 + pages", **shared),
    ]
    of_file = Model.of(loads(TEXT).spec)
    assert list(of_file.transitions) == listed
    expected = model(transitions=listed).table("clicks", seed=3, engine="interpreted").to_pylist()
    assert len(expected) > 500
    for same in (of_file, in_python()):
        assert same.table("clicks", seed=3, engine="interpreted").to_pylist() == expected


@pytest.mark.slow
def test_both_engines_give_the_same_records():
    drawn = changed("do: pages += 1", "do: 'pages += randrange(0, 3) if to_state == \"Song\" else 1'")
    one = Model.of(loads(drawn).spec)
    interpreted = one.table("clicks", seed=3, engine="interpreted")
    assert one.table("clicks", seed=3, engine="compiled") == interpreted
    assert {row["n"] for row in interpreted.to_pylist()} >= {1, 2, 3}


def test_a_matrix_and_a_list_of_transitions_can_be_combined():
    more = "transitions:\n  - {trigger: time_out, from: Song, to: gone, after: 1 min}\nmatrix:"
    both = loads(changed("matrix:", more)).spec.population.transitions
    assert [it.trigger for it in both] == ["time_out", "Song", "Home", "gone", "Song", "Home"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("gone: 0.5", "Sng: 1", "11:36: matrix.weights.Home.Sng: 'Sng' is not a state. Hint: did you mean 'Song'?"),
        ("    Song: {Song", "    Sonng: {Song", "12:5: matrix.weights.Sonng: 'Sonng' is not a state"),
        ("Home: 5,", "Home: 1 - 5,", "11:28: matrix.weights.Home.Home: 1 - 5 is negative. Hint: give 0 or more"),
        ("Home: 5,", "Home: -5,", "11:28: matrix.weights.Home.Home: -5 is negative. Hint: give 0 or more"),
        ("Home: 5,", "Home: none,", "11:28: matrix.weights.Home.Home: 'none' is unknown"),
        ("Home: 5,", "Home: [],", "11:22: matrix.weights.Home.Home: a list is not a weight. Hint: give a number"),
        ("5 + pages", "5 + pags", "12:32: matrix.weights.Song.Home: 'pags' is unknown. Hint: did you mean 'pages'?"),
        ("Song: {dwell: 3 min}", "Song:", "12:5: matrix.weights.Song: 'Song' has no dwell time"),
        ("Song: {dwell: 3 min}", "Song: final", "12:5: matrix.weights.Song: 'Song' is final"),
        ("emit: clicks", "emit: click", "8:9: matrix.emit: 'click' is not a stream. Hint: did you mean 'clicks'?"),
        ("pages += 1", "pages += pags", "9:16: matrix.do: 'pags' is unknown. Hint: did you mean 'pages'?"),
        ("{Song: 90, Home: 5 + pages}", "[Home]", "12:5: matrix.weights.Song: a list is not a mapping"),
        ("  weights:", "  wieghts:", "10:3: matrix.wieghts: there is no such key. Hint: did you mean 'weights'?"),
    ],
)
def test_an_error_is_located_at_its_cell_once(old, new, problem):
    actual = problems(changed(old, new))
    assert [it.startswith(problem) for it in actual].count(True) == 1, actual


def test_a_state_with_a_probability_cannot_be_in_a_matrix():
    more = "transitions:\n  - {trigger: back, from: Song, to: Home, probability: 3}\nmatrix:"
    text = changed("until: 2 h", "tick: 1 s, until: 2 h", changed("matrix:", more))
    problem = "14:5: matrix.weights.Song: 'Song' is left by a probability per tick too, by 'back'."
    assert problems(text) == [f"{problem} Hint: give that rate: 2632/d"]


def test_a_listed_transition_cannot_also_be_in_a_matrix():
    more = "transitions:\n  - {trigger: Song, from: Home, to: Home, weight: 3}\nmatrix:"
    assert "matrix.weights.Home.Song: 'Song' is given twice" in problems(changed("matrix:", more))[0]


def test_a_python_model_names_the_cell_too():
    with pytest.raises(InvalidModelError, match=r"matrix\.weights\.Home\.Sng: 'Sng' is not a state"):
        model(matrix=Matrix({"Home": {"Sng": 1}, "Song": {"Home": 1}}, emit="clicks"))
    with pytest.raises(ModelError, match=r"matrix\.weights\.Home: 3 is not a mapping"):
        Matrix({"Home": 3})


def test_a_fault_of_a_run_names_the_cell():
    text = changed("5 + pages", "2 - pages")
    with pytest.raises(ModelError, match=r"matrix\.weights\.Song\.Home"):
        Model.of(loads(text).spec).table("clicks", seed=3, engine="interpreted")


def test_a_cell_can_be_set():
    actual = loads(TEXT, overrides={"matrix.weights.Home.Song": 7, "matrix.weights.Song.gone": "1"}).spec
    assert {(it.source, it.target): it.weight for it in actual.population.transitions}["Home", "Song"] == 7
    assert actual.population.transitions[-1].target == "gone"
    with pytest.raises(InvalidModelError, match=r"matrix\.weights\.Home has no .Sng.. Hint: did you mean .Song"):
        loads(TEXT, overrides={"matrix.weights.Home.Sng": 7})


@pytest.mark.parametrize("one", [in_python(), Model.of(loads(TEXT).spec)], ids=["Python", "file"])
def test_a_matrix_survives_a_dump(one):
    text = dump(one.spec)
    assert "Song: {Song: 90, Home: 5 + pages}" in text
    again = loads(text).spec
    assert again.population == one.spec.population
    assert dump(again) == text


def test_changed_cells_are_dumped_as_transitions():
    one = in_python()
    other = replace(one, transitions=[replace(it, emit=["clicks"][: it.target != "gone"]) for it in one.transitions])
    again = loads(dump(other.spec)).spec.population
    assert [it.emit for it in again.transitions] == [it.emit for it in other.transitions]
    assert [it.in_matrix for it in again.transitions] == [False] * 5


def test_the_graph_has_only_the_weights_of_cells():
    assert "    state_0 --> state_1 : 60\n" in graph_of(in_python().spec).mermaid()


@pytest.mark.parametrize(("text", "fits"), [(TEXT, True), (changed("matrix:", "matrixx:"), False)])
def test_the_schema_accepts_a_matrix(text, fits):
    valid = jsonschema.Draft202012Validator(schema()).is_valid(read(text, "m").value)
    assert valid == fits


@pytest.mark.slow
def test_loading_a_matrix_is_linear_in_its_cells():
    """Counted in executed lines: twice the cells need twice as many, and shared work is done once."""

    def text(size):
        states = [f"s{number}" for number in range(size)]
        row = ", ".join(f"{it}: 1" for it in states)
        listed = "".join(f"  {it}: {{dwell: 1 s}}\n" for it in states)
        rows = "".join(f"    {it}: {{{row}}}\n" for it in states)
        head = "doge: 1\nname: m\nclock: {start: 2026-01-01, until: 1 h}\nsubjects: {name: u, count: 1}\nstates:\n"
        matrix = f"initial: s0\nmatrix:\n  emit: e\n  do: x = 1; require(x > 0)\n  weights:\n{rows}"
        return f"{head}{listed}{matrix}streams: {{e: {{fields: {{to: to_state}}}}}}\n"

    assert work(text(45)) / work(text(32)) < 2.3  # 2,025 cells against 1,024


def work(text):
    """The number of Python lines executed to load a model, without those of the YAML parser."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        if "/yaml/" in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        loads(text)
    finally:
        sys.settrace(before)
    return count
