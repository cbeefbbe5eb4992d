"""What is refused is told with its place, the value and the way out, letter by letter."""

from pathlib import Path

import pytest

from tests.language.translating import told_of_action, told_of_field

BLOCKS = Path(__file__).with_name("mistakes.txt").read_text().strip().split("\n\n")
"""A word for where it stands, the text, and below it what is told."""
TOLD = {"do": told_of_action, "field": told_of_field}


def unescaped(text):
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape")


@pytest.mark.parametrize("block", BLOCKS, ids=[block.splitlines()[0] for block in BLOCKS])
def test_an_error_names_the_location_the_value_and_a_hint(block):
    first, *lines = block.splitlines()
    where, text = first.split(" ", 1)
    assert TOLD[where](unescaped(text)) == lines
