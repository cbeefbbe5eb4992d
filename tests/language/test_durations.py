"""Durations: their syntax and arithmetic, and compatibility with models written before they existed."""

from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.f_strings import check_f_strings
from doge_datagen.language.parse import canonical, expression
from doge_datagen.language.time.duration_literals import replaced
from doge_datagen.language.time.units import NEVER, UNITS
from doge_datagen.language.types import DURATION, FLOAT, INTEGER, TIMESTAMP
from doge_datagen.model import Attribute, Clock
from doge_datagen.model_api import Model
from tests.language.translating import act, errors_of, errors_of_action, errors_of_field, scalar, spec_of, value_of

DAY = 86_400_000
numbers = st.integers(0, 10**6)
units = st.sampled_from(sorted({*UNITS, *(f"{unit}s" for unit in UNITS if len(unit) > 2)}))


@given(numbers, units, st.sampled_from(["", " ", "  "]))
def test_a_number_and_a_unit_is_a_duration_in_milliseconds(number, unit, space):
    length = UNITS.get(unit) or UNITS[unit.removesuffix("s")]
    text = f"{number}{space}{unit}"
    assert scalar(text)[0].kind == DURATION
    assert value_of(text) == (number * length, 0)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("1.5 h", 5_400_000), (".5 s", 500), ("1_000 ms", 1000), ("2. min", 120_000), ("1h", 3_600_000)],
)
def test_the_number_may_be_written_as_in_python(text, milliseconds):
    assert value_of(text) == (milliseconds, 0)


@pytest.mark.parametrize(
    "text", ["1 if True else 2", "1if True else 2", "1 in (1,)", "0x1F", "1 or 2", "1e3", "2 # 3 dys"]
)
def test_a_number_before_an_operator_is_a_number(text):
    assert scalar(text)[0].kind != DURATION


@given(st.lists(st.tuples(numbers, st.sampled_from(["d", "min", "s"])), min_size=1, max_size=12))
def test_durations_keep_their_order_in_any_position(lengths):
    """Also in braces of strings and on both sides of conditions, where Python's tree has a different order."""
    written = [f"{number}{unit}" for number, unit in lengths]
    text = " ".join(f"f'{{{one} if {one} < 0 s else {one}}}' +" for one in written) + " ''"
    table = Model.of(spec_of(fields={"x": text}, count=1)).table("out", seed=1, engine="interpreted")
    assert table["x"][0].as_py() == "".join(str(number * UNITS[unit]) for number, unit in lengths)


@given(st.text("ab19 .'\"{}fdhsmin+\n#jé", max_size=40))
def test_replacing_durations_does_not_change_locations(text):
    try:
        check_f_strings(text)
    except ExpressionError:
        return  # such a text is rejected
    assert len(replaced(text).text) == len(text)


def test_the_same_length_in_other_units_is_the_same_model():
    assert canonical(expression("x + 1 d")) == canonical(expression("x + 24 h"))
    assert canonical(expression("x + 1 d")) != canonical(expression(f"x + {DAY}"))


KINDS = {
    "1 h + 30 min": (DURATION, 5_400_000),
    "1 h - 90 min": (DURATION, -1_800_000),
    "-1 h": (DURATION, -3_600_000),
    "-(-1 h + 1 s)": (DURATION, 3_599_000),
    "3 * 1 h": (DURATION, 10_800_000),
    "1 h * True": (DURATION, 3_600_000),
    "1 s * 0.0015": (DURATION, 2),
    "0.5 * 3 ms": (DURATION, 2),
    "1 h / 7": (DURATION, 514_286),
    "1 h / 0.5": (DURATION, 7_200_000),
    "1 h // 7": (DURATION, 514_285),
    "90 min / 1 h": (FLOAT, 1.5),
    "90 min // 1 h": (INTEGER, 1),
    "90 min % 1 h": (DURATION, 1_800_000),
    "timestamp + 1 s": (TIMESTAMP, 1_001_000),
    "1 s + timestamp": (TIMESTAMP, 1_001_000),
    "timestamp - 1 s": (TIMESTAMP, 999_000),
    "abs(1 s - 3 s)": (DURATION, 2000),
    "max(1 s, 3 s, 2 s)": (DURATION, 3000),
    "int(1 s)": (INTEGER, 1000),
    "1 s if index > 5 else 2 s": (DURATION, 2000),
    "never": (TIMESTAMP, NEVER),
    "never - 30 d": (TIMESTAMP, NEVER),
    "timestamp + 300_000_000 d": (TIMESTAMP, NEVER),
}


@pytest.mark.parametrize(("text", "expected"), KINDS.items(), ids=KINDS)
def test_arithmetic_with_durations(text, expected):
    assert (scalar(text)[0].kind, value_of(text)[0]) == expected
    assert value_of(text)[1] == 0


