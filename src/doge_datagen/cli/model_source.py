"""A model as a command is given it: the file is read once, as a pipe can be, for all who ask what it says."""

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
"""What stands for standard input and output where a file is named."""
STDIN = "<stdin>"
"""The name of what comes from there."""


@dataclass(frozen=True)
class ModelSource:
    """A model file and what ``--set`` says.

    Attributes:
        path: of the file.
        text: that it had when the command began.
        overrides: by path the value, as the text of YAML that it is.
    """

    path: Path
    text: str
    overrides: Mapping[str, str]

    @cached_property
    def document(self) -> Document | None:
        """The file with the values of ``--set``; None where it is not even YAML, of which the loader tells."""
        try:
            return correct_misspelt_keys(override(read(self.text, str(self.path)), self.overrides)[0])[0]
        except InvalidModelError:
            return None


def read_once(path: Path, settings: tuple[str, ...]) -> ModelSource:
    """What a command is given.

    Args:
        path: of the model file, or ``-`` for standard input.
        settings: as ``--set`` says them.

    Raises:
        click.BadParameter: one of the settings has no value.
        InvalidModelError: the file cannot be read.
    """
    values = overrides(settings)
    if str(path) == STANDARD:
        return ModelSource(Path(STDIN), decoded(whole(sys.stdin.buffer, STDIN), STDIN), values)
    return ModelSource(path, text_of(path), values)
