"""Write the table of librdkafka's properties from the installed client: python docs/generate_kafka_properties.py."""

import ctypes
import os
import re
import tempfile
from pathlib import Path

import confluent_kafka

MODULE = Path(__file__).parents[1] / "src" / "doge_datagen" / "sinks" / "kafka" / "properties.py"
BEGIN, END = "# Written by docs/generate_kafka_properties.py from here on.\n", "# As far as here.\n"
ROW = re.compile(r"(?P<name>\S+) +\| +(?P<clients>[CP*]) +\| (?P<range>.*?) +\| .*?\| .*?\| (?P<about>.*)")
TYPE = re.compile(r"\*Type: (?P<type>[^*]+)\*")
ALIAS = re.compile(r"Alias for `(?P<name>[^`]+)`")
BETWEEN = re.compile(r"(?P<low>-?\d+) \.\. (?P<high>\d+)")
NAMED = {"acks": ("all",), "request.required.acks": ("all",)}
"""Names of numbers, which the client does not list."""
CHOICES_IN_TEXT = {"partitioner": r"`(\w+)` - "}
"""Strings whose choices are in their description."""


def module(text: str) -> str:
    """The module with the table of the installed client in it."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


def table() -> str:
    """The properties of the installed client, by name; if a name occurs twice, the client takes the first."""
    rows: dict[str, str] = {}
    for line in properties().splitlines():
        if (found := ROW.fullmatch(line)) and TYPE.search(found["about"]):
            rows.setdefault(found["name"], property_of(found))
    lines = [f'    "{name}": {row},\n' for name, row in sorted(rows.items())]
    return f'LIBRDKAFKA = "{confluent_kafka.libversion()[0]}"\n\nPROPERTIES = {{\n{"".join(lines)}}}\n'


def property_of(row: re.Match[str]) -> str:
    """A property as Python."""
    kind = TYPE.search(row["about"])["type"]
    given = [repr(kind).replace("'", '"')]
    if between := BETWEEN.fullmatch(row["range"]):
        given.append(f"low={int(between['low']):_}, high={int(between['high']):_}")
    choices = NAMED.get(row["name"], ()) or tuple(filter(None, row["range"].split(", ")))
    if row["name"] in CHOICES_IN_TEXT:
        choices = tuple(re.findall(CHOICES_IN_TEXT[row["name"]], row["about"]))
    if choices and kind != "boolean" and (not between or row["name"] in NAMED):
        given.append(f"choices={choices!r}")
    if alias := ALIAS.search(row["about"]):
        given.append(f'alias_of="{alias["name"]}"')
    if row["clients"] == "C":
        given.append("consumers_only=True")
    return f"Property({', '.join(given)})"


def properties() -> str:
    """What librdkafka itself says about its properties."""
    library, libc = ctypes.CDLL(_library()), ctypes.CDLL(None)
    libc.fopen.restype, libc.fopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_char_p]
    libc.fclose.argtypes = library.rd_kafka_conf_properties_show.argtypes = [ctypes.c_void_p]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "properties"
        file = libc.fopen(os.fsencode(path), b"w")
        library.rd_kafka_conf_properties_show(file)
        libc.fclose(file)
        return path.read_text()


def _library() -> str:
    """The shared library that came with the package."""
    package = Path(confluent_kafka.__file__).parent
    folders = (package.with_name("confluent_kafka.libs"), package / ".dylibs")
    return str(next(path for folder in folders for path in folder.glob("librdkafka*")))


if __name__ == "__main__":
    MODULE.write_text(module(MODULE.read_text()))
