import pytest

from doge_datagen.errors import ModelError
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from doge_datagen.sinks.options import check_options
from doge_datagen.sinks.sink_kind import Option, SinkKind

WHERE = "targets.local.trx"
KIND = SinkKind(
    "rainbow",
    "nothing",
    lambda opening: MemoryBatchSink(),
    {
        "text": Option("a text"),
        "colour": Option("a choice", choices=("red", "green")),
        "size": Option("a number", int),
        "share": Option("a part", float),
        "quick": Option("yes or no", bool),
        "conf": Option("anything", dict),
    },
)


def check(**options):
    check_options(KIND, options, WHERE)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"text": ""},
        {"colour": "red"},
        {"size": 3},
        {"share": 0.5},
        {"share": 1},
        {"quick": False},
        {"conf": {"a": "b", "c": 1, "d": 0.5, "e": True}},
    ],
)
def test_valid_options_are_accepted(options):
    check(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"colur": "red"},
            "targets.local.trx.colur: 'rainbow' has no option 'colur'. Hint: did you mean 'colour'? It is: a choice",
        ),
        ({"colour": "gren"}, "targets.local.trx.colour: 'gren' is not possible. Hint: did you mean 'green'?"),
        ({"colour": 3}, "targets.local.trx.colour: 3 is not a string"),
        ({"text": None}, "targets.local.trx.text: None is not a string"),
        ({"size": "3"}, "targets.local.trx.size: '3' is not an integer. Hint: write it without quotes: 3"),
        ({"size": "3.5"}, "targets.local.trx.size: '3.5' is not an integer"),
        ({"share": "3.5"}, "targets.local.trx.share: '3.5' is not a number. Hint: write it without quotes: 3.5"),
        (
            {"quick": "true"},
            "targets.local.trx.quick: 'true' is not true or false. Hint: write it without quotes: true",
        ),
        ({"size": 3.5}, "targets.local.trx.size: 3.5 is not an integer"),
        ({"size": True}, "targets.local.trx.size: True is not an integer"),
        ({"share": True}, "targets.local.trx.share: True is not a number"),
        ({"quick": 1}, "targets.local.trx.quick: 1 is not true or false"),
        ({"conf": "a"}, "targets.local.trx.conf: 'a' is not a mapping of names to strings, numbers, true or false"),
        (
            {"conf": {"a": []}},
            (
                "targets.local.trx.conf.a: [] is not a string, a number, true or false. "
                "Hint: give a value, or remove the key"
            ),
        ),
        ({"conf": {"a": None}}, "targets.local.trx.conf.a: is null. Hint: give a value, or remove the key"),
        ({"conf": {1: "a"}}, "targets.local.trx.conf: the key 1 is not a string. Hint: put it in quotes"),
    ],
)
def test_invalid_options_are_reported(options, message):
    with pytest.raises(ModelError) as caught:
        check(**options)
    assert str(caught.value) == message


def test_a_required_option_that_is_missing_is_reported_with_its_meaning():
    kind = SinkKind("rainbow", "nothing", KIND.open, {"table": Option("the table's name", required=True)})
    with pytest.raises(ModelError, match=r"^targets\.local\.trx: 'rainbow' needs the option 'table': the table's name"):
        check_options(kind, {}, WHERE)


def test_the_error_of_a_sink_type_without_options_says_so():
    with pytest.raises(ModelError, match=r"has no option 'a'. Hint: none is defined yet"):
        check_options(SinkKind("rainbow", "nothing", KIND.open), {"a": 1}, WHERE)
