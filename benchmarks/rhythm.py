"""Rhythms: the cost of an event with a rhythm that peaks at 50, with a flat rhythm, and without one."""

from __future__ import annotations

from time import perf_counter

from benchmarks.floors import at_most
from doge_datagen import Clock, Model, Population, Rhythm, Stream, Transition

ROUNDS = 5
SUBJECTS, DAYS = 100_000, 60
START, DAY = 1_767_225_600_000, 86_400_000
RHYTHMS = {
    "flat": Rhythm(),
    "peak": Rhythm("Europe/Warsaw", {19: 0.1, 20: 50, 21: 0.1}, weekdays={"sat": 1.4}, growth="1 %/week"),
}


def model(rhythm: str | None) -> Model:
    """Subjects that do one thing three times a day."""
    return Model(
        name="rhythm",
        subjects=Population("user", SUBJECTS, {"count": 0}),
        states=["on"],
        initial="on",
        transitions=[Transition("go", "on", "on", rate="3/d", rhythm=rhythm, do="count += 1", emit="events")],
        streams={"events": Stream({"ts": "timestamp", "user": "index", "count": "count"})},
        clock=Clock(START, 1, DAYS * DAY),
        rhythms=RHYTHMS,
    )


def per_event(of: Model) -> tuple[int, float]:
    """The number of records of a run, and the seconds per record."""
    started = perf_counter()
    records = sum(batch.num_rows for _, batch in of.batches(seed=2022, engine="compiled"))
    return records, (perf_counter() - started) / records


def main() -> None:
    """Print the figures."""
    models = {name: model(name) for name in ("peak", "flat")} | {"none": model(None)}
    best = dict.fromkeys(models, float("inf"))
    for of in models.values():
        per_event(of.resized(subjects=10))  # compiles
    for _ in range(ROUNDS):
        for name, of in models.items():
            records, seconds = per_event(of)
            best[name] = min(best[name], seconds)
    print(f"rhythms: {SUBJECTS:,} subjects x {DAYS} days, {records:,} records to Arrow: ")
    print("  " + ", ".join(f"{name} {seconds * 1e9:.0f} ns" for name, seconds in best.items()) + " per record")
    print(f"  peak of 50 / flat: {at_most(1.5, 'a rhythm with a peak', best['peak'] / best['flat'])}")
    print(f"  flat / without a rhythm: {best['flat'] / best['none']:.2f}")


if __name__ == "__main__":
    main()
