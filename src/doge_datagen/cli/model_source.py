"""Read the model file of a command, or standard input, exactly once."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from doge_datagen.cli.options import overrides
from doge_datagen.errors import InvalidModelError
from doge_datagen.modelfile.document import read
from doge_datagen.modelfile.load import decoded, text_of, whole
from doge_datagen.modelfile.misspelt_keys import correct_misspelt_keys
from doge_datagen.modelfile.override import override

if TYPE_CHECKING:
    from doge_datagen.modelfile.document import Document

STANDARD = "-"
"""The file name that means standard input or output."""
STDIN = "<stdin>"
"""The file name of a model from standard input in error messages."""


@dataclass(frozen=True)
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

    @cached_property
    def document(self) -> Document | None:
        """The parsed file with the overrides applied; None if it is not valid YAML, which the loader reports."""
        try:
            return correct_misspelt_keys(override(read(self.text, str(self.path)), self.overrides)[0])[0]
        except InvalidModelError:
            return None


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
