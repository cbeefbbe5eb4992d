"""A round: one run with fresh places, killed several times, and then compared with one that nothing happened to."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic, sleep
from uuid import uuid4

from tests.torture.comparison import differences
from tests.torture.destinations import DESTINATIONS, Destination, Where
from tests.torture.kills import KILLS, Kill
from tests.torture.rows import TICKS, uninterrupted
from tests.torture.run import Run
from tests.torture.servers import Servers
from tests.torture.steered import CHECKPOINTS

PACES = ("4000/s", "8000/s", "1000 clicks/s", "150x")
COMMITS = ("20 ms", "100 ms", "300 ms")


@dataclass(frozen=True)
class Plan:
    """What is to happen in a round.

    Attributes:
        number: of the round.
        seed: of the dice that decide when and where kills hit.
        kills: in their order.
        options: of the run.
        places: in the order in which they are committed.
        checkpoints: seconds between those that the run goes on from.
    """

    number: int
    seed: int
    kills: tuple[Kill, ...]
    options: tuple[str, ...]
    destinations: tuple[Destination, ...]
    checkpoints: float


def planned(number: int, seed: int) -> Plan:
    """A round that the dice make up; the run is slow enough for some kills."""
    dice = Random(f"plan {seed} {number}")
    engine = dice.choices(["interpreted", "compiled"], [3, 1])[0]
    pace = ("--pace", dice.choice(PACES), "--late", "stretch")
    return Plan(
        number,
        seed,
        kills=tuple(dice.choices(KILLS, k=dice.randint(3, 6))),
        options=(*pace, "--commit-every", dice.choice(COMMITS), "--engine", engine, "--patience", "2 min"),
        destinations=tuple(dice.sample(DESTINATIONS, k=len(DESTINATIONS))),
        checkpoints=dice.choice([0.1, 60.0]),
    )


@dataclass
class Account:
    """What was done in a round, and what is wrong after it.

    Attributes:
        number: of the round.
        how: the run's options.
        kills: in their order, each with where it hit, where that is known.
        resumes: how often the run went on.
        records: that were compared.
        seconds: that it took.
        wrong: the differences; none where all is well.
    """

    number: int
    how: str
    kills: list[tuple[str, str]] = field(default_factory=list)
    resumes: int = 0
    records: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> Counter[str]:
        """How often there was each kind of kill."""
        return Counter(kind for kind, _ in self.kills)

    def __str__(self) -> str:
        kills = ", ".join(f"{kind} ({place})" if place else kind for kind, place in self.kills)
        counted = f"{self.resumes} resumes, {self.records:,} records compared, {self.seconds:.1f} s"
        reported = f"round {self.number}: {len(self.kills)} kills: {kills}; {counted}; {self.how}"
        return "\n".join(
            [f"{reported}: {'WRONG' if self.wrong else 'the same'}", *(f"  {line}" for line in self.wrong)]
        )


def tortured(plan: Plan, folder: Path, servers: Servers) -> Account:
    """Run a round.

    Args:
        plan: of it.
        folder: for all that it leaves.
        servers: to be killed.

    Raises:
        RunError: the run ended, or did not go on, where it had to.
    """
    began, dice = monotonic(), Random(f"{plan.seed} {plan.number}")
    where = Where(folder, f"r{plan.seed}_{plan.number}_{uuid4().hex[:8]}", servers.addresses)
    environment = {"DOGE_STATE_DIR": str(folder / "state"), CHECKPOINTS: str(plan.checkpoints)}
    account = Account(plan.number, " ".join(plan.options))
    with Run(where, plan.options, plan.destinations, environment=environment) as run:
        for kill in plan.kills:
            if not hit(run, kill, servers, dice, account):
                break
        run.finish()
        run.finish()  # of a run that is over: nothing happens
        account.resumes = run.starts - 1
    account.wrong = differences(where, plan.destinations, ticks=TICKS)
    account.records = sum(len(uninterrupted()[place.stream]) for place in plan.destinations)
    account.seconds = monotonic() - began
    return account


def hit(run: Run, kill: Kill, servers: Servers, dice: Random, account: Account) -> bool:
    """Let the run come a few commits further, and kill at some moment; False where it was over before."""
    if run.is_over:
        return False
    if not run.lives:
        run.start()
    if not run.works(dice.randint(1, 4)):
        return False
    sleep(dice.uniform(0, 0.15))  # the torture: a moment that nobody has chosen
    more = kill(run, servers, dice)
    if more is not None:
        account.kills.append((kill.__name__, more))
    return more is not None
