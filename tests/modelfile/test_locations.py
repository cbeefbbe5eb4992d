"""A problem in a text is reported with its line and column in the file."""

import pytest

from doge_datagen.errors import Problem
from doge_datagen.modelfile.document import read
from doge_datagen.modelfile.locations import located

DO = ("transitions", 0, "do")


def location(scalar, line, column, before="transitions:\n  - do: "):
    result = located(read(before + scalar, "bank.yaml"), Problem(DO, "no", line, column))
    return result.line, result.column


def location_of(text, word):
    """Line and column of a word, as editors count them."""
    before = text[: text.index(word)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize(
    "scalar",
    ["balance += paymnt", "'balance += paymnt'", '"balance += paymnt"', "balance += paymnt  # a comment"],
)
def test_in_one_line_the_location_is_exact(scalar):
    text = "transitions:\n  - do: " + scalar
    assert location(scalar, 1, 12) == location_of(text, "paymnt")


@pytest.mark.parametrize("header", ["|", "|-", "|+", "| # a comment", "|2"])
def test_in_a_literal_block_the_location_is_exact(header):
    scalar = f"{header}\n      if x:\n          y = paymnt\n"
    if header == "|2":
        scalar = scalar.replace("      if", "      if")
    text = "transitions:\n  - do: " + scalar
    value = read(text, "").value["transitions"][0]["do"]
    line, column = location_of(value, "paymnt")
    assert location(scalar, line, column) == location_of(text, "paymnt")


def test_empty_lines_at_the_start_of_a_block_count():
    scalar = "|\n\n      x = 1\n      y = paymnt\n"
    assert location(scalar, 3, 5) == location_of("transitions:\n  - do: " + scalar, "paymnt")


def test_windows_line_endings_are_counted_correctly():
    scalar = "|\r\n      x = 1\r\n      y = paymnt\r\n"
    assert location(scalar, 2, 5, "transitions:\r\n  - do: ") == (4, 11)


@pytest.mark.parametrize(
    "scalar", [">\n      x =\n      paymnt\n", "'it''s = paymnt'", '"\\x41 = paymnt"', "x =\n      paymnt"]
)
def test_with_folds_and_escapes_the_location_is_the_start_of_the_text(scalar):
    assert location(scalar, 1, 5) == (2, 9)


def test_a_problem_without_a_line_is_at_the_start_of_the_value():
    assert location("x = 1", 0, 0) == (2, 9)


def test_a_problem_of_a_mapping_is_at_its_key():
    document = read("streams:\n  trx:\n    fields: {}\n", "bank.yaml")
    actual = located(document, Problem(("streams", "trx"), "nobody feeds it"))
    assert str(actual) == "bank.yaml:2:3: streams.trx: nobody feeds it"


def test_a_missing_value_is_located_at_its_parent():
    document = read("streams:\n  trx: {}\n", "bank.yaml")
    actual = located(document, Problem(("streams", "trx", "fields"), "there is none"))
    assert str(actual) == "bank.yaml:2:3: streams.trx: there is none"
