"""The torture as a program: ``python -m tests.torture --rounds 100 --seed 1``, or ``make torture``."""

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
from tests.torture.round import Account, planned, tortured
from tests.torture.run import RunError
from tests.torture.servers import Servers, servers


def main() -> None:
    """Run the rounds; exit code 1 at the first difference, whose folder is kept."""
    asked = parser().parse_args()
    signal.signal(signal.SIGTERM, leave)
    home = Path(tempfile.mkdtemp(prefix="doge-torture-"))
    os.environ.setdefault("DOGE_CACHE_DIR", str(home / "cache"))
    tell(f"seed {asked.seed}, in {home}")
    try:
        with servers() as started:
            rounds(asked, home, started)
    except (RunError, ServiceError) as error:
        sys.exit(f"error: {error}")
    shutil.rmtree(home)


def rounds(asked: argparse.Namespace, home: Path, started: Servers) -> None:
    """Run them one after the other."""
    began, done = monotonic(), list[Account]()
    until = began + asked.minutes * 60
    for number in range(asked.first, asked.first + asked.rounds):
        if monotonic() > until:
            break
        account = tortured(planned(number, asked.seed), home / str(number), started)
        tell(account)
        if account.wrong:
            sys.exit(f"error: round {number} is wrong; {home / str(number)} has its files and what the processes told")
        shutil.rmtree(home / str(number))
        done.append(account)
    tell(summary(done, monotonic() - began))


def leave(number: int, _frame: FrameType | None) -> None:
    """Turn a signal into an ordinary way out, so that no process is left behind."""
    sys.exit(128 + number)


def tell(line: object) -> None:
    """One line at once, also where it is written to a file."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def summary(done: list[Account], seconds: float) -> str:
    """All rounds in a line."""
    kinds = sum((account.kinds for account in done), Counter[str]())
    kills = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    resumes, records = (sum(getattr(it, name) for it in done) for name in ("resumes", "records"))
    counted = f"{resumes:,} resumes, {records:,} records compared, {seconds:.0f} s"
    return f"{len(done)} rounds, {kinds.total()} kills ({kills}), {counted}: no difference"


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    made = argparse.ArgumentParser(prog="python -m tests.torture", description="Kill runs again and again; compare.")
    made.add_argument("--rounds", type=int, default=10, help="how many, 10 where none is given")
    made.add_argument("--seed", type=int, default=0, help="of the dice that decide what is killed when")
    made.add_argument("--first", type=int, default=1, help="number of the first round, to see one again")
    made.add_argument("--minutes", type=float, default=float("inf"), help="no round begins after so many")
    return made


if __name__ == "__main__":
    main()
