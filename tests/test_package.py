"""Importing the package: its side effects and its names."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import doge_datagen
from doge_datagen import _MODULES

ROOT = Path(__file__).parents[1]
NOT_AT_IMPORT = (
    *("click", "confluent_kafka", "duckdb", "fastavro", "graphviz", "numba", "numpy", "polars", "psycopg"),
    *("pyarrow", "pydantic", "rich", "sqlalchemy", "yaml"),
)

DRIVERS = ("confluent_kafka", "duckdb", "fastavro", "graphviz", "numba", "polars", "prometheus_client", "psycopg")
DRIVER_MODULES = re.compile(r"/(postgres/|duckdb/(table|trans)|metric_families)|/engine/compiled/")
"""The modules that need a driver, which others import only when they use it."""


def test_the_docstring_of_a_package_lists_all_its_modules():
    """So that readers need not open each module."""
    for file in (ROOT / "src" / "doge_datagen").glob("*/**/__init__.py"):
        docstring = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
        modules = {path.stem for path in file.parent.glob("*.py") if not path.stem.startswith("__")}
        packages = {path.parent.name for path in file.parent.glob("*/__init__.py")}
        missing = {name for name in modules | packages if not re.search(rf"\b{name}\b", docstring)}
        assert not missing, f"{file.parent.name}: {missing}"


def in_a_fresh_python(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_pulls_in_no_driver_and_nothing_heavy():
    program = f"import doge_datagen, sys; print([name for name in {NOT_AT_IMPORT!r} if name in sys.modules])"
    assert in_a_fresh_python(program) == "[]"


IMPORTED = {
    "generator": {"numpy"},
    "model_api": {"numpy", "pyarrow", "pydantic", "rich", "yaml"},
    "sinks.events.create_tables": {"sqlalchemy"},
    "sinks.events.database": {"sqlalchemy"},
    "sinks.events.kafka_factories": {"numpy", "pyarrow"},
    "sinks.events.kafka_sink": {"numpy", "pyarrow"},
}
"""The packages that a public name's module imports; the other modules import none."""


def test_a_public_name_imports_only_the_packages_that_it_needs():
    program = f"""
import importlib, os, sys
from doge_datagen import _MODULES
for module in _MODULES:
    if os.fork() == 0:
        importlib.import_module(module)
        print(module, *[name for name in {NOT_AT_IMPORT!r} if name in sys.modules], flush=True)
        os._exit(0)
    os.wait()
"""
    actual = {module: set(names) for module, *names in map(str.split, in_a_fresh_python(program).splitlines())}
    assert actual == {module: IMPORTED.get(module.removeprefix("doge_datagen."), set()) for module in _MODULES}


@pytest.mark.slow
def test_a_module_that_is_not_named_after_a_driver_imports_none():
    """So that a missing extra affects only its users."""
    modules = [
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        for path in (ROOT / "src" / "doge_datagen").rglob("*.py")
        if path.stem not in ("__init__", "__main__") and not DRIVER_MODULES.search(path.as_posix())
    ]
    program = f"""
import importlib, sys
for name in {modules!r}:
    importlib.import_module(name)
print([name for name in {DRIVERS!r} if name in sys.modules])
"""
    assert in_a_fresh_python(program) == "[]"


def test_importing_does_not_change_logging():
    program = "import doge_datagen, logging; print(logging.root.handlers, logging.root.level)"
    assert in_a_fresh_python(program) == "[] 30"


def test_every_public_name_exists_and_is_listed_once():
    assert len(doge_datagen.__all__) == len(set(doge_datagen.__all__))
    for name in doge_datagen.__all__:
        assert getattr(doge_datagen, name) is not None


def test_the_names_of_1_0_4_exist():
    seed = (
        "Subject SubjectFactory Transition DataOnlineGenerator DataOnlineGeneratorGrapher EventSink PrintingSink"
        " DbSinkFactory DbSink KafkaSinkFactory KafkaSink KafkaAvroSinkFactory"
    )
    assert set(seed.split()) <= set(doge_datagen.__all__)


def test_the_source_distribution_has_every_page_the_license_and_the_files_that_checks_read():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    tool = project["tool"]
    expected = {page.name for page in ROOT.glob("*.md")} | {*project["project"]["license-files"]}
    expected |= {*tool["mypy"]["files"], *tool["pytest"]["ini_options"]["testpaths"]}
    included = tool["hatch"]["build"]["targets"]["sdist"]["include"]
    assert expected <= set(included)
    assert [name for name in included if not (ROOT / name).exists()] == []
