"""Two processes of the same run: one continues, the other ends with an explanation, and nothing is duplicated."""

import psycopg
import pytest

from tests.torture.comparison import differences
from tests.torture.destinations import BALANCE, CLICKS, DESTINATIONS, TRX, Workspace
from tests.torture.rows import TICKS
from tests.torture.run import Run, parts
from tests.torture.servers import Addresses

SERVERS = (CLICKS, BALANCE, TRX)
OPTIONS = ("--commit-every", "50 ms", "--engine", "interpreted", "--late", "stretch", "--pace")
SLOW, FAST = (*OPTIONS, "10x"), (*OPTIONS, "500x")
"""Options for a run that takes minutes, so that something can happen to it, and for one that takes seconds."""
TAKEN_OVER = "another process has taken over run"


@pytest.fixture
def workspace(kafka, database, schema_registry, tmp_path, topic):
    return Workspace(tmp_path, topic, Addresses(kafka, database, schema_registry))


@pytest.fixture
def process(workspace, tmp_path):
    """Starts processes of the run; each state folder stands for a machine."""
    runs = []

    def start(name, machine, destinations, options=FAST, progress=committed):
        kwargs = {"environment": {"DOGE_STATE_DIR": str(tmp_path / machine)}, "fault_injection": False}
        runs.append(Run(workspace, options, destinations, name=name, progress=progress, **kwargs))
        runs[-1].start()
        return runs[-1]

    yield start
    for run in runs:
        run.__exit__(None, None, None)


def committed(workspace):
    try:
        return BALANCE.ticks(workspace)
    except psycopg.errors.UndefinedTable:
        return 0


@pytest.mark.slow
def test_on_one_machine_the_second_ends_at_once_and_the_first_continues(workspace, process):
    first = process("first", "here", DESTINATIONS, SLOW, parts)
    assert first.wait_for_commits(2)
    second = process("second", "here", DESTINATIONS)
    assert second.exit_code() == 1
    assert "another process on this machine is running it" in second.output
    assert "Traceback" not in second.output
    assert first.wait_for_commits(2)
    first.terminate()
    process("third", "here", DESTINATIONS).finish()
    assert differences(workspace, ticks=TICKS) == []


@pytest.mark.slow
def test_on_two_machines_the_second_continues_and_the_first_ends(workspace, process):
    first = process("first", "here", SERVERS, SLOW)
    assert first.wait_for_commits(2)
    second = process("second", "there", SERVERS)
    assert first.exit_code() == 1
    assert TAKEN_OVER in first.output
    assert "Traceback" not in first.output
    second.finish()
    assert (second.starts, differences(workspace, SERVERS, ticks=TICKS)) == (1, [])


@pytest.mark.slow
def test_two_processes_that_start_at_once_leave_a_run_that_can_be_resumed(workspace, process):
    both = [process(name, name, SERVERS) for name in ("here", "there")]
    for run in both:
        assert run.exit_code() == 0 or TAKEN_OVER in run.output, run.output
    process("third", "here", SERVERS).finish()
    assert differences(workspace, SERVERS, ticks=TICKS) == []
