"""A billion events of the bank to Parquet, on the command line: wall time, peak memory, and completeness.

Not part of ``make bench``; ``make billion EVENTS=50000000`` runs it with about that number of events. A billion need
5 GB of disk.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter

import pyarrow.parquet as pq

BANK = Path(__file__).parents[1] / "examples" / "bank" / "bank.yaml"
DOGE = "from doge_datagen.cli import main; main(prog_name='doge')"
STREAMS = ("clickstream", "trx", "balance", "loan")
SUBJECTS, EVENTS = 1_000_000, 1_000_000_000
EVENTS_PER_TICK = 3_941
"""With this number of subjects, approximately."""


def billion(events: int) -> bool:
    """Run it and print the figures; whether all rows were written."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        target = ", ".join(f"{stream}: {folder / stream}.parquet" for stream in STREAMS)
        options = ("--subjects", SUBJECTS, "--ticks", events // EVENTS_PER_TICK, "--seed", 2022)
        arguments = (*options, "--set", f"targets.local={{{target}}}", "--report", folder / "report.json")
        started = perf_counter()
        subprocess.run([sys.executable, "-c", DOGE, "run", str(BANK), *map(str, arguments)], check=True)
        seconds = perf_counter() - started
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        rows = {stream: pq.read_metadata(folder / f"{stream}.parquet").num_rows for stream in STREAMS}
    memory = getrusage(RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{report['events']:,} events, {sum(rows.values()):,} rows in {seconds:.1f} s; peak memory {memory:,.0f} MiB")
    return rows == {it["stream"]: it["generated"] for it in report["streams"]}


if __name__ == "__main__":
    if not billion(int(sys.argv[1]) if sys.argv[1:] else EVENTS):
        sys.exit("some rows are missing")
