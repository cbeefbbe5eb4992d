"""Realistic values for columns of generated tables: names, addresses, identifiers; each from the bits of one draw.

Names, streets, companies and user agents are from the data of the package Mimesis. What could belong to somebody is
from ranges that are reserved for documentation and tests, or has a bank code that does not exist.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from ipaddress import IPv6Address
from itertools import cycle
from typing import Any, TypeVar
from uuid import UUID

from doge_datagen.errors import MissingDriverError, did_you_mean

Value = TypeVar("Value")
Words = tuple[int, int, int, int]
GENDERS = ("female", "male")
DOMAINS = ("example.com", "example.net", "example.org")
"""Reserved by RFC 2606."""
NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
"""Reserved by RFC 5737; the one of IPv6 by RFC 3849."""
NETWORK_OF_IPV6 = 0x20010DB8
PHONES = {
    "de": ("+49 30 23125###", "+49 40 66969###", "+49 69 90009###", "+49 89 99998###"),
    "fr": ("+33 1 99 00 ## ##", "+33 4 65 71 ## ##", "+33 6 39 98 ## ##"),
    "gb": ("+44 20 7946 0###", "+44 7700 900###"),
    "us": ("+1-202-555-01##", "+1-312-555-01##", "+1-415-555-01##", "+1-617-555-01##"),
}
"""By country, numbers that its regulator has set aside for films and examples."""
ACCOUNTS = {
    "at": "00000" + "#" * 11,
    "ch": "00000" + "#" * 12,
    "de": "00000000" + "#" * 10,
    "gb": "TEST000000" + "#" * 8,
    "ie": "TEST000000" + "#" * 8,
    "lt": "00000" + "#" * 11,
    "nl": "TEST" + "#" * 10,
    "pl": "00000000" + "#" * 16,
}
"""By country, an IBAN behind its check digits: a code that no bank has, and an account."""
CARDS = {
    "amex": "378282" + "#" * 8,
    "discover": "601111" + "#" * 9,
    "mastercard": "555555" + "#" * 9,
    "visa": "424242" + "#" * 9,
}
"""By network, a card number without its check digit; it begins as the test numbers of payment services do."""
SURNAME_FIRST = {"hu": "{1} {0}", "ja": "{1} {0}", "ko": "{1}{0}", "zh": "{1}{0}"}
LETTERS = str.maketrans(
    {
        "ł": "l",
        "ß": "ss",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
)
"""Letters that Unicode does not decompose; of all others the accents are dropped."""
LONGEST_LOCAL_PART = 50


class ProviderError(ValueError):
    """A value that cannot be provided."""


@dataclass(frozen=True, slots=True)
class Draw:
    """The 128 random bits of a value, and how many values before it were equal to one of another row."""

    words: Words
    attempt: int = 0

    def one(self, index: int, values: Sequence[Value]) -> Value:
        """One of several values, by the word at an index."""
        # The upper bits of the product, and not a remainder: no division, and a bias of less than one in 2**32 /
        # len(values).
        return values[self.words[index] * len(values) >> 32]

    @property
    def bits(self) -> int:
        """All bits as one number."""
        return sum(word << 32 * index for index, word in enumerate(self.words))

    def filled(self, mask: str) -> str:
        """A mask with a digit in place of each #."""
        count = mask.count("#")
        # From all 128 bits: of 32, a remainder by 10**9 would favour small numbers visibly.
        digits = iter(f"{self.bits % 10**count:0{count}}")
        return "".join(next(digits) if it == "#" else it for it in mask)


@dataclass(frozen=True, slots=True)
class Provider:
    """What composes the values of a column.

    Attributes:
        compose: gives the value of a draw and of the parameters.
        needed: by name, what gives the values that a parameter may have; None if it may be any string.
        optional: the same for parameters that may be left out.
        has_data: whether it uses the data of Mimesis.
    """

    compose: Callable[..., str]
    needed: Mapping[str, Callable[[], Collection[str]] | None] = field(default_factory=dict)
    optional: Mapping[str, Callable[[], Collection[str]] | None] = field(default_factory=dict)
    has_data: bool = False

    def check(self, parameter: str, value: str) -> None:
        """Check the value of a parameter.

        Raises:
            ProviderError: it is none of those that it may have.
            MissingDriverError: the package ``mimesis`` is missing.
        """
        known = {**self.needed, **self.optional}[parameter]
        if known is not None and value not in known():
            hint = did_you_mean(value.lower().replace("_", "-"), sorted(known()))
            raise ProviderError(f"{value!r} is not a known {parameter}. Hint: {hint}")


def locales() -> Collection[str]:
    """The locales of which there are names.

    Raises:
        MissingDriverError: the package ``mimesis`` is missing.
    """
    return _locales()


@cache
def _locales() -> frozenset[str]:
    return frozenset(it.name for it in _data().iterdir() if it.joinpath("person.json").is_file())


def _data() -> Traversable:
    try:
        return files("mimesis").joinpath("datasets")
    except ImportError:
        raise MissingDriverError("names.* of a table", "names") from None


@cache
def _file(locale: str, name: str) -> Any:  # Any: what is in JSON
    path = _data().joinpath(locale, f"{name}.json")
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


