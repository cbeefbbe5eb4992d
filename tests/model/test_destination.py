from pathlib import Path

import pytest

from doge_datagen.errors import ModelError
from doge_datagen.model import Destination


@pytest.mark.parametrize("path", ["out/trx.csv", "console"])
def test_a_path_object_is_a_file_whatever_its_name(path):
    assert Destination.of(Path(path)) == Destination("file", path)
    assert Destination.of({"file": Path(path)}) == Destination("file", path)


@pytest.mark.parametrize("given", ["", {}, None, 7])
def test_an_invalid_destination_is_reported_with_valid_ones(given):
    with pytest.raises(ModelError, match=r"is not a destination. Hint: give a path, a URL or a mapping such as"):
        Destination.of(given)