@given(st.integers(-(10**12), 10**12), st.floats(-1000, 1000))
def test_a_share_of_a_duration_is_rounded_to_a_millisecond(milliseconds, share):
    expected, fault = value_of(f"({milliseconds} * 1 ms) * {share!r}")
    assert fault == 0
    assert abs(expected - Fraction(milliseconds) * Fraction(share)) <= Fraction(1, 2) + abs(milliseconds) * Fraction(
        1, 2**40
    )


BEFORE = {
    "timestamp - (timestamp - 90_000)": (INTEGER, 90_000),
    "(timestamp - timestamp('1970-01-01')) / 3_600_000": (FLOAT, 1_000_000 / 3_600_000),
    "(timestamp - timestamp('1970-01-01')) * 0.5": (FLOAT, 500_000.0),
    "(timestamp - timestamp('1970-01-01')) + 1": (INTEGER, 1_000_001),
    "duration('8 h') / 2": (FLOAT, 14_400_000.0),
    "duration('8 h') // duration('1 h')": (INTEGER, 8),
    "timestamp + duration('8 h')": (TIMESTAMP, 29_800_000),
    "timestamp + 5": (TIMESTAMP, 1_000_005),
}


@pytest.mark.parametrize(("text", "expected"), BEFORE.items(), ids=BEFORE)
def test_arithmetic_with_differences_and_milliseconds_is_unchanged(text, expected):
    assert (scalar(text)[0].kind, value_of(text)[0]) == expected


SPANS = {
    "timestamp - timestamp('1970-01-01') > 16 min": True,
    "duration('8 h') == 8 h": True,
    "timestamp - timestamp('1970-01-01') - 16 min": 40_000,
    "-(timestamp - timestamp('1970-01-01')) < 0 s": True,
    "(timestamp - timestamp('1970-01-01')) / 1 s": 1000.0,
    "min(timestamp - timestamp('1970-01-01'), 1 min)": 60_000,
    "abs(timestamp - timestamp('1971-01-01')) in (1 s, 2 s)": False,
}


@pytest.mark.parametrize(("text", "expected"), SPANS.items(), ids=SPANS)
def test_a_difference_of_timestamps_is_a_duration_where_one_is_required(text, expected):
    assert value_of(text) == (expected, 0)


def test_a_local_name_stays_a_difference():
    assert errors_of_action("x = timestamp - born\nif active:\n    x = born - timestamp\nrequire(x > 1 h)") == []
    assert errors_of_action("x = timestamp - born\nif active:\n    x = 5\nrequire(x > 1 h)") != []


def test_an_attribute_may_be_a_duration():
    wait = {"wait": "30 min", "pause": Attribute(90_000, "duration"), "due": "never"}
    fields = {"wait": "wait", "pause": "pause", "due": "due"}
    do = "wait = wait * 1.5 + pause\ndue = timestamp + wait"
    spec = spec_of(do=do, attributes=wait, fields=fields, count=1, clock=Clock(0, 1000, 1))
    table = Model.of(spec).table("out", seed=1, engine="interpreted")
    assert table.schema.types == [pa.int64(), pa.int64(), pa.timestamp("ms", "UTC")]
    assert [column.cast(pa.int64())[0].as_py() for column in table.columns] == [2_790_000, 90_000, 2_790_000]


def test_never_is_later_than_all_moments_and_can_be_output():
    assert act("active = never > timestamp + 1000 w")[1] == {"active": True}
    table = Model.of(spec_of(fields={"x": "f'{never}'"}, count=1)).table("out", seed=1, engine="interpreted")
    assert table["x"][0].as_py() == "9999-12-31T23:59:59.999Z"


@pytest.mark.parametrize("name", ["never", "d", "h"])
def test_an_attribute_hides_a_new_word_or_unit(name):
    spec = spec_of(do=f"{name} += 1", attributes={name: 5}, fields={"x": name, "y": "1 d"}, count=1)
    table = Model.of(spec).table("out", seed=1, engine="interpreted")
    assert (table["x"][0].as_py(), table["y"][0].as_py()) == (6, DAY)


def test_a_local_name_hides_a_new_word():
    assert act("never = 5\nbalance = never")[1] == {"balance": 5}


def test_a_number_per_unit_of_time_is_a_rate_and_not_a_value_of_a_field():
    assert errors_of_field("3 / 1 d") == [
        "(line 1, column 1): 3 / 1 d is a rate, which no field can show. Hint: multiply it by 1 d"
    ]


@pytest.mark.parametrize("text", ["balance + 1 d", "1 d * 1 d", "1 d ** 2", "1 d % 2", "timestamp * 1 d"])
def test_invalid_operations_on_durations_are_refused_with_a_hint(text):
    (line,) = errors_of_field(text)
    assert line.startswith(f"(line 1, column 1): {text} is not allowed with ")
    assert "Hint: " in line


def test_the_hint_offers_the_type():
    (line,) = errors_of(attributes={"wait": Attribute("1 h", "durations")})
    assert line.endswith("Hint: did you mean 'duration'?")
