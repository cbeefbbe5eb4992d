"""Compiled code is cached if possible, but the cache is optional."""

import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from doge_datagen.engine.compiled import code_cache, generated_module
from doge_datagen.engine.compiled.code_cache import folder
from doge_datagen.engine.compiled.generated_module import compiled
from tests.engine.compiled.test_generated_module import ROWS, TEXT

NOBODY = """
import pwd, tempfile
def unknown(number):
    raise KeyError(f"getpwuid(): uid not found: {number}")
def nowhere():
    raise FileNotFoundError(2, "No usable temporary directory found")
pwd.getpwuid, tempfile.gettempdir = unknown, nowhere
"""
WHOLE = """
import logging, sys
logging.basicConfig(format="WARN %(message)s", stream=sys.stdout)
from doge_datagen import Clock, Model, Population, Stream, Transition
model = Model(
    name="small", subjects=Population("one", 3, {"n": 0}), states=["on"], initial="on",
    transitions=[Transition("step", "on", "on", 100, do="n += 1", emit="events")],
    streams={"events": Stream({"n": "n"})}, clock=Clock(0, 1000, 5),
)
LAST_LINE
"""
TABLE = 'print(model.table("events", seed=1, engine="compiled").num_rows)'
NAMED = 'print(model.run({"events": sys.argv[1]}, seed=1, run_id="named", engine="interpreted").events)'


@pytest.fixture
def cache_folder(tmp_path, monkeypatch):
    """A cache folder and a temporary folder for the test, with no warning logged yet."""
    monkeypatch.setenv("DOGE_CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(code_cache, "_warned", set())
    forget()
    yield tmp_path / "kept"
    forget()


def forget():
    """Clear this process's knowledge of modules and folders."""
    generated_module._module.cache_clear()
    code_cache._first_of.cache_clear()


def double(text=TEXT):
    forget()
    module = compiled(text, ROWS)
    return module.double(4), sum(module.double.stats.cache_hits.values())


def test_cached_code_is_found(cache_folder):
    assert double() == (15, 0)
    assert double() == (15, 1)


DAMAGE = {
    "empty": lambda content: b"",
    "truncated": lambda content: content[: len(content) // 2],
    "garbage": lambda content: b"garbage" * 100,
    "one bit": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_compiled_again_and_replaced_with_one_warning(cache_folder, caplog, damage):
    double()
    for path in cache_folder.iterdir():
        path.write_bytes(DAMAGE[damage](path.read_bytes()))
    assert double() == (15, 0)
    assert [it.levelno for it in caplog.records] == [logging.WARNING]
    assert "is damaged and is compiled again" in caplog.text
    assert double() == (15, 1)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), PermissionError(13, "no")])
def test_a_full_disk_costs_only_time_and_one_warning(cache_folder, caplog, monkeypatch, error):
    def fails(*_):
        raise error

    monkeypatch.setattr(Path, "write_bytes", fails)
    assert double() == (15, 0)
    assert double(TEXT.replace("2", "3")) == (19, 0)
    assert len(caplog.records) == 1
    assert "compiled models cannot be cached, so each run compiles again" in caplog.text
    assert list(cache_folder.iterdir()) == []


def test_a_deleted_folder_costs_only_time(cache_folder):
    module = compiled(TEXT, ROWS)
    assert folder() == cache_folder
    cache_folder.rmdir()
    assert module.double(4) == 15


def test_without_a_folder_everything_is_compiled_with_one_warning(cache_folder, caplog, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DOGE_CACHE_DIR", str(tmp_path / "file" / "kept"))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "file"))
    assert double() == (15, 0)
    assert double() == (15, 0)
    assert len(caplog.records) == 1
    assert "set DOGE_CACHE_DIR to a writable folder" in caplog.text


def test_without_a_home_there_is_no_traceback(cache_folder, caplog, monkeypatch):
    for name in ("DOGE_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert double() == (15, 0)
    assert folder().parent == Path(tempfile.gettempdir())


@pytest.mark.slow
@pytest.mark.parametrize("last_line", [TABLE, NAMED], ids=["compiled", "named"])
def test_models_run_without_a_home_a_passwd_entry_or_a_temporary_folder(tmp_path, last_line):
    """As in a container: installed by root, run by a numeric user, on a read-only file system."""
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", f"{NOBODY}{WHOLE.replace('LAST_LINE', last_line)}", str(tmp_path / "events.jsonl")],
        env=environment, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.stdout.split()[-1:] == ["15"], done.stdout + done.stderr
    assert done.stdout.count("WARN") == 1
    assert "the user has no home directory" in done.stdout
    assert not done.stderr