@cache
def _values(locale: str, file: str, *keys: str) -> tuple[str, ...]:
    """What a file of a locale has under some keys; if the locale of a country lacks it, that of its language has it."""
    for one in (locale, locale.partition("-")[0]):
        found = _file(one, file)
        for key in keys:
            found = found.get(key, {}) if isinstance(found, dict) else found
        if found:
            return tuple(it.strip() for it in ([found] if isinstance(found, str) else found))
    raise ProviderError(f"{locale!r} has no {' '.join(keys)}. Hint: use another locale")


@cache
def _list(module: str, name: str) -> tuple[str, ...]:
    try:
        found = getattr(__import__(f"mimesis.datasets.int.{module}", fromlist=[name]), name)
    except ImportError:
        raise MissingDriverError("names.* of a table", "names") from None
    return tuple(found)


def _first_name(draw: Draw, locale: str, gender: str = "") -> str:
    return draw.one(1, _values(locale, "person", "names", gender or draw.one(0, GENDERS)))


def _last_name(draw: Draw, locale: str, gender: str = "") -> str:
    return draw.one(2, _values(locale, "person", "surnames", gender or draw.one(0, GENDERS)))


def _full_name(draw: Draw, locale: str, gender: str = "") -> str:
    form = SURNAME_FIRST.get(locale, "{0} {1}")
    return form.format(_first_name(draw, locale, gender), _last_name(draw, locale, gender))


def _email(draw: Draw, name: str) -> str:
    # Decomposed first, so that accents are characters of their own, which ASCII then drops.
    plain = unicodedata.normalize("NFKD", name.lower().translate(LETTERS)).encode("ascii", "ignore").decode()
    local = ".".join(re.findall("[a-z0-9]+", plain.replace("'", "")))[:LONGEST_LOCAL_PART].strip(".")
    further = draw.attempt + (not local)
    number = str(draw.one(1, range(1, 1 + 100 * further))) if further else ""
    return f"{local or 'user'}{number}@{draw.one(0, DOMAINS)}"


def _city(draw: Draw, locale: str) -> str:
    return draw.one(0, _values(locale, "address", "city"))


def _street(draw: Draw, locale: str) -> str:
    name = draw.one(0, _values(locale, "address", "street", "name"))
    suffix = draw.one(1, _values(locale, "address", "street", "suffix"))
    number, *blocks = (draw.one(it, range(1, 100)) for it in (2, 1, 3))
    (form,) = _values(locale, "address", "address_fmt")
    return form.format(_city(draw, locale), number, *blocks, st_num=number, st_name=name, st_sfx=suffix)


def _company(draw: Draw, locale: str) -> str:
    return draw.one(0, _values(locale, "finance", "company", "name"))


def _user_agent(draw: Draw) -> str:
    return draw.one(0, _list("internet", "USER_AGENTS"))


def _url(draw: Draw) -> str:
    words = _list("person", "USERNAMES")
    return f"https://{draw.one(0, words)}.{draw.one(1, DOMAINS)}/{draw.one(2, words)}".replace("_", "-")


def _ipv4(draw: Draw) -> str:
    return f"{draw.one(0, NETWORKS)}.{draw.one(1, range(1, 255))}"


def _ipv6(draw: Draw) -> str:
    return str(IPv6Address(NETWORK_OF_IPV6 << 96 | draw.bits & (1 << 96) - 1))


def _uuid(draw: Draw) -> str:
    return str(UUID(int=draw.bits, version=4))


def _phone(draw: Draw, country: str) -> str:
    return draw.filled(draw.one(3, PHONES[country]))


def _iban(draw: Draw, country: str) -> str:
    account = draw.filled(ACCOUNTS[country])
    number = int("".join(str(int(it, 36)) for it in f"{account}{country}00"))
    # ISO 7064, MOD 97-10: the country's letters count as 10 to 35 and stand behind the account, with 00 for the check
    # digits.
    return f"{country.upper()}{98 - number % 97:02}{account}"


def _card_number(draw: Draw, network: str) -> str:
    digits = draw.filled(CARDS[network])
    doubled = zip(map(int, reversed(digits)), cycle((2, 1)), strict=False)  # Luhn's formula
    return f"{digits}{-sum(sum(divmod(it * factor, 10)) for it, factor in doubled) % 10}"


LOCALE, GENDER = {"locale": locales}, {"gender": lambda: GENDERS}
PROVIDERS = {
    "first_name": Provider(_first_name, LOCALE, GENDER, has_data=True),
    "last_name": Provider(_last_name, LOCALE, GENDER, has_data=True),
    "full_name": Provider(_full_name, LOCALE, GENDER, has_data=True),
    "email": Provider(_email, {"name": None}),
    "phone": Provider(_phone, {"country": lambda: PHONES}),
    "city": Provider(_city, LOCALE, has_data=True),
    "street": Provider(_street, LOCALE, has_data=True),
    "company": Provider(_company, LOCALE, has_data=True),
    "user_agent": Provider(_user_agent, has_data=True),
    "url": Provider(_url, has_data=True),
    "ipv4": Provider(_ipv4),
    "ipv6": Provider(_ipv6),
    "uuid": Provider(_uuid),
    "iban": Provider(_iban, {"country": lambda: ACCOUNTS}),
    "card_number": Provider(_card_number, {"network": lambda: CARDS}),
}
"""All providers by name; another one is a function above and a line here."""
