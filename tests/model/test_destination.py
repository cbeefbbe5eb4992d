from pathlib import Path

import pytest

from doge_datagen.errors import ModelError
from doge_datagen.model import Place


@pytest.mark.parametrize("path", ["out/trx.csv", "console"])
def test_what_is_a_path_by_its_type_is_a_file_whatever_it_is_called(path):
    assert Place.of(Path(path)) == Place("file", path)
    assert Place.of({"file": Path(path)}) == Place("file", path)


@pytest.mark.parametrize("given", ["", {}, None, 7])
def test_what_is_no_place_is_told_with_what_to_give(given):
    with pytest.raises(ModelError, match="is no place; give a path, a URL or a mapping such as"):
        Place.of(given)
