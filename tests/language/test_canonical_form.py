"""What means the same has one form."""

import ast

import pytest

from doge_datagen.language import parse
from doge_datagen.language.canonical_form import canonical

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


@pytest.mark.parametrize("how", SAME)
def test_formatting_of_code_changes_nothing(how):
    assert form(SAME[how]) == form(DO)


@pytest.mark.parametrize("what", OTHER)
def test_a_change_of_meaning_changes_the_canonical_form(what):
    assert form(OTHER[what]) != form(DO)


def test_names_that_only_some_versions_of_python_have_are_omitted():
    plain = ast.parse("x = u'1'").body
    later = ast.parse("x = '1'  # type: str", type_comments=True).body
    assert canonical(plain) == canonical(later)
