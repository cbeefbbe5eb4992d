"""The page about realistic values lists all providers, with real values."""

import re

import pytest

from doge_datagen.program.tables.providers import ACCOUNTS, CARDS, PHONES, PROVIDERS, locales
from tests.docs.pages import ROOT
from tests.program.tables.test_providers import generate

PAGE = (ROOT / "docs" / "reference" / "providers.md").read_text()
ROW = re.compile(r"^\| `(?P<call>names\.(?P<name>\w+)\(.*?\))` \| (?P<what>.+) \| `(?P<value>.+)` \|$", re.MULTILINE)
PARAMETER = re.compile(r"^\| `(?P<name>\w+)` \| (?P<of>.+) \| (?P<values>.+) \|$", re.MULTILINE)
ROWS = {row["name"]: row for row in ROW.finditer(PAGE)}


def test_every_provider_is_on_the_page_in_order():
    assert list(ROWS) == list(PROVIDERS)


def test_the_examples_are_real_values():
    actual = generate(1, **{name: row["call"] for name, row in ROWS.items()})
    assert {name: row["value"] for name, row in ROWS.items()} == {name: value for name, (value,) in actual.items()}


@pytest.mark.parametrize(("name", "known"), [("phone", PHONES), ("iban", ACCOUNTS), ("card_number", CARDS)])
def test_the_values_of_a_parameter_are_listed(name, known):
    listed = ROWS[name]["what"].partition(": ")[2]
    assert re.findall("`(.+?)`", listed) == sorted(known)


def test_every_parameter_is_listed_with_its_providers():
    rows = {row["name"]: row for row in PARAMETER.finditer(PAGE)}
    assert re.findall("`(.+?)`", rows["locale"]["values"]) == sorted(locales())
    for parameter, row in rows.items():
        having = [name for name, it in PROVIDERS.items() if parameter in {**it.needed, **it.optional}]
        assert re.findall("`(.+?)`", row["of"]) == having
    assert {parameter for it in PROVIDERS.values() for parameter in {**it.needed, **it.optional}} < set(rows)
