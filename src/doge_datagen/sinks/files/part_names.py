"""The names of a run's parts: each has its range of ticks, and together they say how far the run is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from doge_datagen.errors import SinkError
from doge_datagen.sinks.files.format_writer import FileFormat
from doge_datagen.sinks.files.part_file import UNFINISHED

NAME = re.compile(r"part-(?P<start>\d{15,})-(?P<end>\d{15,})(?P<ending>\..+)")
LEFT = re.compile(rf"_(doge\.json|{NAME.pattern}){re.escape(UNFINISHED)}")
HIDDEN = ("_", ".")
"""Files with these prefixes are ignored: Spark, Arrow's datasets and Hive do not treat them as data."""


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """The records of the ticks from ``start`` up to, but not including, ``end``.

    >>> Part(0, 86400).name('.parquet')
    'part-000000000000000-000000000086400.parquet'
    """

    start: int
    end: int

    def name(self, ending: str) -> str:
        """Name of its file; sorted by name, parts are in order of time."""
        return f"part-{self.start:015}-{self.end:015}{ending}"


def ending_of(path: str, file_format: FileFormat, compression: str) -> str:
    """Extension of the parts' names: that of the path, or else one that tells readers the format and compression.

    >>> from doge_datagen.sinks.files.formats import FORMATS
    >>> ending_of('out/trx.ndjson.gz', FORMATS['jsonl'], 'gzip'), ending_of('out/trx', FORMATS['csv'], 'zstd')
    ('.ndjson.gz', '.csv.zst')
    """
    outside = file_format.compressions[compression]
    bare = path.lower().removesuffix(outside)
    inside = next((ending for ending in file_format.endings if bare.endswith(ending)), file_format.endings[0])
    return inside + outside


def visible(folder: Path) -> list[str]:
    """Names of the files in a folder that readers treat as data, sorted."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith(HIDDEN))


def leftovers(folder: Path) -> list[Path]:
    """Files that a killed process left unfinished."""
    return [path for path in folder.iterdir() if LEFT.fullmatch(path.name)]


def end_of(names: Iterable[str], ending: str, place: str) -> int | None:
    """Return the tick that the parts of these names lead to; None if there are no parts. Other names are ignored.

    Raises:
        SinkError: they do not follow one another from tick 0, or one has another extension.
    """
    end = None
    for part in sorted(_part_of(found, ending, place) for name in names if (found := NAME.fullmatch(name))):
        if part.start != (end or 0):
            raise SinkError(place, _gap_or_overlap(part, end or 0, ending))
        end = part.end
    return end


def _part_of(found: re.Match[str], ending: str, place: str) -> Part:
    if found["ending"] != ending:
        problem = (
            f"{found[0]} is not {ending}: format or compression were others. Hint: set them back, or name another path"
        )
        raise SinkError(place, problem)
    return Part(int(found["start"]), int(found["end"]))


def _gap_or_overlap(part: Part, end: int, ending: str) -> str:
    hint = "put back what was taken away, or remove the folder to begin anew"
    if part.start > end:
        return f"the records from tick {end} on are missing before {part.name(ending)}. Hint: {hint}"
    return f"{part.name(ending)} has records that other parts have too, up to tick {end}. Hint: {hint}"
