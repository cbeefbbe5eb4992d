"""Realistic values in columns of generated tables are valid, repeatable and, if requested, unique."""

from __future__ import annotations

import re
import sys
import unicodedata
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any
from uuid import RFC_4122, UUID

import pytest

from doge_datagen.draws import philox
from doge_datagen.model import Stream, Table
from doge_datagen.program.compilation import compile_spec
from doge_datagen.program.tables import providers
from doge_datagen.program.tables.providers import ACCOUNTS, CARDS, DOMAINS, PHONES, PROVIDERS, Draw, locales
from doge_datagen.run.resuming.identity import data_versions
from tests.program.tables.test_reference_table import problems, spec_of

LENGTHS = {"at": 20, "ch": 21, "de": 22, "gb": 22, "ie": 22, "lt": 20, "nl": 18, "pl": 28}
"""The length of IBANs by country, from their registry."""
CALL = {
    "email": "names.email(f'Jan {index}')",
    "phone": "names.phone('us')",
    "iban": "names.iban('pl')",
    "card_number": "names.card_number('visa')",
}


def generate(count: int = 50, seed: int = 0, **columns: str) -> dict[str, list[Any]]:
    table = Table(count=count, columns=columns, seed=seed)
    result = compile_spec(spec_of({"people": table})).tables["people"]
    return {column: values.to_pylist() for column, (_, values) in result.columns.items()}


def call_of(name: str) -> str:
    return CALL.get(name) or f"names.{name}({'' if 'locale' not in PROVIDERS[name].needed else repr('pl')})"


def draw(number: int, attempt: int = 0) -> Draw:
    return Draw(philox((7, 0), (number, attempt, 0, 0)), attempt)


def refusal(call: str, **before: str) -> str:
    (result,) = problems(spec_of({"people": Table(count=3, columns={**before, "x": call})}))
    return result


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_is_repeatable_whatever_the_number_of_rows(name: str):
    assert generate(20, x=call_of(name))["x"] == generate(50, x=call_of(name))["x"][:20]
    assert generate(20, x=call_of(name))["x"] != generate(20, seed=1, x=call_of(name))["x"]


def test_columns_with_the_same_call_have_different_values():
    actual = generate(x="names.city('pl')", y="names.city('pl')")
    assert actual["x"] != actual["y"]


@pytest.mark.parametrize("locale", sorted(locales()))
def test_every_locale_has_all_localized_providers(locale: str):
    for name, provider in PROVIDERS.items():
        if "locale" in provider.needed:
            for number in range(20):
                value = provider.compose(draw(number), locale=locale)
                assert value.strip() == value != ""
                assert "{" not in value, name


@pytest.mark.parametrize("country", ACCOUNTS)
def test_an_iban_has_the_length_of_its_country_and_a_valid_checksum(country: str):
    for number in range(200):
        iban = PROVIDERS["iban"].compose(draw(number), country=country)
        assert iban.startswith(country.upper())
        assert len(iban) == LENGTHS[country]
        assert int("".join(str(int(it, 36)) for it in iban[4:] + iban[:4])) % 97 == 1
        assert iban[4:].startswith(("0000", "TEST"))


@pytest.mark.parametrize("network", CARDS)
def test_a_card_number_passes_the_luhn_check(network: str):
    for number in range(200):
        digits = [int(it) for it in PROVIDERS["card_number"].compose(draw(number), network=network)]
        assert len(digits) == (15 if network == "amex" else 16)
        doubled = [it * 2 for it in digits[-2::-2]]
        assert (sum(digits[::-2]) + sum(it - 9 if it > 9 else it for it in doubled)) % 10 == 0


