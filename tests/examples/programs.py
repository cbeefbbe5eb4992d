"""Runs programs of the examples as a reader would: in their own folder and Python process."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import doge_datagen

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SOURCE = Path(doge_datagen.__file__).parents[1]
SECONDS = 60


def copied(example: str, to: Path) -> Path:
    """A copy of an example's folder, without files of earlier runs."""
    leftovers = shutil.ignore_patterns("out", "__pycache__", ".pytest_cache")
    return Path(shutil.copytree(EXAMPLES / example, to / example, ignore=leftovers))


def run(folder: Path, *arguments: str, **environment: str) -> str:
    """Run Python in the folder, with warnings as errors; returns its output. It must succeed without error output."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env=_environment(environment),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), f"{done.stdout}\n{done.stderr}"
    return done.stdout


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1", **more}
