"""Card payments, some with stolen cards, and how well a simple rule finds these."""

import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random

from doge_datagen import DataOnlineGenerator, JsonLinesSink, SubjectFactory, Transition

OUT = Path("out")
MINUTE = 60_000
DAY = 1440  # ticks of a minute
dice = Random(11)


@dataclass
class Card:
    number: int
    stolen: bool = False
    amount: int = 0


class Cards(SubjectFactory[Card]):
    numbers = count(4001)

    def create(self) -> Card:
        return Card(next(self.numbers))


def pay(card: Card, transition: Transition) -> bool:
    card.amount = dice.randrange(80, 500) if card.stolen else dice.randrange(5, 120)
    return True


def steal(card: Card, transition: Transition) -> bool:
    card.stolen = True
    return True


def replace(card: Card, transition: Transition) -> bool:
    card.stolen = False
    return True


def payment(timestamp: int, card: Card, transition: Transition) -> dict:
    return {"timestamp": timestamp, "card": card.number, "amount": card.amount}


def label(timestamp: int, card: Card, transition: Transition) -> dict:
    return {"timestamp": timestamp, "card": card.number, "stolen": card.stolen}


payments, truth = JsonLinesSink(OUT / "payments.jsonl", payment), JsonLinesSink(OUT / "truth.jsonl", label)
bank = DataOnlineGenerator(["held", "abused", "blocked"], "held", Cards(), 200, MINUTE, 2 * DAY, seed=11)
bank.add_transition("pay", "held", "held", 0.3, pay, [payments, truth])
bank.add_transition("steal", "held", "abused", 0.002, steal)
bank.add_transition("pay", "abused", "abused", 25, pay, [payments, truth])
bank.add_transition("block", "abused", "blocked", 4)
bank.add_transition("replace", "blocked", "held", 0.1, replace)
report = bank.start()


def read(name: str) -> list[dict]:
    return [json.loads(line) for line in (OUT / name).read_text().splitlines()]


times = defaultdict(list)
for paid in read("payments.jsonl"):
    times[paid["card"]].append(paid["timestamp"])
suspects = {card for card, at in times.items() if any(c - a <= 15 * MINUTE for a, c in zip(at, at[2:], strict=False))}
abused = {told["card"] for told in read("truth.jsonl") if told["stolen"]}

print(f"{report.transitions['held', 'pay']} payments by owners, {report.transitions['abused', 'pay']} by thieves")
print(f"abused:           {sorted(abused)}")
print(f"found by rule:    {sorted(suspects & abused)}")
print(f"missed:           {sorted(abused - suspects)}")
print(f"wrongly accused:  {sorted(suspects - abused)}")
