"""The page about sinks agrees with the sink types."""

import runpy

import pytest

from doge_datagen.sinks.files.formats import FORMATS
from doge_datagen.sinks.registry import BUILT_IN, find_kind
from tests.docs.pages import ROOT

GENERATOR = runpy.run_path(str(ROOT / "docs" / "generate_sinks.py"))
TEXT = GENERATOR["PAGE"].read_text()


def section(name):
    return TEXT.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def test_the_tables_agree_with_the_sink_types():
    assert GENERATOR["page"](TEXT) == TEXT, "run: python docs/generate_sinks.py"


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_kind_has_a_section_with_its_options(name):
    assert f"`{name}:` {find_kind(name).meaning}" in section(name)
    for option in find_kind(name).options:
        assert f"| `{option}` |" in section(name)


@pytest.mark.parametrize("file_format", FORMATS.values(), ids=list(FORMATS))
def test_every_format_of_files_has_a_row_with_its_endings_and_compressions(file_format):
    rows = [line.split("|") for line in section("file").splitlines() if line.startswith("| `.")]
    ((_, endings, _, compressions, _, _),) = (row for row in rows if row[2].strip() == f"`{file_format.name}`")
    assert compressions.strip() == ", ".join(f"`{name}`" for name in file_format.compressions)
    outside = [ending for ending in file_format.compressions.values() if ending]
    assert [word.strip("`,") for word in endings.split() if word.startswith("`")] == [*file_format.endings, *outside]
