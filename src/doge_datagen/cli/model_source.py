"""Read the model file of a command, or standard input, exactly once."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from doge_datagen.cli.options import overrides
from doge_datagen.modelfile.file_text import decoded, text_of, whole

STANDARD = "-"
"""The file name that means standard input or output."""
STDIN = "<stdin>"
"""The file name of a model from standard input in error messages."""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """The text of a model file, and the overrides of ``--set``.

    Attributes:
        path: path of the file.
        text: its content when the command began.
        overrides: YAML text by path in the model.
    """

    path: Path
    text: str
    overrides: Mapping[str, str]


def read_once(path: Path, settings: tuple[str, ...]) -> ModelSource:
    """Read a model file or standard input.

    A pipe can be read only once, so everything that looks at the file uses the result.

    Args:
        path: the model file, or ``-`` for standard input.
        settings: the values of ``--set``.

    Raises:
        click.BadParameter: a setting is not ``KEY=VALUE``.
        InvalidModelError: the file cannot be read.
    """
    values = overrides(settings)
    if str(path) == STANDARD:
        return ModelSource(Path(STDIN), decoded(whole(sys.stdin.buffer, STDIN), STDIN), values)
    return ModelSource(path, text_of(path), values)
