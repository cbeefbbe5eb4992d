"""Columns of generated tables that are a call of a provider, such as ``names.city('pl')``."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from doge_datagen.draws import philox
from doge_datagen.errors import did_you_mean
from doge_datagen.language.calls import PROVIDERS_OF
from doge_datagen.language.constants import parsed
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.expressions import DRAWS_AT_MOST, ExpressionTranslator
from doge_datagen.language.literals import flag
from doge_datagen.language.operators import source
from doge_datagen.language.parameters import arguments
from doge_datagen.language.scope import Scope
from doge_datagen.language.text_expressions import TextTranslator
from doge_datagen.language.texts import Literal, Text
from doge_datagen.language.types import Typed
from doge_datagen.model.reference_data import Table
from doge_datagen.numeric.functions import ATTEMPTS
from doge_datagen.program.tables.providers import PROVIDERS, Draw, Provider, ProviderError

UNIQUE = "unique"
NUMBER = DRAWS_AT_MOST
"""Of a provider's draw; those of expressions in its parameters have smaller ones."""


@dataclass(frozen=True, slots=True)
class Provided:
    """A translated call of a provider.

    Attributes:
        call: the call as it is written.
        provider: what composes the values.
        arguments: by parameter, the string that it gets.
        unique: whether all rows have different values.
        purpose: the number that makes its draws independent of those of all other columns.
    """

    call: str
    provider: Provider
    arguments: Mapping[str, Text]
    unique: bool
    purpose: int

    def value(self, given: Mapping[str, str], key: tuple[int, int], row: int, before: set[str]) -> str:
        """The value of a row.

        Args:
            given: the parameters in this row.
            key: the seed of the table.
            row: the number of the row.
            before: the values of the rows before it; this one is added to them.

        Raises:
            ProviderError: a parameter is wrong, or there are too few different values.
            MissingDriverError: the package ``mimesis`` is missing.
        """
        for parameter, text in given.items():
            self.provider.check(parameter, text)
        for attempt in range(ATTEMPTS if self.unique else 1):
            # A counter of its own for each attempt: how often other rows had to repeat does not matter.
            draw = Draw(philox(key, (row, attempt, self.purpose, NUMBER)), attempt)
            found = self.provider.compose(draw, **given)
            if not self.unique:
                return found
            if found not in before:
                before.add(found)
                return found
        problem = f"{self.call} has found no value that the rows before do not have"
        raise ProviderError(f"{problem}. Hint: lower count, or remove {UNIQUE}")


def is_provider(node: ast.AST) -> TypeGuard[ast.Call]:
    """Whether an expression is a call of a provider."""
    return isinstance(node, ast.Call) and _names_provider(node.func)


def _names_provider(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == PROVIDERS_OF


def provided(scope: Scope, node: ast.expr) -> tuple[Provided, tuple[Typed, ...]] | None:
    """Translate a column that is a call of a provider, with the values that its parameters show; None if it is not.

    Raises:
        ExpressionError: the call is wrong, or is only a part of the column.
        MissingDriverError: the package ``mimesis`` is missing.
    """
    # A provider is not a function of the language, which the compiled engine would have to know.
    for part in ast.walk(node):
        if part is not node and is_provider(part):
            problem = f"{source(part)} is only a part of a column"
            hint = "make it a column of its own before this one, and use that"
            raise ExpressionError(part, f"{problem}. Hint: {hint}")
    if _names_provider(node):
        raise ExpressionError(node, f"{source(node)} is a provider. Hint: call it: {source(node)}(...)")
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not is_provider(node):
        return None
    if node.func.attr not in PROVIDERS:
        raise ExpressionError(node, f"{source(node.func)} is unknown. Hint: {did_you_mean(node.func.attr, PROVIDERS)}")
    return _translated(scope, node, source(node.func), PROVIDERS[node.func.attr])


def _translated(scope: Scope, node: ast.Call, name: str, provider: Provider) -> tuple[Provided, tuple[Typed, ...]]:
    given = arguments(node, name, [*provider.needed, *provider.optional, UNIQUE])
    missing = [it for it in provider.needed if it not in given]
    if missing:
        raise ExpressionError(node, f"{name} requires {missing[0]}. Hint: write {_example(name, provider)}")
    unique = flag(UNIQUE, given.pop(UNIQUE, None))
    showing = TextTranslator(ExpressionTranslator(scope))
    # Checked now if it is a literal, or in each row if it is calculated.
    texts = {parameter: _argument(showing, provider, parameter, part) for parameter, part in given.items()}
    return Provided(source(node), provider, texts, unique, scope.purpose), tuple(showing.columns)


def needs_mimesis(table: Table) -> bool:
    """Whether the rows of a valid table depend on the data of Mimesis."""
    calls = [parsed(given, {}) for given in table.columns.values()] if table.count else []
    return any(is_provider(it) and PROVIDERS[it.func.attr].has_data for it in calls)  # type: ignore[attr-defined]  # a call


def _example(called: str, provider: Provider) -> str:
    ((parameter, known),) = provider.needed.items()
    examples = [] if known is None else [it for it in ("en", "de", "visa") if it in known()]
    return f"{called}({repr(examples[0]) if examples else parameter})"


def _argument(showing: TextTranslator, provider: Provider, parameter: str, node: ast.expr) -> Text:
    text = showing.text(node)
    if text is None:
        raise ExpressionError(node, f"{source(node)} is not a string, as {parameter} must be. Hint: write it in quotes")
    if isinstance(text, Literal):
        try:
            provider.check(parameter, text.text)
        except ProviderError as wrong:
            raise ExpressionError(node, str(wrong)) from None
    return text
