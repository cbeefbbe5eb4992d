"""Java's class data archives are created once, and are optional."""

from dataclasses import replace

import pytest

from services import Kafka, artifacts
from services.java import JavaServer


class Archiving(JavaServer):
    """Writes the archive as Java does when it ends."""

    artifact = replace(artifacts.KAFKA, name="toy-1")
    starts = 0

    def start(self):
        type(self).starts += 1

    def close(self):
        (option,) = self._class_options(archive_of(self))
        archive_of(self).with_suffix(".jsa.part").write_text(option)

    def _prepare(self): ...

    def _launch(self): ...

    def _answers(self): ...

    address = ""


def archive_of(server):
    return artifacts.cache.folder() / "classes" / f"{server.artifact.name}-server.jsa"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(Archiving, "starts", 0)
    return tmp_path / "doge-datagen"


def test_a_server_is_started_once_to_archive_its_classes(cache):
    Archiving.warm_up()
    Archiving.warm_up()
    assert Archiving.starts == 1
    archive = archive_of(Archiving)
    assert archive.read_text() == f"-XX:ArchiveClassesAtExit={archive}.part"
    assert Archiving()._class_options(archive) == (f"-XX:SharedArchiveFile={archive}",)


def test_a_server_starts_without_an_archive(cache):
    assert Archiving()._class_options(archive_of(Archiving)) == ()


@pytest.mark.slow
def test_a_server_starts_with_a_damaged_archive(tmp_path, monkeypatch):
    Kafka.fetch()
    cached = artifacts.cached(Kafka.artifact)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    archive_of(Kafka).parent.mkdir(parents=True)
    artifacts.cached(Kafka.artifact).symlink_to(cached)
    archive_of(Kafka).write_bytes(b"damaged" * 1000)
    with Kafka() as server:
        assert server.running