def test_addresses_are_in_the_networks_for_documentation():
    networks = [IPv4Network(it) for it in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
    actual = generate(200, four="names.ipv4()", six="names.ipv6()")
    assert {it for it in networks for address in actual["four"] if IPv4Address(address) in it} == set(networks)
    assert all(any(IPv4Address(address) in it for it in networks) for address in actual["four"])
    assert all(IPv6Address(it) in IPv6Network("2001:db8::/32") for it in actual["six"])


def test_a_uuid_is_of_version_4():
    for value in map(UUID, generate(x="names.uuid()")["x"]):
        assert (value.version, value.variant) == (4, RFC_4122)


def test_urls_have_example_domains():
    for url in generate(x="names.url()")["x"]:
        assert re.fullmatch(rf"https://[a-z0-9-]+\.({'|'.join(DOMAINS)})/[a-z0-9-]+", url)


@pytest.mark.parametrize("country", PHONES)
def test_telephone_numbers_are_reserved_ones(country: str):
    masks = [re.escape(it).replace(r"\#", "[0-9]") for it in PHONES[country]]
    for number in range(50):
        assert re.fullmatch("|".join(masks), PROVIDERS["phone"].compose(draw(number), country=country))


@pytest.mark.parametrize(
    ("name", "local"),
    [
        ("Łucja Żółć-Śmigły", "lucja.zolc.smigly"),
        ("Conan O'Brien", "conan.obrien"),
        ("Jürgen Groß", "jurgen.gross"),
        ("Søren Ægir", "soren.aegir"),
    ],
)
def test_an_email_address_is_derived_from_the_name(name: str, local: str):
    assert PROVIDERS["email"].compose(draw(1), name=name).split("@")[0] == local
    assert re.fullmatch(local + "[0-9]+", PROVIDERS["email"].compose(draw(1, attempt=1), name=name).split("@")[0])


@pytest.mark.parametrize("name", ["王伟", "", "..."])
def test_a_name_without_ascii_letters_still_has_an_address(name: str):
    assert re.fullmatch(r"user[0-9]+@example\.\w+", PROVIDERS["email"].compose(draw(1), name=name))


def test_later_columns_can_use_names_and_addresses_in_strings():
    actual = generate(name="names.full_name('pl')", email="names.email(name)", to="f'{name} <{email}>'")
    assert actual["to"] == [f"{name} <{email}>" for name, email in zip(actual["name"], actual["email"], strict=True)]


def test_parameters_may_differ_from_row_to_row():
    who = {"locale": "choice(['pl', 'ru'])", "gender": "choice(['female', 'male'])"}
    actual = generate(200, **who, last="names.last_name(locale, gender)")
    for locale, gender, last in zip(*actual.values(), strict=True):
        assert (unicodedata.name(last[0]).split()[0] == "CYRILLIC") == (locale == "ru")
        if locale == "pl" and last.endswith(("ska", "ski")):
            assert last.endswith("ska") == (gender == "female")


def test_unique_values_differ_and_do_not_depend_on_the_number_of_rows():
    actual = generate(600, x="names.ipv4(unique=True)")["x"]
    assert len(set(actual)) == 600
    assert generate(20, x="names.ipv4(unique=True)")["x"] == actual[:20]


def test_unique_addresses_of_equal_names_differ_by_a_number():
    actual = generate(500, x="names.email('Anna Nowak', unique=True)")["x"]
    assert len(set(actual)) == 500
    assert all(it.startswith("anna.nowak") for it in actual)


def test_too_few_values_for_unique_rows_are_an_error():
    possible = len(providers.NETWORKS) * 254
    actual = problems(spec_of({"t": Table(count=possible + 1, columns={"x": "names.ipv4(unique=True)"})}))
    problem = "names.ipv4(unique=True) has found no value that the rows before do not have"
    assert actual == [f"tables.t.columns.x: row {possible + 1}: {problem}. Hint: lower count, or remove unique"]


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ("names.citi('pl')", "names.citi is unknown. Hint: did you mean 'city'?"),
        ("names.city('pll')", "'pll' is not a known locale. Hint: did you mean 'pl'?"),
        ("names.city('de_AT')", "'de_AT' is not a known locale. Hint: did you mean 'de-at'?"),
        ("names.iban('fr')", "'fr' is not a known country. Hint: "),
        ("names.first_name('pl', 'f')", "'f' is not a known gender. Hint: "),
        ("names.city", "names.city is a provider. Hint: call it: names.city(...)"),
        ("names.city()", "names.city requires locale. Hint: write names.city('en')"),
        ("names.email()", "names.email requires name. Hint: write names.email(name)"),
        ("names.card_number(network=3)", "3 is not a string, as network must be. Hint: write it in quotes"),
        ("names.uuid(unique=1)", "1 is not True or False. Hint: write unique=True"),
        ("names.uuid(uniqe=True)", "names.uuid has no parameter 'uniqe'. Hint: did you mean 'unique'?"),
        ("'to ' + names.city('pl')", "names.city('pl') is only a part of a column. Hint: make it a column of its own"),
        ("names.email(names.city('pl'))", "names.city('pl') is only a part of a column. Hint: "),
    ],
)
def test_a_mistake_in_a_call_is_named(call: str, problem: str):
    actual = refusal(call)
    assert actual.startswith("tables.people.columns.x (line 1, column ")
    assert problem in actual


def test_a_wrong_parameter_of_one_row_is_named():
    actual = refusal("names.city(locale)", locale="'pl' if index < 2 else 'xx'")
    assert actual.startswith("tables.people.columns.x: row 3: 'xx' is not a known locale. Hint: ")


def test_the_error_elsewhere_says_where_realistic_values_are_allowed():
    spec = spec_of({"t": Table(rows=[{"x": 1}])}, "more", more=Stream({"x": "names.city('pl')"}))
    problem = "names.city('pl') is not allowed here. Hint: make it a column of a table with count, and draw from that"
    assert any(problem in it for it in problems(spec))


@pytest.mark.parametrize("call", ["names.city('pl')", "names.user_agent()", "names.city(f'p{index}')"])
def test_without_the_package_the_problem_says_what_to_install(call: str, monkeypatch: pytest.MonkeyPatch):
    for module in [it for it in sys.modules if it.partition(".")[0] == "mimesis"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "mimesis", None)
    for function in (providers._locales, providers._values, providers._file, providers._list):
        function.cache_clear()
    actual = refusal(call)
    assert actual.startswith("tables.people.columns.x: ")
    assert actual.endswith("Hint: pip install 'doge-datagen[names]'")


def test_identifiers_do_not_need_the_package(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "mimesis", None)
    columns = {name: call_of(name) for name, provider in PROVIDERS.items() if not provider.has_data}
    assert set(generate(2, **columns)) == {"email", "phone", "ipv4", "ipv6", "uuid", "iban", "card_number"}


def test_a_report_has_the_version_of_mimesis_if_its_data_affect_the_rows():
    for call, names in {"names.city('pl')": {"mimesis"}, "names.uuid()": set(), "'a'": set()}.items():
        program = compile_spec(spec_of({"people": Table(count=2, columns={"x": call})}))
        assert set(data_versions(program)) == {"table people"} | names
