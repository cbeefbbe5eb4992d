"""Command line of the torture test: ``python -m tests.torture --rounds 100 --seed 1``, or ``make torture``."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import monotonic
from types import FrameType

from services import ServiceError
from tests.torture.round import RoundResult, make_plan, run_round
from tests.torture.run import RunError
from tests.torture.servers import Servers, servers


def main() -> None:
    """Run the rounds; exit with code 1 at the first difference, and keep the folder of that round."""
    options = parser().parse_args()
    signal.signal(signal.SIGTERM, exit_on_signal)
    folder = Path(tempfile.mkdtemp(prefix="doge-torture-"))
    os.environ.setdefault("DOGE_CACHE_DIR", str(folder / "cache"))
    print_line(f"seed {options.seed}, in {folder}")
    try:
        with servers() as started:
            run_rounds(options, folder, started)
    except (RunError, ServiceError) as error:
        sys.exit(f"error: {error}")
    shutil.rmtree(folder)


def run_rounds(options: argparse.Namespace, folder: Path, started: Servers) -> None:
    """Run the rounds one after another."""
    started_at, results = monotonic(), list[RoundResult]()
    deadline = started_at + options.minutes * 60
    for number in range(options.first, options.first + options.rounds):
        if monotonic() > deadline:
            break
        round_folder = folder / str(number)
        result = run_round(make_plan(number, options.seed), round_folder, started)
        print_line(result)
        if result.differences:
            sys.exit(f"error: round {number} failed; its files and the logs of its processes are in {round_folder}")
        shutil.rmtree(round_folder)
        results.append(result)
    print_line(summary(results, monotonic() - started_at))


def exit_on_signal(number: int, _frame: FrameType | None) -> None:
    """Exit normally on a signal, so that no process is left behind."""
    sys.exit(128 + number)


def print_line(line: object) -> None:
    """Print and flush a line, so that it appears at once even if output goes to a file."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def summary(results: list[RoundResult], seconds: float) -> str:
    """One line for all rounds."""
    counts = sum((result.kill_counts for result in results), Counter[str]())
    kills = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    resumes, records = (sum(getattr(it, name) for it in results) for name in ("resumes", "records"))
    totals = f"{resumes:,} resumes, {records:,} records compared, {seconds:.0f} s"
    return f"{len(results)} rounds, {counts.total()} kills ({kills}), {totals}: no differences"


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    created = argparse.ArgumentParser(
        prog="python -m tests.torture",
        description="Kill and resume runs, then compare what they delivered with an uninterrupted run.",
    )
    created.add_argument("--rounds", type=int, default=10, help="number of rounds (default: %(default)s)")
    created.add_argument("--seed", type=int, default=0, help="decides what is killed and when (default: %(default)s)")
    created.add_argument("--first", type=int, default=1, help="number of the first round, to repeat a failed one")
    created.add_argument(
        "--minutes", type=float, default=float("inf"), help="start no round after this many minutes (default: no limit)"
    )
    return created


if __name__ == "__main__":
    main()
