"""Every error names the location, the value and a hint; compared with the exact text."""

from pathlib import Path

import pytest

from tests.language.translating import errors_of_action, errors_of_field

BLOCKS = Path(__file__).with_name("mistakes.txt").read_text().strip().split("\n\n")
"""The position, the text, and the expected error below."""
ERRORS_OF = {"do": errors_of_action, "field": errors_of_field}


def unescaped(text):
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape")


@pytest.mark.parametrize("block", BLOCKS, ids=[block.splitlines()[0] for block in BLOCKS])
def test_an_error_names_the_location_the_value_and_a_hint(block):
    first, *lines = block.splitlines()
    where, text = first.split(" ", 1)
    assert ERRORS_OF[where](unescaped(text)) == lines
