"""A round: one run to new destinations is killed several times, then compared with an uninterrupted run."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic, sleep
from uuid import uuid4

from tests.torture.comparison import differences
from tests.torture.destinations import DESTINATIONS, Destination, Workspace
from tests.torture.fault_injection import CHECKPOINTS
from tests.torture.kills import KILLS, Kill
from tests.torture.rows import TICKS, uninterrupted
from tests.torture.run import Run
from tests.torture.servers import Servers

PACES = ("4000/s", "8000/s", "1000 clicks/s", "150x")
COMMITS = ("20 ms", "100 ms", "300 ms")


@dataclass(frozen=True)
class Plan:
    """What happens in a round.

    Attributes:
        number: of the round.
        seed: for the random choice of when and where to kill.
        kills: in order.
        options: for ``doge run``.
        destinations: in the order in which they are committed.
        checkpoints: seconds between checkpoints.
    """

    number: int
    seed: int
    kills: tuple[Kill, ...]
    options: tuple[str, ...]
    destinations: tuple[Destination, ...]
    checkpoints: float


def make_plan(number: int, seed: int) -> Plan:
    """A random plan for a round; the run is slow enough for several kills."""
    rng = Random(f"plan {seed} {number}")
    engine = rng.choices(["interpreted", "compiled"], [3, 1])[0]
    pace = ("--pace", rng.choice(PACES), "--late", "stretch")
    return Plan(
        number,
        seed,
        kills=tuple(rng.choices(KILLS, k=rng.randint(3, 6))),
        options=(*pace, "--commit-every", rng.choice(COMMITS), "--engine", engine, "--patience", "2 min"),
        destinations=tuple(rng.sample(DESTINATIONS, k=len(DESTINATIONS))),
        checkpoints=rng.choice([0.1, 60.0]),
    )


@dataclass
class RoundResult:
    """What happened in a round, and the differences it led to.

    Attributes:
        number: of the round.
        options: for ``doge run``.
        kills: in order, each with its details, if there are any.
        resumes: how often the run was resumed.
        records: how many were compared.
        seconds: duration of the round.
        differences: from an uninterrupted run; empty if the round passed.
    """

    number: int
    options: str
    kills: list[tuple[str, str]] = field(default_factory=list)
    resumes: int = 0
    records: int = 0
    seconds: float = 0.0
    differences: list[str] = field(default_factory=list)

    @property
    def kill_counts(self) -> Counter[str]:
        """The number of kills of each kind."""
        return Counter(name for name, _ in self.kills)

    def __str__(self) -> str:
        kills = ", ".join(f"{name} ({details})" if details else name for name, details in self.kills)
        totals = f"{self.resumes} resumes, {self.records:,} records compared, {self.seconds:.1f} s"
        verdict = "DIFFERENT" if self.differences else "identical"
        head = f"round {self.number}: {len(self.kills)} kills: {kills}; {totals}; {self.options}: {verdict}"
        return "\n".join([head, *(f"  {line}" for line in self.differences)])


def run_round(plan: Plan, folder: Path, servers: Servers) -> RoundResult:
    """Run a round.

    Args:
        plan: of the round.
        folder: for all its files.
        servers: that may be killed.

    Raises:
        RunError: the run ended early or could not be resumed.
    """
    started_at, rng = monotonic(), Random(f"{plan.seed} {plan.number}")
    workspace = Workspace(folder, f"r{plan.seed}_{plan.number}_{uuid4().hex[:8]}", servers.addresses)
    environment = {"DOGE_STATE_DIR": str(folder / "state"), CHECKPOINTS: str(plan.checkpoints)}
    result = RoundResult(plan.number, " ".join(plan.options))
    with Run(workspace, plan.options, plan.destinations, environment=environment) as run:
        for kill in plan.kills:
            if not kill_once(run, kill, servers, rng, result):
                break
        run.finish()
        run.finish()  # resuming a finished run must do nothing
        result.resumes = run.starts - 1
    result.differences = differences(workspace, plan.destinations, ticks=TICKS)
    result.records = sum(len(uninterrupted()[it.stream]) for it in plan.destinations)
    result.seconds = monotonic() - started_at
    return result


def kill_once(run: Run, kill: Kill, servers: Servers, rng: Random, result: RoundResult) -> bool:
    """Let the run make a few commits, then kill at a random moment; False if it finished first."""
    if run.is_finished:
        return False
    if not run.is_running:
        run.start()
    if not run.wait_for_commits(rng.randint(1, 4)):
        return False
    sleep(rng.uniform(0, 0.15))  # so that kills hit arbitrary moments
    details = kill(run, servers, rng)
    if details is not None:
        result.kills.append((kill.__name__, details))
    return details is not None
