"""F-strings mean the same in every Python version: newer syntax is rejected by all, with the same message."""

import pytest

from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.parse import expression, statements

QUOTES = "inside the braces use other quotes than around them, such as f\"{'a' if index > 0 else 'b'}\""
NOT_CLOSED = f"{{ is not closed before the string ends. Hint: {QUOTES}"
LATER = [
    ("f'{tier == 'gold'}'", 3, NOT_CLOSED),
    ('f"{tier == "gold"}"', 3, NOT_CLOSED),
    ("f'''{'''a'''}'''", 5, NOT_CLOSED),
    ("f'{\"'\"}'", 3, NOT_CLOSED),
    ("index if f'{f'{index}'}' else 1", 12, NOT_CLOSED),
    ("f'{f\"{f'''{tier}'''}\"}'", 3, NOT_CLOSED),
    ("f'{\"\\n\"}'", 5, "its braces contain a backslash. Hint: remove it"),
    ("rf'{\"\\d\"}'", 6, "its braces contain a backslash. Hint: remove it"),
    ("f'''{tier # which\n}'''", 11, "its braces contain a comment. Hint: remove it"),
    ("f'{\ntier}'", 4, "it contains a line break. Hint: write it on one line"),
    ("f'{tier!s }'", 10, "a space follows the conversion after !. Hint: remove it"),
]
EARLIER = [
    "f'{tier == \"gold\"}'",
    "f'''{'a'}'''",
    "f'''{\ntier\n}'''",
    "f'{{{tier}}}'",
    "f'{\"#\"}'",
    'f\'{"}"}{"{"}\'',
    "f'{index:#>5}'",
    "f\"{f'{index:>5}'!s}\"",
    "f'{index != 3}'",
    "f'{(index)}' + '{'",
    "f'\\N{DIGIT ONE}{index}'",
    "f'\\{index}'",
    "rf'\\{index}\\\\{index}'",
    "F'{index}' # f'{'",
    "'f' + '{' if'{' == tier else f'{tier}'",
    'f\'{choice(["a", "b"])}\'',
    "'a\\'' + f'\\'{tier}'",
    "f'a\\\nb{tier}'",
]


@pytest.mark.parametrize(("text", "column", "problem"), LATER, ids=[text for text, *_ in LATER])
def test_syntax_of_later_python_versions_is_rejected(text, column, problem):
    with pytest.raises(ExpressionError) as caught:
        expression(text)
    line = text.partition("\n")[0]
    assert caught.value.message == f"{line!r} has an f-string that is not understood: {problem}"
    assert (caught.value.line, caught.value.column) == (1, column)


@pytest.mark.parametrize("text", EARLIER)
def test_syntax_of_all_python_versions_is_accepted(text):
    expression(text)


@pytest.mark.parametrize("text", ['f\'{"a" "b"}\'', 'f\'{choice(["a" "b"])}\'', 'f\'{f"{1}" "b"}\''])
def test_adjacent_strings_are_rejected_in_braces_too(text):
    with pytest.raises(ExpressionError, match="two adjacent strings"):
        expression(text)


def test_the_location_is_relative_to_the_given_text():
    with pytest.raises(ExpressionError) as caught:
        statements("    x = 1\n    y = f'{x == 'a'}'")
    assert (caught.value.line, caught.value.column) == (2, 11)
