"""Users of a bank, on your own disk: streams as JSON Lines files, tables in SQLite."""

import random
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from doge_datagen import DataOnlineGenerator, DbSinkFactory, JsonLinesSink, SubjectFactory, Transition, create_tables

SEED = 5
OUT = Path("out")
DATABASE = OUT / "bank.db"
COLUMNS = {
    "balance": {"timestamp": "integer", "user_id": "text", "balance": "integer"},
    "loan": {"timestamp": "integer", "user_id": "text", "loan": "integer"},
}
dice = random.Random(SEED)  # the callbacks' own dice: the generator's seed does not reach them


@dataclass
class User:
    user_id: str
    balance: int
    loan_balance: int = 0
    last_payment: int = 0


class UserFactory(SubjectFactory[User]):
    users = 0

    def create(self) -> User:
        self.users += 1
        return User(str(self.users - 1), dice.randrange(0, 1000))


def income(subject: User, transition: Transition) -> bool:
    subject.balance += dice.randrange(500, 2000)
    return True


def spending(subject: User, transition: Transition) -> bool:
    payment = dice.randrange(10, 100)
    if payment > subject.balance:
        return False
    subject.balance -= payment
    subject.last_payment = payment
    return True


def take_loan(subject: User, transition: Transition) -> bool:
    subject.loan_balance += 10000
    subject.balance += 10000
    return True


def click(timestamp: int, subject: User, transition: Transition) -> dict:
    return {"user_id": subject.user_id, "event": transition.trigger, "timestamp": timestamp}


def trx(timestamp: int, subject: User, transition: Transition) -> dict:
    return {"user_id": subject.user_id, "amount": subject.last_payment, "timestamp": timestamp}


def balance(timestamp: int, subject: User, transition: Transition) -> dict:
    return {"timestamp": timestamp, "user_id": subject.user_id, "balance": subject.balance}


def loan(timestamp: int, subject: User, transition: Transition) -> dict:
    return {"timestamp": timestamp, "user_id": subject.user_id, "loan": subject.loan_balance}


OUT.mkdir(exist_ok=True)
DATABASE.unlink(missing_ok=True)
create_tables(f"sqlite:///{DATABASE}", COLUMNS)
tables = DbSinkFactory(f"sqlite:///{DATABASE}")
balance_sink, loan_sink = tables.create("balance", balance), tables.create("loan", loan)
clickstream_sink, trx_sink = JsonLinesSink(OUT / "clickstream.jsonl", click), JsonLinesSink(OUT / "trx.jsonl", trx)

states = ["offline", "online", "loan_screen"]
datagen = DataOnlineGenerator(states, "offline", UserFactory(), 10, 60000, 1000, 1644549708000, seed=SEED)
datagen.add_transition("income", "offline", "offline", 0.01, income, [balance_sink])
datagen.add_transition("spending", "offline", "offline", 0.1, spending, [trx_sink, balance_sink])
datagen.add_transition("login", "offline", "online", 0.1, event_sinks=[clickstream_sink])
datagen.add_transition("logout", "online", "offline", 70)
datagen.add_transition("open_loan_screen", "online", "loan_screen", 30, event_sinks=[clickstream_sink])
datagen.add_transition("close_loan_screen", "loan_screen", "online", 40, event_sinks=[clickstream_sink])
datagen.add_transition("take_loan", "loan_screen", "online", 10, take_loan, [clickstream_sink, loan_sink, balance_sink])
report = datagen.start()

print(f"{report.events} events")
for name in ("clickstream.jsonl", "trx.jsonl"):
    print(f"\n{name}", *(OUT / name).read_text().splitlines(), sep="\n  ")
with sqlite3.connect(DATABASE) as connection:
    for name, columns in COLUMNS.items():
        print(f"\n{name} ({', '.join(columns)})")
        for row in connection.execute(f"SELECT * FROM {name} ORDER BY timestamp"):
            print(" ", *row)
connection.close()
