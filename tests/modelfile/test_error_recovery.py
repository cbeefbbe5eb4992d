"""An error of shape hides no other error and causes no further ones."""

from copy import deepcopy

import pytest
from yaml import safe_load

from doge_datagen.errors import InvalidModelError
from doge_datagen.modelfile.load import loads
from doge_datagen.modelfile.paths import SHAPES, fits
from doge_datagen.modelfile.schema.shape_errors import keys_at
from doge_datagen.modelfile.yaml_writer import write

CAFE = """\
doge: 1
name: cafe
clock: {start: '2024-05-06', tick: 1 min, ticks: 1000}
subjects:
  name: guest
  count: 10
  attributes:
    money: randrange(500, 5000)
    drink: {type: string, values: [coffee, tea], start: "'tea'"}
    mood: "'good'"
    before: "'fine'"
    price: {type: integer, start: 0}
    born: {type: timestamp, start: timestamp}
    name: f'guest {index}'
states: [outside, inside]
initial: {outside: 90, inside: 10}
transitions:
  - {trigger: come, from: outside, to: inside, probability: 1, do: mood = before, emit: visits}
  - trigger: order
    from: inside
    to: inside
    probability: 40
    do: |
      drink = 'coffee' if mood == 'fine' else 'tea'
      price = 300
      require(price <= money)
      money -= price
      mood = 'bad' if trigger == 'order' and from_state == 'inside' else before
    emit: [visits, orders]
  - {trigger: leave, from: inside, to: outside, probability: 4, do: before = mood, emit: visits}
streams:
  visits:
    key: str(index)
    fields: {mood: mood, good: mood == 'fine' or before == 'bad', came: trigger == 'come', who: name}
  orders:
    key: name
    fields: {new: trigger == 'order' and to_state == 'inside', since: born, drink: drink == 'coffee', price: price}
    headers: {mood: mood}
targets:
  local: {visits: out/visits.csv, orders: {file: out/orders.parquet}}
zone: Europe/Warsaw
"""
MODEL = safe_load(CAFE)


def paths(value, path=()):
    if path:
        yield path
    for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(below, (*path, key))


ALL = [path for path in paths(MODEL) if len(path) < 4 or path[0] != "targets"]  # the rest is checked by the sinks
KEYS = [path for path in ALL if any(fits(path[:-1], shape) for shape in SHAPES)]


def changed(path, change):
    model = deepcopy(MODEL)
    holder = model
    for key in path[:-1]:
        holder = holder[key]
    change(holder, path[-1])
    return model


def problems_in(model):
    with pytest.raises(InvalidModelError) as caught:
        loads(model if isinstance(model, str) else write(model), name="cafe.yaml")
    return caught.value.problems


def paths_of_problems(model):
    return [problem.path for problem in problems_in(model)]


def belongs(place, path):
    """Whether a location is above or below a path; transitions are named by trigger."""
    pairs = list(zip(place, path, strict=False))
    return all(one == other or (at == 1 and path[0] == "transitions") for at, (one, other) in enumerate(pairs))


def shown(path):
    return ".".join(map(str, path))


@pytest.mark.parametrize("path", ALL, ids=shown)
def test_an_invalid_value_causes_no_further_errors(path):
    actual = paths_of_problems(changed(path, lambda holder, key: holder.__setitem__(key, [[]])))
    assert actual
    assert all(belongs(place, path) for place in actual), actual


@pytest.mark.parametrize("path", KEYS, ids=shown)
def test_an_unknown_key_causes_no_further_errors(path):
    actual = paths_of_problems(changed(path, lambda holder, key: holder.__setitem__("qqq", holder.pop(key))))
    assert actual
    assert all(belongs(place, path) or place[-1] == "qqq" for place in actual), actual


