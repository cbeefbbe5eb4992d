"""Writes what the commands on the pages say, which are really run: python docs/generate_sessions.py [PAGE...].

A page's commands stand behind ``$``. They are run in a folder of their own, from the top of the page to its end; the
model files that the page shows lie there. Pages whose commands read ``DOGE_KAFKA`` and its like need the servers of
``make services``, with nothing on them from before, and those variables.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from doge_datagen.model.redaction import without_secrets

DOCS = Path(__file__).parent
PAGES = (
    DOCS / "how-to" / "run-a-model.md",
    DOCS / "how-to" / "lifelike-actors.md",
    DOCS / "how-to" / "populations.md",
    DOCS / "how-to" / "lines.md",
    DOCS / "how-to" / "share-parts.md",
    DOCS / "how-to" / "reference-tables.md",
    DOCS / "how-to" / "incidents.md",
    DOCS.parent / "README.md",
    DOCS / "tutorial.md",
    DOCS / "how-to" / "kafka.md",
    DOCS / "how-to" / "databases.md",
)
SOURCE = DOCS.parent / "src"
SESSION = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
MODEL = re.compile(r"^```yaml\n(?P<text># (?P<name>[\w-]+\.yaml)\n.*?)^```$", re.MULTILINE | re.DOTALL)
PROMPT = "$ "
CURE = "run: python docs/generate_sessions.py"
SERVERS = {
    "DOGE_KAFKA": "localhost:9092",
    "DOGE_SCHEMA_REGISTRY": "http://localhost:8081",
    "DOGE_DATABASE": "postgresql://doge:doge@localhost:5432/doge",
}
"""By variable, the address that a page shows in place of the one there is."""
DOGE = "import sys; from doge_datagen.cli import main; main(prog_name='doge')"
HIDDEN = ("FORCE_COLOR", "DATABASE", "KAFKA", "DOGE_TRACEBACK")
PROGRESS = re.compile(
    r"^(tick [\d,]+ of|[\d.]+ \w+ of [\d.]+ \w+:|preparing:|compil(ing|ed) the model) .*\n", re.MULTILINE
)
"""Printed only where a run takes long, as on a machine that is busy."""
MASKS = (
    (re.compile(r"in [\d.]+ s, [\d,]+ records/s"), "in # s, # records/s"),
    (re.compile(r"events in [\d.]+ s;"), "events in # s;"),
    (re.compile(r"events \d+:\d\d:\d\d"), "events #:##:##"),
    (re.compile(r'"(seconds|events_per_second|records_per_second)": [\d.]+'), r'"\1": #'),
    (re.compile(r"\d+ workers?"), "# workers"),
    (re.compile(r'"workers": \d+'), '"workers": #'),
)
"""What differs from run to run and from machine to machine."""


def page(text: str, folder: Path) -> str:
    """The page with what its commands say now, run in the folder."""
    for model in MODEL.finditer(text):
        (folder / model["name"]).write_text(model["text"], encoding="utf-8")
    return SESSION.sub(lambda found: session(found[0], folder), text)


def session(text: str, folder: Path) -> str:
    """One block: each command, and what it says."""
    commands = [line for line in text.splitlines() if line.startswith(PROMPT)]
    return "".join(f"{command}\n{said(command.removeprefix(PROMPT), folder)}" for command in commands)


def said(command: str, folder: Path) -> str:
    """What a command says, on both streams, without spaces at the ends of lines."""
    doge = f'doge() {{ {shlex.quote(sys.executable)} -c {shlex.quote(DOGE)} "$@"; }}\n'
    shell = ["/bin/sh", "-c", f"{doge}{command} 2>&1"]
    done = subprocess.run(
        shell, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, encoding="utf-8", check=False
    )
    output = PROGRESS.sub("", done.stdout)
    return elsewhere("".join(f"{line.rstrip()}\n" for line in output.splitlines()))


def environment(folder: Path) -> dict[str, str]:
    """What commands see of the environment; messages hint at variables, so servers only where a model reads them."""
    models = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.yaml"))
    hidden = {*HIDDEN, *(name for name in SERVERS if name not in models)}
    ours = {"PYTHONPATH": str(SOURCE), "PYTHONUTF8": "1", "NO_COLOR": "1", "COLUMNS": "100"}
    return {name: value for name, value in os.environ.items() if name not in hidden} | ours


def elsewhere(output: str) -> str:
    """The output with the addresses that a page shows."""
    for variable, shown in SERVERS.items():
        if there := os.environ.get(variable):
            output = output.replace(without_secrets(there), without_secrets(shown))
            output = output.replace(address(there), address(shown))
    return output


def address(url: str) -> str:
    """Host and port."""
    return url.rpartition("//")[2].rpartition("@")[2].partition("/")[0]


def masked(text: str) -> str:
    """A page without what differs from run to run."""
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return text


if __name__ == "__main__":
    for path in [Path(name).resolve() for name in sys.argv[1:]] or PAGES:
        missing = [name for name in SERVERS if name in path.read_text(encoding="utf-8") and name not in os.environ]
        if missing:
            sys.exit(f"error: {path.name} needs {', '.join(missing)}; run: make services")
        with tempfile.TemporaryDirectory() as made:
            path.write_text(page(path.read_text(encoding="utf-8"), Path(made)), encoding="utf-8")
