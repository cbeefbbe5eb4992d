"""The model files of the examples."""

import pytest

from doge_datagen.modelfile.dump import dump
from doge_datagen.modelfile.load import load, loads
from doge_datagen.sinks.registry import kind_of
from tests.examples.programs import EXAMPLES

MODELS = sorted(EXAMPLES.glob("*/*.yaml"))


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_an_example_is_a_valid_model_and_survives_a_dump(path):
    model = load(path).spec
    assert model.name == path.stem
    assert loads(dump(model)).spec == model


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_an_example_has_targets_with_files_and_servers(path):
    targets = load(path).spec.targets
    assert list(targets) == ["local", "real"]
    assert {kind_of(it).name for it in targets["local"].values()} <= {"file", "database"}


def test_every_model_is_listed():
    page = (EXAMPLES / "README.md").read_text()
    assert [path.name for path in MODELS if f"({path.parent.name}/{path.name})" not in page] == []
