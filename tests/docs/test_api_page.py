"""Everything public is documented, in the reference and in docstrings."""

import inspect
import re
from dataclasses import fields

import pytest

import doge_datagen
from doge_datagen import errors
from doge_datagen.run.run_config import RunConfig
from doge_datagen.sinks.server_wait import FOREVER
from tests.docs.pages import ROOT

API = (ROOT / "docs" / "reference" / "api.md").read_text()
ERRORS = (ROOT / "docs" / "reference" / "errors.md").read_text()
WRITTEN = {
    "<factory>": "{}",
    "<class 'str'>": "str",
    str(doge_datagen.ENDLESS): "ENDLESS",
    repr(FOREVER): "FOREVER",
}
"""Replacements from printed signatures to the notation of the page."""
NAMES = sorted(doge_datagen.__all__)
DOCUMENTED_BY_THE_LANGUAGE = {"Subject"}  # a type variable has the docstring of its class


def public_errors():
    return [name for name, it in vars(errors).items() if inspect.isclass(it) and issubclass(it, errors.DogeError)]


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_has_every_public_name(name):
    assert f"`{name}" in API


@pytest.mark.parametrize("name", public_errors())
def test_the_reference_of_errors_has_every_error(name):
    assert f"`{name}`" in ERRORS
    assert name in doge_datagen.__all__


@pytest.mark.parametrize("name", sorted(set(NAMES) - DOCUMENTED_BY_THE_LANGUAGE))
def test_every_public_name_has_a_docstring(name):
    assert inspect.getdoc(getattr(doge_datagen, name))


@pytest.mark.parametrize("name", sorted(set(NAMES) - DOCUMENTED_BY_THE_LANGUAGE))
def test_every_public_method_has_a_docstring(name):
    members = vars(getattr(doge_datagen, name)) if inspect.isclass(getattr(doge_datagen, name)) else {}
    public = {
        key: it for key, it in members.items() if not key.startswith("_") and (callable(it) or isinstance(it, property))
    }
    assert [key for key, it in public.items() if not inspect.getdoc(it)] == []


def signatures():
    """The signatures in headings of the reference, such as ``### `create_topics(names, conf=None)```."""
    return re.findall(r"^#{3,4} `([A-Za-z_.]+)\((.*)\)`$", API, re.MULTILINE)


def test_the_reference_has_signatures():
    assert len(signatures()) >= 12


@pytest.mark.parametrize(("path", "shown"), signatures(), ids=lambda it: it if "=" not in it else "")
def test_a_signature_in_the_reference_is_the_real_one(path, shown):
    actual = doge_datagen
    for name in path.split("."):
        actual = getattr(actual, name)
    parameters = [it for it in inspect.signature(actual).parameters.values() if it.name != "self"]
    plain = inspect.Signature([it.replace(annotation=inspect.Parameter.empty) for it in parameters])
    assert as_written(str(plain)) == f"({shown})"


def as_written(signature):
    for printed, written in WRITTEN.items():
        signature = signature.replace(printed, written)
    return signature


def test_the_reference_has_the_parameters_of_a_model():
    assert (
        f"\nModel({', '.join(formatted(it) for it in inspect.signature(doge_datagen.Model).parameters.values())})\n"
        in API
    )


def formatted(parameter):
    return parameter.name if parameter.default is inspect.Parameter.empty else f"{parameter.name}={parameter.default!r}"


METHODS = [name for name in vars(doge_datagen.Model) if name[0] != "_" and callable(getattr(doge_datagen.Model, name))]


@pytest.mark.parametrize("name", METHODS)
def test_the_reference_has_every_method_of_a_model(name):
    assert f"#### `Model.{name}(" in API


def test_the_reference_has_every_parameter_of_a_run():
    for field in fields(RunConfig):
        assert field.name == "seed" or f"| `{field.name}` | " in API
