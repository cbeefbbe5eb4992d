"""Find the format and compression of a file by its options or the path's extension."""

from __future__ import annotations

from doge_datagen.errors import ModelError, did_you_mean_in_full
from doge_datagen.model.redaction import Redacted, revealed
from doge_datagen.sinks.files.arrow import ARROW
from doge_datagen.sinks.files.avro import AVRO
from doge_datagen.sinks.files.format_writer import FileFormat
from doge_datagen.sinks.files.parquet import PARQUET
from doge_datagen.sinks.files.text_formats import CSV, JSON_LINES

FORMATS = {known.name: known for known in (JSON_LINES, CSV, PARQUET, ARROW, AVRO)}
COMPRESSIONS = tuple(dict.fromkeys(name for known in FORMATS.values() for name in known.compressions))
DATABASES = {".duckdb": "duckdb", ".db": "sqlite", ".sqlite": "sqlite", ".sqlite3": "sqlite"}
COMPRESSED = {ending: name for known in FORMATS.values() for name, ending in known.compressions.items() if ending}


def format_of(path: str | Redacted, name: str | Redacted | None, where: str) -> FileFormat:
    """Return the format that the option names, or else that of the path's extension.

    Raises:
        ModelError: neither names a format.

    >>> format_of('out/trx.csv.gz', None, 'targets.local.trx').name
    'csv'
    """
    if name is not None:
        return FORMATS[revealed(name)]
    bare = _without_compression(revealed(path).lower())
    for known in FORMATS.values():
        if bare.endswith(known.endings):
            return known
    endings = [ending for known in FORMATS.values() for ending in known.endings]
    ending = f".{bare.rpartition('.')[2]}" if "." in bare else ""
    if ending in DATABASES:
        raise ModelError(
            where, f"{path!r} has the suffix of a database. Hint: write its URL: {DATABASES[ending]}:///{path}"
        )
    problem = f"{path!r} does not have the suffix of a known format. Hint: {did_you_mean_in_full(ending, endings)}"
    raise ModelError(where, f"{problem} Or give the option format: {', '.join(FORMATS)}")


def compression_of(path: str | Redacted, file_format: FileFormat, name: str | Redacted | None, where: str) -> str:
    """Return the compression that the option names, or else that of the path's extension, or the format's default.

    Raises:
        ModelError: the format does not support it, or the path's extension says another.

    >>> compression_of('out/trx.csv.gz', FORMATS['csv'], None, 'targets.local.trx')
    'gzip'
    """
    ended = next((said for ending, said in COMPRESSED.items() if revealed(path).lower().endswith(ending)), None)
    if ended and not file_format.compressions.get(ended):
        raise ModelError(
            where, f"{path!r}: {file_format.name} is not compressed from outside. Hint: leave out the last suffix"
        )
    wanted: str = revealed(name) or ended or next(iter(file_format.compressions))
    if wanted not in file_format.compressions:
        known = ", ".join(file_format.compressions)
        raise ModelError(
            where, f"{file_format.name} is not compressed by {name or wanted}. Hint: choose one of {known}"
        )
    if ended and wanted != ended:
        raise ModelError(where, f"{path!r} ends as {ended} does, but compression is {name}. Hint: change one of them")
    return wanted


def _without_compression(path: str) -> str:
    for ending in COMPRESSED:
        path = path.removesuffix(ending)
    return path
