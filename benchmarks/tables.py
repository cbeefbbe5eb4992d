"""Picks from reference tables: their cost in small and large tables, and the speed of the recommendations model."""

from __future__ import annotations

from importlib.resources import as_file

import numpy as np
import pyarrow as pa

from benchmarks.floors import at_most
from benchmarks.profile_model import SUBJECTS, cost, cost_of_bank, timed_run
from doge_datagen import Clock, Model, Population, Stream, Table, Transition
from doge_datagen.gallery.shipped import shipped

USERS, DAYS = 100_000, 30
FEW, MANY = 10, 1_000_000
PICKS = {"uniform": "pick(things)", "by weight": "pick(things, weight='weight')", "Zipf": "pick(things, zipf=1.1)"}
OF_BANK = 6.0
"""A record of the recommendations may cost this many times one of the bank: 4 M against 24 M records/s."""
LIMIT = 3.0
"""A pick from a million rows may cost this many times one from ten; most of it is waiting for memory."""


def picking(pick: str, rows: int, users: int = USERS) -> Model:
    """Users who pick a row once an hour on average."""
    numbers = np.arange(rows)
    things = pa.table({"number": numbers, "weight": 1.0 + numbers % 97, "price": numbers % 1000})
    return Model(
        name="picking",
        subjects=Population("user", users),
        states=["here"],
        initial="here",
        transitions=[Transition("look", "here", rate="4/d", emit="looks")],
        streams={"looks": Stream({"ts": "timestamp", "user": "index", "price": f"{pick}.price"})},
        tables={"things": Table(rows=things)},
        clock=Clock(1_772_409_600_000, 1, DAYS * 86_400_000),
    )


def recommendations() -> Model:
    """The package's shop with 10,000 products, with more users than it ships with."""
    with as_file(shipped()["recommend"].file) as path:
        return Model.load(path).resized(subjects=SUBJECTS)


def main() -> None:
    """Print the figures."""
    for name, pick in PICKS.items():
        timed_run(picking(pick, FEW, users=10).program)  # compiles
        few, many = (cost(picking(pick, rows).program) for rows in (FEW, MANY))
        ratio = at_most(LIMIT, f"tables / {name}", many / few)
        costs = f"{few * 1e9:.0f} ns per record with {FEW} rows, {many * 1e9:.0f} ns with {MANY:,}"
        print(f"tables: picks {name}: {costs}: {ratio}")
    shop, plain = cost(recommendations().program), cost_of_bank()
    print(f"  recommendations: {1e-6 / shop:.1f} M records/s on one core; the bank / these: "
          f"{at_most(OF_BANK, 'tables / recommendations', shop / plain)}")  # fmt: skip


if __name__ == "__main__":
    main()
