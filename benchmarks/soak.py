"""A day of the bank in twelve minutes, to Kafka and PostgreSQL: memory, lag, and completeness.

Not part of ``make bench``; ``make soak MINUTES=2`` runs it for two minutes of wall time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

from confluent_kafka import Consumer, TopicPartition
from sqlalchemy import create_engine, text

from services import Kafka, Postgres, SchemaRegistry

BANK = Path(__file__).parents[1] / "examples" / "bank" / "bank.yaml"
DOGE = "from doge_datagen.cli import main; main(prog_name='doge')"
SPEED, SUBJECTS, MINUTES = 120, 1_000_000, 12.0
SECONDS_BETWEEN_SAMPLES = 10
SETTLED = 90.0
"""Seconds after which memory must not grow: the first checkpoint, after a minute, needs additional buffers."""
GROWTH, LAG, COMMIT_LAG = 1.05, 1.0, 2.5
"""Limits: growth of memory since then, and p99 of lag and commit lag in seconds; there is a commit every second."""
TOPICS, TABLES = ("clickstream", "trx"), ("balance", "loan")


def samples(run: subprocess.Popen[str]) -> Iterator[tuple[float, float]]:
    """While the process runs, every ten seconds: seconds since the start, and resident memory in MiB."""
    started = monotonic()
    while run.poll() is None:
        for line in Path(f"/proc/{run.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                yield monotonic() - started, int(line.split()[1]) / 1024
        sleep(SECONDS_BETWEEN_SAMPLES)


def in_topic(addresses: str, topic: str) -> int:
    """The number of committed records in a topic."""
    reader = Consumer({"bootstrap.servers": addresses, "group.id": "soak", "isolation.level": "read_committed",
                       "enable.partition.eof": True})  # fmt: skip
    reader.assign([TopicPartition(topic, 0, 0)])
    count = 0
    while True:
        for message in reader.consume(10_000, 1):
            if message.error() is not None:
                reader.close()
                return count
            count += 1


def soak(minutes: float) -> bool:
    """Run it and print the figures; whether it stayed within the limits and delivered everything."""
    with tempfile.TemporaryDirectory() as name, Kafka() as kafka, Postgres() as postgres, SchemaRegistry() as registry:
        folder = Path(name)
        variables = {"KAFKA": kafka.bootstrap_servers, "DATABASE": postgres.url, "SCHEMA_REGISTRY": registry.url}
        command = ["run", str(BANK), "--target", "real", "--seed", "1", "--run-id", "soak", "--pace", f"{SPEED}x"]
        command += ["--subjects", str(SUBJECTS), "--ticks", str(int(minutes * SPEED))]
        environment = {**os.environ, **variables, "DOGE_STATE_DIR": name}
        report_to = folder / "report.json"
        run = subprocess.Popen(
            [sys.executable, "-c", DOGE, *command, "--report", str(report_to)], text=True, env=environment
        )
        memory = list(samples(run))
        if run.returncode:
            return False
        report = json.loads(report_to.read_text(encoding="utf-8"))
        delivered = {it["stream"]: it["delivered"] for it in report["streams"]}
        read_back = {topic: in_topic(kafka.bootstrap_servers, topic) for topic in TOPICS}
        with create_engine(postgres.url).connect() as connection:
            read_back |= {it: connection.execute(text(f"SELECT count(*) FROM {it}")).scalar_one() for it in TABLES}
        memory_lines = [
            f"{seconds / 60:.1f} min {mib:.0f} MiB" for seconds, mib in memory[:: max(1, len(memory) // 12)]
        ]
        print(f"{report['ticks']:,} ticks, {report['events']:,} events, {sum(delivered.values()):,} records")
        print(f"memory: {', '.join(memory_lines)}; at the end {memory[-1][1]:.0f} MiB")
        print("pace:", ", ".join(f"{key} {value}" for key, value in report["pace"].items()))
        print("delivered:", delivered)
        print("read back:", read_back)
        return delivered == read_back and is_steady(memory) and is_on_time(report["pace"])


def is_steady(memory: list[tuple[float, float]]) -> bool:
    """Whether memory stays flat after the first minutes."""
    settled = [mib for seconds, mib in memory if seconds >= SETTLED]
    return not settled or max(settled) <= GROWTH * settled[0]


def is_on_time(pace: dict[str, float]) -> bool:
    """Whether lag stays within its limits."""
    return pace["lag_p99"] <= LAG and pace["commit_lag_p99"] <= COMMIT_LAG


def main() -> None:
    """Run for the given minutes; exits with code 1 if records are missing or late, or memory grows."""
    sys.exit(0 if soak(float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES) else 1)


if __name__ == "__main__":
    main()
