"""PostgreSQL keeps its port and rows."""

import subprocess

import pytest

from services import Postgres, ServiceError, postgres


@pytest.fixture(scope="module")
def server():
    with Postgres() as running:
        yield running


@pytest.mark.slow
@pytest.mark.parametrize("end", [Postgres.stop, Postgres.kill])
def test_rows_and_address_survive_a_restart(server, table_name, end):
    address = server.url
    server.psql(f"CREATE TABLE {table_name} AS SELECT 42 AS answer")
    end(server)
    assert not server.running
    server.start()
    assert server.url == address
    assert server.psql(f"SELECT answer FROM {table_name}") == "42"


def test_a_kill_ends_busy_sessions(server):
    program = [postgres.programs.postgres() / "psql", server.url, "-c"]
    busy = "DO $$ BEGIN RAISE WARNING 'busy'; LOOP END LOOP; END $$"
    with subprocess.Popen([*program, busy], stderr=subprocess.PIPE, text=True) as client:
        assert "busy" in client.stderr.readline()
        server.kill()
        assert client.wait(timeout=30) != 0
    server.start()
    assert server.psql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%LOOP END LOOP%'") == "1"


def test_starting_a_running_server_does_nothing(server):
    pid = server.pid
    server.start()
    assert server.pid == pid


@pytest.mark.slow
def test_two_servers_at_once_share_nothing(server, table_name):
    with Postgres() as other:
        other.psql(f"CREATE TABLE {table_name} (answer int)")
        assert other.url != server.url
        with pytest.raises(ServiceError, match=f'"{table_name}" does not exist'):
            server.psql(f"SELECT * FROM {table_name}")


@pytest.mark.slow
def test_closing_deletes_the_data():
    with Postgres() as server:
        folder = server.folder
        assert folder.is_dir()
    assert not folder.exists()
    with pytest.raises(ServiceError, match=r"call start\(\) first"):
        _ = server.url


@pytest.mark.slow
def test_a_server_that_cannot_start_shows_the_end_of_its_log(monkeypatch):
    monkeypatch.setitem(postgres.SETTINGS, "shared_buffers", "plenty")
    server = Postgres()
    with pytest.raises(ServiceError, match='invalid value for parameter "shared_buffers": "plenty"'):
        server.start()
    assert not server.running
