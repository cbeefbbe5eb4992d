"""Two processes of one run at once: one goes on, the other ends and says why, and nothing is there twice."""

import psycopg
import pytest

from tests.torture.comparison import differences
from tests.torture.destinations import BALANCE, CLICKS, DESTINATIONS, TRX, Where
from tests.torture.rows import TICKS
from tests.torture.run import Run, parts
from tests.torture.servers import Addresses

SERVERS = (CLICKS, BALANCE, TRX)
OPTIONS = ("--commit-every", "50 ms", "--engine", "interpreted", "--late", "stretch", "--pace")
FOR_MINUTES, FOR_SECONDS = (*OPTIONS, "10x"), (*OPTIONS, "500x")
"""A run that must not be over before something happens, and one that is to be."""
TAKEN_OVER = "another process has taken over run"


@pytest.fixture
def where(kafka, database, schema_registry, tmp_path, topic):
    return Where(tmp_path, topic, Addresses(kafka, database, schema_registry))


@pytest.fixture
def process(where, tmp_path):
    """Processes of the run, each on the machine of some name."""
    made = []

    def one(name, machine, destinations, options=FOR_SECONDS, progress=committed):
        environment = {"DOGE_STATE_DIR": str(tmp_path / machine)}
        made.append(
            Run(where, options, destinations, environment=environment, steerable=False, name=name, progress=progress)
        )
        made[-1].start()
        return made[-1]

    yield one
    for run in made:
        run.__exit__(None, None, None)


def committed(where):
    try:
        return BALANCE.ticks(where)
    except psycopg.errors.UndefinedTable:
        return 0


@pytest.mark.slow
def test_on_one_machine_the_second_ends_at_once_and_the_first_continues(where, process):
    first = process("first", "here", DESTINATIONS, FOR_MINUTES, parts)
    assert first.works(2)
    second = process("second", "here", DESTINATIONS)
    assert second.code() == 1
    assert "another process on this machine is running it" in second.reported
    assert "Traceback" not in second.reported
    assert first.works(2)
    first.terminate()
    process("third", "here", DESTINATIONS).finish()
    assert differences(where, ticks=TICKS) == []


@pytest.mark.slow
def test_on_two_machines_the_second_continues_and_the_first_ends(where, process):
    first = process("first", "here", SERVERS, FOR_MINUTES)
    assert first.works(2)
    second = process("second", "there", SERVERS)
    assert first.code() == 1
    assert TAKEN_OVER in first.reported
    assert "Traceback" not in first.reported
    second.finish()
    assert (second.starts, differences(where, SERVERS, ticks=TICKS)) == (1, [])


@pytest.mark.slow
def test_two_that_begin_in_the_same_moment_leave_a_run_that_can_be_resumed(where, process):
    both = [process(name, name, SERVERS) for name in ("here", "there")]
    for run in both:
        assert run.code() == 0 or TAKEN_OVER in run.reported, run.reported
    process("third", "here", SERVERS).finish()
    assert differences(where, SERVERS, ticks=TICKS) == []
