"""Text is parsed to Python's syntax tree, with the location of each part.

Equivalent texts have the same canonical form.
"""

import ast
from contextlib import suppress

import pytest

from doge_datagen.language import parse
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.parse import LONGEST, canonical, expression, shown, statements


def places(text, parse):
    """The location of each name."""
    tree = parse(text)
    nodes = (node for part in (tree if isinstance(tree, list) else [tree]) for node in ast.walk(part))
    return {node.id: (node.lineno, node.col_offset + 1) for node in nodes if isinstance(node, ast.Name)}


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("a + b", (1, 5)),
        ("   a + b  ", (1, 8)),
        ("\n\n  a + b\n", (3, 7)),
        ("(a +\n  b)", (2, 3)),
        ("'é𝐱' + b", (1, 8)),
        ("f'é{b}'", (1, 5)),
        ("a + b # c", (1, 5)),
        ("\r\na + b", (2, 5)),
    ],
)
def test_a_part_of_an_expression_has_its_location(text, location):
    assert places(text, expression)["b"] == location


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("a = b", (1, 5)),
        ("a = 1\na = b", (2, 5)),
        ("    a = 1\n    if a:\n        a = b\n", (3, 13)),
        ("\n    é = b", (2, 9)),
        ("x = 'é'; a = b", (1, 14)),
    ],
)
def test_a_part_of_a_statement_has_its_location(text, location):
    assert places(text, statements)["b"] == location


@pytest.mark.parametrize(
    ("text", "line", "column"), [("a +", 1, 4), ("\n\n  a +", 3, 6), ("    a = 1\n    b = = 2", 2, 9), ("é = ?", 1, 5)]
)
def test_a_syntax_error_has_its_location(text, line, column):
    with pytest.raises(ExpressionError) as caught:
        statements(text) if "=" in text else expression(text)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize("text", ["", " \n ", "x = 1", "a; b", "pass", "# nothing"])
def test_an_expression_is_one_expression(text):
    with pytest.raises(ExpressionError, match=r"is not an expression. Hint: give one, such as index \+ 1$"):
        expression(text)


def test_a_text_has_at_most_20000_characters():
    with pytest.raises(ExpressionError, match=r"^20,001 characters are too many. Hint: give 20,000 at most$"):
        statements("#" * (LONGEST + 1))
    assert statements("#" * LONGEST) == []


@pytest.mark.parametrize(
    "text", ["(" * 300, "[" * 199 + "]" * 199, "-" * 9000 + "1", "+".join("a" * 5000), "x" + ".a" * 9000]
)
def test_too_deep_nesting_is_rejected_without_a_crash(text):
    with suppress(ExpressionError):
        expression(text)


def test_a_null_byte_is_reported():
    with pytest.raises(ExpressionError, match=r"it contains a null byte$"):
        expression("a\0")


def test_an_error_quotes_only_the_start_of_the_first_line():
    assert shown("a\nb") == "'a...'"
    assert len(shown("x" * 1000)) == 62


DO = "require(n < 3)\nn += 1\nname = 'a' if n else f'{n}-b'"
SAME = {
    "comment": "# why\nrequire(n < 3)  # because\nn += 1\nname = 'a' if n else f'{n}-b'",
    "spaces": "require( n<3 )\n\nn+=1\nname   =  'a' if n else f'{n}-b'",
    "quotes": 'require(n < 3)\nn += 1\nname = "a" if n else f"{n}-b"',
    "parentheses": "require((n) < (3))\nn += (1)\nname = ('a' if (n) else f'{n}-b')",
    "semicolons": "require(n < 3); n += 1; name = 'a' if n else f'{n}-b'",
    "indented": "    require(n < 3)\n    n += 1\n    name = 'a' if n else f'{n}-b'",
}
OTHER = {
    "number": DO.replace("3", "4"),
    "type": DO.replace("3", "3.0"),
    "name": DO.replace("n +=", "m +="),
    "operator": DO.replace("+=", "-="),
    "order": "n += 1\nrequire(n < 3)\nname = 'a' if n else f'{n}-b'",
    "string": DO.replace("'a'", "'a '"),
    "comparison": DO.replace("<", "<="),
}


def form(text):
    return canonical(parse.statements(text))


@pytest.mark.parametrize("kwargs", SAME)
def test_formatting_of_code_changes_nothing(kwargs):
    assert form(SAME[kwargs]) == form(DO)


@pytest.mark.parametrize("what", OTHER)
def test_a_change_of_meaning_changes_the_canonical_form(what):
    assert form(OTHER[what]) != form(DO)


def test_names_of_only_some_python_versions_are_omitted():
    plain = ast.parse("x = u'1'").body
    later = ast.parse("x = '1'  # type: str", type_comments=True).body
    assert canonical(plain) == canonical(later)
