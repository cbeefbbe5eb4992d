"""Packages installed for one test: a folder with modules and the metadata that pip would write."""

import tomllib
from pathlib import Path

import pytest

ARROW_FOLDER = Path(__file__).parent / "arrow_folder"


@pytest.fixture
def install(tmp_path, monkeypatch):
    """A function that installs a package, given its name, entry points, and the text of its modules."""

    def install(name, points, modules):
        site = tmp_path / f"site-{name}"
        metadata = site / f"{name.replace('-', '_')}-0.1.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n")
        lines = [f"{key} = {value}" for key, value in points.items()]
        (metadata / "entry_points.txt").write_text("\n".join(["[doge_datagen.sinks]", *lines, ""]))
        for module, text in modules.items():
            (site / f"{module}.py").write_text(text)
        monkeypatch.syspath_prepend(site)

    return install


@pytest.fixture
def arrow_folder(install):
    """The example of a third-party package, installed according to its pyproject.toml."""
    project = tomllib.loads((ARROW_FOLDER / "pyproject.toml").read_text())["project"]
    modules = {path.stem: path.read_text() for path in ARROW_FOLDER.glob("doge_*.py")}
    install(project["name"], project["entry-points"]["doge_datagen.sinks"], modules)
