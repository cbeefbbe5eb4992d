"""Runs to all destinations that are killed in every way there is; ``make torture`` does it for as long as one likes."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.torture import kills
from tests.torture.round import planned, tortured
from tests.torture.servers import servers

KILLS = (
    kills.child_in_commit,
    kills.postgres_in_commit,
    kills.terminated,
    kills.kafka,
    kills.terminated_in_commit,
    kills.postgres,
    kills.kafka_stands,
    kills.kafka_in_commit,
    kills.child,
    kills.child_and_postgres,
    kills.child_and_kafka,
    kills.all_in_commit,
)
SLOWLY = ("--pace", "60x", "--late", "stretch", "--commit-every", "50 ms", "--engine", "interpreted")


def test_every_kind_of_kill_is_tried():
    assert set(KILLS) == set(kills.KILLS)


@pytest.fixture(scope="module")
def started(schema_registry):
    with servers(schema_registry) as own:
        yield own


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_has_exactly_what_an_unbroken_run_has(started, tmp_path):
    plan = replace(planned(1, seed=2022), kills=KILLS, options=(*SLOWLY, "--patience", "2 min"), checkpoints=0.1)
    account = tortured(plan, tmp_path, started)
    assert not account.wrong, account
    assert account.kinds == Counter(kill.__name__ for kill in KILLS), "the run was over too soon for the others"
