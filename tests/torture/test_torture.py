"""A run to all destinations that is killed in every way we know; ``make torture`` does the same for longer."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.torture import kills
from tests.torture.round import make_plan, run_round
from tests.torture.servers import servers

KILLS = (
    kills.process_in_commit,
    kills.postgres_in_commit,
    kills.sigterm,
    kills.kafka,
    kills.sigterm_in_commit,
    kills.postgres,
    kills.kafka_paused,
    kills.kafka_in_commit,
    kills.process,
    kills.process_and_postgres,
    kills.process_and_kafka,
    kills.all_in_commit,
)
SLOW_PACE = ("--pace", "60x", "--late", "stretch", "--commit-every", "50 ms", "--engine", "interpreted")


def test_every_kind_of_kill_is_tested():
    assert set(KILLS) == set(kills.KILLS)


@pytest.fixture(scope="module")
def started(schema_registry):
    with servers(schema_registry) as own:
        yield own


@pytest.mark.slow
def test_a_run_that_is_killed_repeatedly_delivers_the_same_records_as_an_uninterrupted_run(started, tmp_path):
    plan = replace(make_plan(1, seed=2022), kills=KILLS, options=(*SLOW_PACE, "--patience", "2 min"), checkpoints=0.1)
    result = run_round(plan, tmp_path, started)
    assert not result.differences, result
    assert result.kill_counts == Counter(kill.__name__ for kill in KILLS), "the run finished before the remaining kills"