@pytest.mark.parametrize("path", [path for path in KEYS if len(str(path[-1])) > 3], ids=shown)
def test_a_misspelt_key_is_the_only_error(path):
    wrong = path[-1][:-2] + path[-1][-1]
    (problem,) = problems_in(changed(path, lambda holder, key: holder.__setitem__(wrong, holder.pop(key))))
    assert problem.path[-1] == wrong
    assert problem.message == f"there is no such key. Hint: did you mean {path[-1]!r}?"


MISTAKES = [
    ("do: mood = before", "do: import os"),
    ("do: before = mood", "do: before = mod"),
    ("emit: [visits, orders]", "emit: [visits, orders, order]"),
    ("from: outside", "from: outsid"),
    ("mood: mood, good", "mood: mod, good"),
    ("born, drink", "brn, drink"),
    ("initial: {outside", "initial: {outsid"),
    ("local: {visits", "local: {visit"),
]
BROKEN = {
    "a misspelt count": ("count: 10", "cuont: 10"),
    "a misspelt probability": ("probability: 40", "probabilty: 40"),
    "a probability that is none": ("probability: 40", "probability: often"),
    "a name that is missing": ("name: cafe\n", ""),
    "a key of the model's that means nothing": ("doge: 1", "doge: 1\ncolour: blue"),
    "a misspelt key in the clock": ("tick: 1 min", "tik: 1 min"),
    "a weight that is none": ("inside: 10}", "inside: ten}"),
    "a field that is none": ("price: price}", "price: [price]}"),
    "an attribute that is none": ("price: {type: integer, start: 0}", "price: {type: integer}"),
    "a place that is none": ("orders: {file: out/orders.parquet}", "orders: 5"),
    "a key that is given twice": ("name: cafe", "name: cafe\nname: café"),
    "a misspelt section": ("streams:", "streems:"),
}


def with_mistakes(text):
    for right, wrong in MISTAKES:
        assert right in text
        text = text.replace(right, wrong, 1)
    return text


@pytest.mark.parametrize(("right", "wrong"), BROKEN.values(), ids=BROKEN)
def test_an_error_in_the_shape_hides_no_other_error(right, wrong):
    assert right in CAFE
    alone = problems_in(CAFE.replace(right, wrong, 1))
    others = [problem.message for problem in problems_in(with_mistakes(CAFE))]
    assert len(others) == len(MISTAKES)
    together = [problem.message for problem in problems_in(with_mistakes(CAFE).replace(right, wrong, 1))]
    assert sorted(together) == sorted([*others, *(problem.message for problem in alone)])


def test_errors_below_a_misspelt_key_are_reported_too():
    text = CAFE.replace("streams:", "streems:").replace("headers:", "heders:").replace("subjects:", "subject:")
    text = text.replace("count: 10", "cuont: ten")
    assert [(problem.path, problem.line) for problem in problems_in(text)] == [
        (("subject",), 4),
        (("subjects", "cuont"), 6),
        (("subjects", "count"), 6),
        (("streems",), 31),
        (("streams", "orders", "heders"), 38),
    ]


def test_a_misspelt_key_next_to_a_merge_is_the_only_error():
    more = "- {<<: *come, triger: come2, d: {}}\n  - trigger: order"
    text = CAFE.replace("- {trigger: come,", "- &come {trigger: come,").replace("- trigger: order", more)
    (problem,) = problems_in(text.replace(", d: {}", ""))
    assert problem.message == "there is no such key. Hint: did you mean 'trigger'?"
    actual = problems_in(text.replace("d: {}", "d: mood = mod"))
    assert [(each.path[2], each.line, each.column) for each in actual] == [
        ("triger", 19, 17),
        ("d", 19, 32),
        ("do", 19, 42),
    ]


def test_every_mapping_with_fixed_keys_lists_them():
    first = {
        "doge",
        "start",
        "name",
        "trigger",
        "key",
        "type",
        "zone",
        "country",
        "weights",
        "initially",
        "file",
        "count",
        "from",
        "population",
    }
    assert {keys_at(shape)[0] for shape in SHAPES} == first
