import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.errors import ModelError
from doge_datagen.run.pacing.pace import LATE, Pace, checked_late

NO_UNIT = ["", " ", "fast", "60", "x60", "5k/s", "5k", "5000trx/s", "5000/min", "5000/", "5 000/s 1", "60x60x", "5 s"]
NO_NUMBER = ["x", "/s", "trx/s", "nanx", "nan/s", "infx", "1e6/s", "0x10/s", "--1x", "٣x"]
NO_NUMBER += ["0,5x", "1,00/s", "1__0x", "_1x", "1_x", "1.x", ".5x"]


@pytest.mark.parametrize("text", ["realtime", " realtime ", "Realtime", "REALTIME"])
def test_realtime_is_speed_one(text):
    assert Pace.parse(text) == Pace(text.strip(), speed=1.0)


@pytest.mark.parametrize(
    ("text", "speed"),
    [("60x", 60), ("0.5x", 0.5), ("60 x", 60), (" 60X ", 60), ("1_000x", 1000), ("1,000.5x", 1000.5), ("+2x", 2)],
)
def test_a_number_and_an_x_is_a_speed(text, speed):
    assert Pace.parse(text) == Pace(text.strip(), speed=speed)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("5000/s", 5000),
        ("5_000/s", 5000),
        ("5,000/s", 5000),
        ("5000 / s", 5000),
        ("0.25 /s", 0.25),
        ("1,234,567/s", 1234567),
    ],
)
def test_a_number_per_second_is_a_rate(text, rate):
    assert Pace.parse(text) == Pace(text.strip(), rate=rate)


@pytest.mark.parametrize("stream", ["trx", "card payments", "a/s", "x", "s", "5", "zażółć", "eu.trx-1", "/s"])
def test_a_rate_can_name_the_counted_stream(stream):
    for text in (f"5000 {stream}/s", f"5_000  {stream} / s"):
        assert Pace.parse(text) == Pace(text, rate=5000, stream=stream)


@pytest.mark.parametrize("text", [*NO_UNIT, *NO_NUMBER])
def test_anything_else_is_an_error(text):
    with pytest.raises(ModelError, match=r"is not a pace. Hint: use 'realtime', a speed such as '60x'") as caught:
        Pace.parse(text)
    assert caught.value.dotted_path == "pace"
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    "text", ["0x", "-1x", "0/s", "-5 trx/s", "0.0x", "0.0000001x", "1000000001/s", f"{'9' * 400}x"]
)
def test_a_number_out_of_bounds_is_refused_with_the_bounds(text):
    with pytest.raises(
        ModelError, match=r"^pace: .* is out of bounds. Hint: use a number from 0.000001 to 1,000,000,000"
    ):
        Pace.parse(text)


@pytest.mark.parametrize("given", [60, 60.0, True, b"60x", ["60x"]])
def test_a_value_that_is_not_a_string_is_an_error(given):
    with pytest.raises(ModelError, match="is not a pace"):
        Pace.of(given)


@given(st.text())
def test_no_string_raises_another_error(text):
    try:
        assert Pace.parse(text).text == text.strip()
    except ModelError as error:
        assert error.dotted_path == "pace"  # noqa: PT017 - either outcome is accepted


@given(st.floats(1e-6, 1e9))
def test_a_number_is_read_to_the_last_digit(number):
    assert Pace.parse(f"{number:.30f}x").speed == number


@pytest.mark.parametrize(
    "numbers",
    [
        {},
        {"speed": 1, "rate": 1},
        {"speed": 1, "stream": "trx"},
        {"speed": float("nan")},
        {"rate": float("inf")},
        {"rate": 0},
    ],
)
def test_a_pace_object_is_checked_in_the_same_way(numbers):
    with pytest.raises(ModelError):
        Pace("made", **numbers)


def test_a_pace_object_and_none_are_accepted():
    pace = Pace.parse("60x")
    assert Pace.of(pace) is pace
    assert Pace.of(None) is None
    assert Pace.of("60x") == pace


@pytest.mark.parametrize("late", ["stretched", "", None, 1])
def test_an_unknown_policy_for_late_records_is_an_error(late):
    with pytest.raises(ModelError, match=r"^late: "):
        checked_late(late)
    assert [checked_late(it) for it in LATE] == ["catch-up", "stretch"]
