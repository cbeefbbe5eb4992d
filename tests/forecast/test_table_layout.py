"""Tables within a terminal's width: no cell is wrapped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from doge_datagen.forecast.table_layout import GAP, NARROWEST, Column, Fitted

WAYS = Fitted(
    (Column("transition"), Column("events", number=True), Column("per tick", number=True, spare=2), Column("from")),
    [["light_the_lamp_in_the_hall", "1,051", "0.73", "a, b, c"], ["dim", "7", "12.5", "light_the_lamp_in_the_hall"]],
)
RECORDS = Fitted(
    (Column("at"), Column("lamp", number=True)),
    [["2024-05-06T06:00:00.000Z", "1"], ["2024-05-06T06:00:01.000Z", "20"]],
    spread=True,
)


def test_on_a_wide_screen_a_table_is_as_wide_as_necessary():
    assert WAYS.lines(80) == [
        "transition                  events  per tick  from",
        "light_the_lamp_in_the_hall   1,051      0.73  a, b, c",
        "dim                              7      12.5  light_the_lamp_in_the_hall",
    ]


def test_without_room_spare_columns_go_first():
    assert WAYS.lines(65) == [
        "transition                  events  from",
        "light_the_lamp_in_the_hall   1,051  a, b, c",
        "dim                              7  light_the_lamp_in_the_hall",
    ]


def test_after_that_strings_end_in_an_ellipsis_and_numbers_are_kept():
    assert WAYS.lines(40) == [
        "transition       events  from",
        "light_the_lamp…   1,051  a, b, c",
        "dim                   7  light_the_lamp…",
    ]


def test_cells_that_must_not_be_cut_are_left_to_the_terminal():
    places = Fitted((Column("stream"), Column("where", whole=True)), [["clicks", "/a/long/path/to/clicks.csv"]])
    assert places.lines(20) == ["stream  where", "clicks  /a/long/path/to/clicks.csv"]


def test_a_table_of_records_on_a_narrow_screen_has_one_field_per_line():
    assert RECORDS.lines(30)[1] == "2024-05-06T06:00:00.000Z     1"
    assert RECORDS.lines(29) == [
        "at    2024-05-06T06:00:00.000Z",
        "lamp  1",
        "",
        "at    2024-05-06T06:00:01.000Z",
        "lamp  20",
    ]


CELLS = st.text(st.characters(codec="utf-8", categories=("L", "N")), max_size=30)


@pytest.mark.slow
@given(st.lists(st.tuples(CELLS, CELLS, st.integers(0, 10**6).map(str)), max_size=4), st.integers(1, 100))
def test_lines_fit_if_numbers_and_shortened_strings_fit(rows, width):
    table = Fitted((Column("name"), Column("from"), Column("count", number=True)), rows)
    numbers = max(map(len, ["count", *(row[2] for row in rows)]))
    assert max(map(cell_len, table.lines(width))) <= max(width, 2 * NARROWEST + numbers + 2 * GAP)


@pytest.mark.parametrize("width", [10, 80])
def test_every_row_has_its_line(width):
    assert len(WAYS.lines(width)) == 3
