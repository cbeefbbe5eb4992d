"""Users of a bank: what they click and pay goes to Kafka, what they have and owe to PostgreSQL."""
# ruff: noqa: E501, Q000 - the program below stands as it was published

import os
from dataclasses import dataclass
from pathlib import Path
from random import randrange

from doge_datagen import DataOnlineGenerator, DbSinkFactory, KafkaAvroSinkFactory, SubjectFactory, Transition

KAFKA = os.environ.get("DOGE_KAFKA", "localhost:9092")
SCHEMA_REGISTRY = os.environ.get("DOGE_SCHEMA_REGISTRY", "http://localhost:8081")
DATABASE = os.environ.get("DOGE_DATABASE", "postgresql://postgres:postgres@localhost:5432/postgres")


@dataclass
class User:
    user_id: int
    balance: int
    loan_balance: int
    last_payment: int


class UserFactory(SubjectFactory[User]):
    def __init__(self):
        self.current_id = 0

    def create(self) -> User:
        user = User(self.current_id, randrange(0, 1000), 0, 0)
        self.current_id += 1
        return user


def income_callback(subject: User, transition: Transition) -> bool:
    subject.balance += randrange(500, 2000)
    return True


def spending_callback(subject: User, transition: Transition) -> bool:
    payment = randrange(10, 100)
    if payment > subject.balance:
        return False
    subject.balance -= payment
    subject.last_payment = payment
    return True


def take_loan_callback(subject: User, transition: Transition) -> bool:
    subject.loan_balance += 10000
    subject.balance += 10000
    return True


def key(subject: User, transition: Transition) -> dict:
    return {"user_id": str(subject.user_id)}


def click(timestamp: int, subject: User, transition: Transition) -> dict:
    return {"user_id": str(subject.user_id), "event": transition.trigger, "timestamp": timestamp}


def trx(timestamp: int, subject: User, transition: Transition) -> dict:
    return {"user_id": str(subject.user_id), "amount": subject.last_payment, "timestamp": timestamp}


def balance(timestamp: int, subject: User, transition: Transition) -> dict:
    return {"timestamp": timestamp, "user_id": str(subject.user_id), "balance": subject.balance}


def loan(timestamp: int, subject: User, transition: Transition) -> dict:
    return {"timestamp": timestamp, "user_id": str(subject.user_id), "loan": subject.loan_balance}


def schema(name: str) -> str:
    return (Path(__file__).parent / "schemas" / f"{name}.avsc").read_text()


kafka = KafkaAvroSinkFactory([KAFKA], SCHEMA_REGISTRY, "doge-banking")
clickstream_sink = kafka.create("clickstream", key, schema("key"), click, schema("clickstream"))
trx_sink = kafka.create("trx", key, schema("key"), trx, schema("trx"))

database = DbSinkFactory(DATABASE)
balance_sink = database.create("balance", balance)
loan_sink = database.create("loan", loan)

# fmt: off
datagen = DataOnlineGenerator(['offline', 'online', 'loan_screen'], 'offline', UserFactory(), 10, 60000, 1000, 1644549708000)
datagen.add_transition('income', 'offline', 'offline', 0.01,
                       action_callback=income_callback, event_sinks=[balance_sink])
datagen.add_transition('spending', 'offline', 'offline', 0.1,
                       action_callback=spending_callback, event_sinks=[trx_sink, balance_sink])
datagen.add_transition('login', 'offline', 'online', 0.1, event_sinks=[clickstream_sink])
datagen.add_transition('logout', 'online', 'offline', 70, event_sinks=[])
datagen.add_transition('open_loan_screen ', 'online', 'loan_screen', 30, event_sinks=[clickstream_sink])
datagen.add_transition('close_loan_screen', 'loan_screen', 'online', 40, event_sinks=[clickstream_sink])
datagen.add_transition('take_loan', 'loan_screen', 'online', 10,
                       action_callback=take_loan_callback, event_sinks=[clickstream_sink, loan_sink, balance_sink])
datagen.start()
# fmt: on
