"""Compiled models are cached: a second start with the same model compiles nothing."""

import ast
import gc
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

import doge_datagen
from doge_datagen.engine.compiled import code_cache, counting_sort, moment_sort, text_kernels
from doge_datagen.engine.compiled.code_cache import name_of
from doge_datagen.engine.compiled.generated_module import _module, compiled, without_garbage_collection
from doge_datagen.engine.compiled.numba_functions import SHARED, native_names

PACKAGE = Path(doge_datagen.__file__).parent
TEXT = "@jit(nogil=True, cache=True, no_cpython_wrapper=False)\ndef double(x):\n    return 2 * x + row_0[0]\n"
ROWS = {"row_0": (7, 8)}
AGAIN = """
import sys
from doge_datagen.engine.compiled.generated_module import compiled
from tests.engine.compiled.test_generated_module import ROWS, TEXT
double = compiled(sys.argv[1] if len(sys.argv) > 1 else TEXT, ROWS).double
print(double(4), sum(double.stats.cache_hits.values()), sum(double.stats.cache_misses.values()))
"""
THROW = """
@jit(nogil=True, cache=True, no_cpython_wrapper=False)
def throw(fault, x):
    return randrange(fault, x, x, x, x, x, x, -x, int64(0), x) + 7
"""
DRAWN = """
import sys
import numpy as np
from doge_datagen.engine.compiled.generated_module import compiled
module = compiled(sys.argv[1], {})
stats = module.randrange.stats
print(module.throw(np.zeros(6, np.int64), 1), sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder for compiled models."""
    monkeypatch.setenv("DOGE_CACHE_DIR", str(tmp_path / "kept"))
    _module.cache_clear()
    return tmp_path / "kept"


def started(*arguments, program=AGAIN):
    return subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True)


def output_of(process):
    with process:
        return process.stdout.read().strip()


def digests_of_models(folder):
    """The digests of the cached sources, except the one that all models share."""
    return {path.name.split("-")[0] for path in folder.iterdir()} - {name_of(SHARED)}


@pytest.mark.slow
def test_shared_functions_are_compiled_once(folder):
    assert output_of(started(THROW, program=DRAWN)) == "6 0 1"
    assert output_of(started(THROW.replace("+ 7", "+ 8"), program=DRAWN)) == "7 1 0"


def test_models_in_one_process_share_functions(folder):
    one, other = compiled(THROW, {}), compiled(THROW.replace("+ 7", "+ 8"), {})
    assert (one.randrange, one.draw) == (other.randrange, other.draw)


@pytest.mark.slow
def test_a_second_start_compiles_nothing_even_after_two_concurrent_compilations(folder):
    assert {output_of(process)[:2] for process in [started(), started()]} == {"15"}
    assert output_of(started()) == "15 1 0"
    assert {path.suffix for path in folder.iterdir()} == {".code"}


def test_the_same_model_again_is_the_same_module(folder):
    """Loading it from its file takes as long as half a million records."""
    assert compiled(TEXT, ROWS) is compiled(TEXT, ROWS)


def test_another_text_is_another_module(folder):
    assert compiled(TEXT, ROWS).double(4) == 15
    assert compiled(TEXT.replace("2", "3"), ROWS).double(4) == 19
    assert len(digests_of_models(folder)) == 2


def test_other_rows_are_another_module(folder):
    assert compiled(TEXT, ROWS).double(4) == 15
    assert compiled(TEXT, {"row_0": (1,)}).double(4) == 9


def test_names_in_any_script_are_cached(folder):
    text = TEXT.replace("x", "größe")
    assert compiled(text, ROWS).double(4) == 15
    assert len(digests_of_models(folder)) == 1


def test_the_name_of_cached_code_depends_on_the_source_of_each_function_that_is_compiled(folder):
    """Otherwise a new version of the package would run the old version's code."""
    compiling = [vars(it) for it in (counting_sort, moment_sort, text_kernels)]
    functions = [it for names in (*compiling, native_names()) for it in names.values() if isinstance(it, Dispatcher)]
    sources = {Path(it.py_func.__code__.co_filename) for it in functions}
    assert len(functions) > 100
    assert {it for it in sources if it.exists()} <= set(code_cache.PARTS)


def test_it_depends_on_our_modules_that_those_sources_import(folder):
    """Constants of other modules end up in compiled code too."""
    names = {str(it.relative_to(PACKAGE).with_suffix("")).replace(os.sep, ".") for it in code_cache.PARTS}
    parts = [it for it in code_cache.PARTS if it.parent.name != "language"]  # it contains only lists of names
    imported = {name for it in parts for name in imports(it)}
    assert len(imported) > 20
    assert imported - names == {"engine.user_folders"}


def imports(path):
    """The modules of our package that a module imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == PACKAGE.name:
            module = node.module.removeprefix(f"{PACKAGE.name}.")
            for it in node.names:
                within = PACKAGE.joinpath(*module.split("."), f"{it.name}.py")
                yield f"{module}.{it.name}" if within.exists() else module


def test_it_does_not_depend_on_code_generators(folder):
    assert not {"kernel_source.py", "engine.py", "checkpoint.py"} & {it.name for it in code_cache.PARTS}


def test_a_change_to_our_sources_gives_another_module(tmp_path):
    source = tmp_path / "ours.py"
    source.write_text("LIMIT = 1")
    before = name_of(TEXT, (source,))
    changed = tmp_path / "changed.py"
    changed.write_text("LIMIT = 2")
    assert name_of(TEXT, (changed,)) != before != name_of(TEXT, ())


@pytest.fixture
def unwritable_cache(tmp_path, monkeypatch):
    """A folder for compiled models that cannot be created, and a temporary folder."""
    (tmp_path / "file").write_text("")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("DOGE_CACHE_DIR", str(tmp_path / "file" / "kept"))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    code_cache._first_of.cache_clear()
    _module.cache_clear()
    return tmp_path / "temporary"


def test_the_temporary_folder_is_used_if_the_cache_folder_is_read_only(unwritable_cache):
    assert compiled(TEXT, ROWS).double(4) == 15
    (own,) = unwritable_cache.iterdir()
    assert {path.suffix for path in own.iterdir()} == {".code"}
    assert own.stat().st_mode & 0o777 == 0o700


def test_a_temporary_folder_that_others_can_write_is_not_used(unwritable_cache):
    """Cached code is executed."""
    own = unwritable_cache / f"doge-datagen-{os.getuid()}"
    own.mkdir()
    own.chmod(0o777)
    assert compiled(TEXT, ROWS).double(4) == 15
    assert list(own.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "folder"),
    [
        ({"DOGE_CACHE_DIR": "/a"}, "/a"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/doge-datagen/compiled"),
        ({"HOME": "/c"}, "/c/.cache/doge-datagen/compiled"),
        ({"HOME": "/c", "XDG_CACHE_HOME": ""}, "/c/.cache/doge-datagen/compiled"),
    ],
)
def test_the_folder_is_the_cache_folder_of_the_user(given, folder, monkeypatch):
    for name in ("DOGE_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert code_cache._cache() == Path(folder)


@pytest.mark.parametrize("enabled", [True, False])
def test_compiling_restores_garbage_collection(enabled):
    switched = {True: gc.enable, False: gc.disable}
    before = gc.isenabled()
    try:
        switched[enabled]()
        with without_garbage_collection():
            assert not gc.isenabled()
        assert gc.isenabled() == enabled
    finally:
        switched[before]()
