import json

from doge_datagen.modelfile.json_schema import schema
from tests.cli.doge import doge


def test_the_command_prints_the_schema_of_model_files():
    assert json.loads(doge("schema").stdout) == schema()
