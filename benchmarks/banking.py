"""Users of a banking application, who earn, spend, log in, look at the loan screen, and sometimes take the loan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from doge_datagen.generator import DataOnlineGenerator, SubjectFactory
from doge_datagen.model import Collector, Transition

START = 1644549708000  # 2022-02-11T03:21:48Z
MINUTE = 60_000

ValueFunction = Callable[[int, Any, Transition], dict[str, Any]]


@dataclass
class User:
    """One user of the bank; balances are in whole units of money."""

    user_id: int
    balance: int
    loan_balance: int = 0
    last_payment: int = 0


class Users(SubjectFactory[User]):
    """Numbers users from 0 and gives each a balance below 1,000."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._made = 0

    def create(self) -> User:
        """The next user."""
        user = User(self._made, self._rng.randrange(0, 1000))
        self._made += 1
        return user


class BankSinks(NamedTuple):
    """The sinks of the four streams."""

    clickstream: Collector
    trx: Collector
    balance: Collector
    loan: Collector


class Size(NamedTuple):
    """The size and seed of a run."""

    subjects: int
    ticks: int
    seed: int


def banking(sinks: BankSinks, size: Size) -> DataOnlineGenerator[User]:
    """The state machine of the bank, one tick per minute."""
    rng = Random(size.seed)

    def income(user: User, _: Transition) -> bool:
        user.balance += rng.randrange(500, 2000)
        return True

    def spending(user: User, _: Transition) -> bool:
        payment = rng.randrange(10, 100)
        if payment > user.balance:
            return False
        user.balance -= payment
        user.last_payment = payment
        return True

    def take_loan(user: User, _: Transition) -> bool:
        user.loan_balance += 10_000
        user.balance += 10_000
        return True

    clickstream, trx, balance, loan = sinks
    states = ["offline", "online", "loan_screen"]
    users, (count, ticks, seed) = Users(rng), size
    datagen = DataOnlineGenerator(states, "offline", users, count, MINUTE, ticks, START, seed=seed)
    datagen.add_transition("income", "offline", "offline", 0.01, income, [balance])
    datagen.add_transition("spending", "offline", "offline", 0.1, spending, [trx, balance])
    datagen.add_transition("login", "offline", "online", 0.1, None, [clickstream])
    datagen.add_transition("logout", "online", "offline", 70)
    datagen.add_transition("open_loan_screen", "online", "loan_screen", 30, None, [clickstream])
    datagen.add_transition("close_loan_screen", "loan_screen", "online", 40, None, [clickstream])
    datagen.add_transition("take_loan", "loan_screen", "online", 10, take_loan, [clickstream, loan, balance])
    return datagen


def click(timestamp: int, user: User, transition: Transition) -> dict[str, Any]:
    """A record of the clickstream."""
    return {"user_id": str(user.user_id), "event": transition.trigger, "timestamp": timestamp}


def payment(timestamp: int, user: User, _: Transition) -> dict[str, Any]:
    """A record of the trx stream."""
    return {"user_id": str(user.user_id), "amount": user.last_payment, "timestamp": timestamp}


def balance_row(timestamp: int, user: User, _: Transition) -> dict[str, Any]:
    """A row of the balance table."""
    return {"timestamp": timestamp, "user_id": user.user_id, "balance": user.balance}


def loan_row(timestamp: int, user: User, _: Transition) -> dict[str, Any]:
    """A row of the loan table."""
    return {"timestamp": timestamp, "user_id": user.user_id, "loan": user.loan_balance}
