"""The JSON Schema accepts what the loader accepts, as far as a schema can."""

import runpy

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from doge_datagen.modelfile.json_schema import schema
from tests.docs.pages import ROOT
from tests.examples.programs import EXAMPLES

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)
MODELS = sorted(EXAMPLES.glob("*/*.yaml"))


def example(name="bank"):
    class Loader(yaml.SafeLoader):
        """A YAML loader like an editor's: a timestamp is a string."""

    Loader.add_constructor("tag:yaml.org,2002:timestamp", Loader.construct_yaml_str)
    return yaml.load((EXAMPLES / name / f"{name}.yaml").read_text(), Loader)


def test_the_schema_in_the_docs_is_current():
    generator = runpy.run_path(str(ROOT / "docs" / "generate_model_schema.py"))
    assert generator["PAGE"].read_text() == generator["page"](), "run: python docs/generate_model_schema.py"


def test_the_schema_is_valid():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", [path.stem for path in MODELS])
def test_the_examples_are_valid(name):
    VALIDATOR.validate(example(name))


BROKEN = {
    "unknown key": lambda model: model | {"subject": {}},
    "missing states": lambda model: {key: value for key, value in model.items() if key != "states"},
    "another version": lambda model: model | {"doge": 2},
    "no subjects": lambda model: model | {"subjects": {"name": "user", "count": 0}},
    "a tick without unit": lambda model: model | {"clock": {"tick": 60}},
    "a state that is a number": lambda model: model | {"states": [1, 2]},
    "a weight of 0": lambda model: model | {"initial": {"offline": 0}},
    "a list as an attribute": lambda model: model | {"subjects": {"name": "u", "count": 1, "attributes": {"x": [1]}}},
    "a stream without fields": lambda model: model | {"streams": {"trx": {"key": "index"}}},
    "a place that is a number": lambda model: model | {"targets": {"local": {"trx": 5}}},
    "a probability above 100": lambda model: model | {"transitions": [model["transitions"][0] | {"probability": 101}]},
    "a misspelt key in a transition": lambda model: model | {"transitions": [model["transitions"][0] | {"emits": "x"}]},
}


@pytest.mark.parametrize("kwargs", BROKEN)
def test_an_invalid_model_is_not_valid_against_the_schema(kwargs):
    with pytest.raises(ValidationError):
        VALIDATOR.validate(BROKEN[kwargs](example()))


def described(part, path=""):
    """The paths of all properties without a description."""
    for name, below in part.get("properties", {}).items():
        if "description" not in below and "$ref" not in below:
            yield f"{path}/{name}"
    for name, below in part.get("$defs", {}).items():
        yield from described(below, f"{path}/{name}")


def test_every_key_is_explained():
    assert list(described(SCHEMA)) == []


def test_the_default_start_is_documented():
    assert "2020-01-01T00:00:00Z" in SCHEMA["$defs"]["ClockShape"]["properties"]["start"]["description"]
