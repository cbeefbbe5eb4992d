"""The rules every sink keeps, run on this one."""

import csv

import pytest
from csv_sink import CsvSink

from doge_datagen.sinks.testing.events import RULES, SinkUnderTest


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_csv_sink(rule, tmp_path):
    path = tmp_path / "events.csv"

    def row(timestamp, subject, transition):
        return timestamp, subject.number, transition.trigger

    def read():
        with path.open(newline="") as file:
            return [(int(timestamp), int(number), event) for timestamp, number, event in list(csv.reader(file))[1:]]

    columns = ("timestamp", "number", "event")
    rule(SinkUnderTest(make=lambda: CsvSink(path, columns, row), read=read, break_destination=path.mkdir))
