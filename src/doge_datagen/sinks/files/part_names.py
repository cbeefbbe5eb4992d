"""The names of a run's parts: each says which ticks it has the records of, and all together how far the run is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from doge_datagen.errors import SinkError
from doge_datagen.sinks.files.part_file import UNFINISHED
from doge_datagen.sinks.files.writer import FileFormat

NAME = re.compile(r"part-(?P<start>\d{15,})-(?P<end>\d{15,})(?P<ending>\..+)")
LEFT = re.compile(rf"_(doge\.json|{NAME.pattern}){re.escape(UNFINISHED)}")
HIDDEN = ("_", ".")
"""What begins like this is passed by: Spark, Arrow's datasets and Hive do not take it for data."""


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """The records of the ticks from ``start`` to the one before ``end``.

    >>> Part(0, 86400).name('.parquet')
    'part-000000000000000-000000000086400.parquet'
    """

    start: int
    end: int

    def name(self, ending: str) -> str:
        """Of its file; in order of names, parts are in order of time."""
        return f"part-{self.start:015}-{self.end:015}{ending}"


def ending_of(path: str, file_format: FileFormat, compression: str) -> str:
    """How the names of parts end: as the path does, or else so that a reader finds out format and compression.

    >>> from doge_datagen.sinks.files.formats import FORMATS
    >>> ending_of('out/trx.ndjson.gz', FORMATS['jsonl'], 'gzip'), ending_of('out/trx', FORMATS['csv'], 'zstd')
    ('.ndjson.gz', '.csv.zst')
    """
    outside = file_format.compressions[compression]
    bare = path.lower().removesuffix(outside)
    inside = next((ending for ending in file_format.endings if bare.endswith(ending)), file_format.endings[0])
    return inside + outside


def visible(folder: Path) -> list[str]:
    """The names in a folder that readers take for data, in order."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith(HIDDEN))


def leftovers(folder: Path) -> list[Path]:
    """What a killed process did not finish."""
    return [path for path in folder.iterdir() if LEFT.fullmatch(path.name)]


def end_of(names: Iterable[str], ending: str, place: str) -> int | None:
    """The tick that the parts of these names lead to; None where there are none. Other names are passed by.

    Raises:
        SinkError: they do not follow one another from tick 0, or one has another ending.
    """
    end = None
    for part in sorted(_part_of(found, ending, place) for name in names if (found := NAME.fullmatch(name))):
        if part.start != (end or 0):
            raise SinkError(place, _told(part, end or 0, ending))
        end = part.end
    return end


def _part_of(found: re.Match[str], ending: str, place: str) -> Part:
    if found["ending"] != ending:
        problem = (
            f"{found[0]} is not {ending}: format or compression were others. Hint: set them back, or name another path"
        )
        raise SinkError(place, problem)
    return Part(int(found["start"]), int(found["end"]))


def _told(part: Part, end: int, ending: str) -> str:
    hint = "put back what was taken away, or remove the folder to begin anew"
    if part.start > end:
        return f"the records from tick {end} on are missing before {part.name(ending)}. Hint: {hint}"
    return f"{part.name(ending)} has records that other parts have too, up to tick {end}. Hint: {hint}"
