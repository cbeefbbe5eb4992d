"""Visitors of a web shop, and the funnel from the visit to the purchase, counted with SQL."""

import sqlite3
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

from doge_datagen import DataOnlineGenerator, DbSinkFactory, SubjectFactory, Transition, create_tables

dice = Random(7)
DATABASE = Path("out", "shop.db")
FUNNEL = """
    SELECT event,
           COUNT(*) AS events, COUNT(DISTINCT visitor) AS visitors,
           printf('%5.1f %%', 100.0 * COUNT(DISTINCT visitor) / (SELECT COUNT(DISTINCT visitor) FROM events)) AS share
    FROM events GROUP BY event ORDER BY visitors DESC, event
"""
COHORTS = """
    SELECT first_day AS day, COUNT(*) AS newcomers, SUM(bought) AS buyers, SUM(spent) AS spent
    FROM (SELECT MIN(timestamp) / 86400000 AS first_day, MAX(event = 'buy') AS bought, SUM(price) AS spent
          FROM events GROUP BY visitor)
    GROUP BY first_day ORDER BY first_day
"""


@dataclass
class Visitor:
    number: int
    basket: list[int] = field(default_factory=list)
    paid: int = 0


class Visitors(SubjectFactory[Visitor]):
    numbers = count(1)

    def create(self) -> Visitor:
        return Visitor(next(self.numbers))


def add(visitor: Visitor, transition: Transition) -> bool:
    visitor.basket.append(dice.randrange(5, 100))
    return True


def pay(visitor: Visitor, transition: Transition) -> bool:
    visitor.paid, visitor.basket = sum(visitor.basket), []
    return True


def row(timestamp: int, visitor: Visitor, transition: Transition) -> dict:
    price = visitor.paid if transition.trigger == "buy" else 0
    return {"timestamp": timestamp, "visitor": visitor.number, "event": transition.trigger, "price": price}


DATABASE.parent.mkdir(exist_ok=True)
DATABASE.unlink(missing_ok=True)
columns = {"timestamp": "integer", "visitor": "integer", "event": "text", "price": "integer"}
create_tables(f"sqlite:///{DATABASE}", {"events": columns})
events = [DbSinkFactory(f"sqlite:///{DATABASE}").create("events", row)]

shop = DataOnlineGenerator(["away", "shelves", "checkout"], "away", Visitors(), 500, 60_000, 4 * 1440, seed=7)
shop.add_transition("visit", "away", "shelves", 0.05, event_sinks=events)
shop.add_transition("browse", "shelves", "shelves", 40, event_sinks=events)
shop.add_transition("basket", "shelves", "shelves", 10, add, events)
shop.add_transition("checkout", "shelves", "checkout", 5, lambda visitor, _: bool(visitor.basket), events)
shop.add_transition("leave", "shelves", "away", 15)
shop.add_transition("buy", "checkout", "away", 40, pay, events)
shop.add_transition("abandon", "checkout", "away", 20, event_sinks=events)
shop.start()

with sqlite3.connect(DATABASE) as connection:
    for query in (FUNNEL, COHORTS):
        answer = connection.execute(query)
        print(*(f"{column[0]:>10}" for column in answer.description))
        for line in answer:
            print(*(f"{value:>10}" for value in line))
        print()
connection.close()
