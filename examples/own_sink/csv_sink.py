"""A sink of one's own: events to a CSV file, whole or not at all."""

import csv
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from doge_datagen import DataOnlineGenerator, EventSink, SinkError, SubjectFactory, Transition


class CsvSink(EventSink):
    def __init__(
        self, path: Path, columns: Sequence[str], row: Callable[[int, Any, Transition], Sequence[Any]]
    ) -> None:
        self._place, self._path, self._row = f"file {path}", path, row
        self._refusal, self._accepted, self._delivered = "", 0, 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._part = path.with_suffix(".part")
        self._file = self._part.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        self._writer.writerow(columns)

    @property
    def delivered(self) -> int:
        return self._delivered

    def collect(self, timestamp: int, subject: Any, transition: Transition) -> None:
        if self._refusal:
            raise SinkError(self._place, self._refusal)
        try:
            self._writer.writerow(self._row(timestamp, subject, transition))
        except OSError as error:
            raise self._failed(error) from error
        self._accepted += 1

    def close(self) -> None:
        if self._file.closed:
            return
        self._refusal = "is closed; make a new sink"
        try:
            self._file.close()
            self._part.replace(self._path)
        except OSError as error:
            raise self._failed(error) from error
        self._delivered = self._accepted

    def _failed(self, error: OSError) -> SinkError:
        self._refusal = "failed before; make a new sink"
        with suppress(OSError):  # told already; the file is closed all the same, and never gets its name
            self._file.close()
        return SinkError(self._place, f"{self._accepted} rows did not arrive: {error}")


@dataclass
class Lamp:
    number: int


class Lamps(SubjectFactory[Lamp]):
    numbers = count(1)

    def create(self) -> Lamp:
        return Lamp(next(self.numbers))


def row(timestamp: int, lamp: Lamp, transition: Transition) -> Sequence[Any]:
    return timestamp, lamp.number, transition.trigger


if __name__ == "__main__":
    path = Path("out", "lamps.csv")
    sinks = [CsvSink(path, ("timestamp", "lamp", "event"), row)]
    lamps = DataOnlineGenerator(["off", "on"], "off", Lamps(), 3, 1000, 10, seed=1)
    lamps.add_transition("switch_on", "off", "on", 20, event_sinks=sinks)
    lamps.add_transition("switch_off", "on", "off", 40, event_sinks=sinks)
    report = lamps.start()
    print(path.read_text(), f"{report.sinks[0].delivered} of {report.events} events delivered", sep="")
