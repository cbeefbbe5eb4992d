"""Downloads are checked against the committed checksums, and happen once."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from services import ServiceError, artifacts
from services.artifacts import KAFKA, REGISTRY, Artifact, check, pinned, provide

TOY = Artifact(title="a toy", name="toy-1", goal=())


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A fake download of one file; returns the list of requested downloads."""
    requested = []

    def download(artifact, partial, content):
        requested.append(artifact)
        (content / "toy.jar").write_bytes(b"toy")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(artifacts, "_run_maven", download)
    monkeypatch.setattr(artifacts, "pinned", lambda name: {"toy.jar": hashlib.sha256(b"toy").hexdigest()})
    return requested


def test_every_download_has_its_checksums():
    assert f"{KAFKA.name.replace('kafka-', 'kafka_2.13-')}.jar" in pinned(KAFKA.name)
    assert f"apicurio-registry-app-{REGISTRY.name.rpartition('-')[2]}-runner.jar" in pinned(REGISTRY.name)


@pytest.mark.parametrize(
    ("actual", "fault"),
    [
        ({"a.jar": b"a", "b.jar": b"changed"}, "b.jar is not what its checksum says"),
        ({"a.jar": b"a"}, "b.jar is missing"),
        ({"a.jar": b"a", "b.jar": b"b", "c.jar": b"c"}, "c.jar does not belong there"),
    ],
)
def test_a_folder_that_differs_from_its_checksums_is_refused_with_a_hint(tmp_path, actual, fault):
    expected = {name: hashlib.sha256(content).hexdigest() for name, content in [("a.jar", b"a"), ("b.jar", b"b")]}
    for name, content in actual.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ServiceError) as error:
        check(tmp_path, expected)
    assert fault in str(error.value)
    assert f"rm -r '{tmp_path}'" in str(error.value)


def test_concurrent_requests_download_once(toy):
    with ThreadPoolExecutor(2) as pool:
        folders = list(pool.map(provide, [TOY, TOY]))
    assert folders[0] == folders[1]
    assert toy == [TOY]


def test_an_interrupted_download_is_started_over(toy, tmp_path):
    leftover = tmp_path / "doge-datagen" / ".toy-1.partial" / "content"
    leftover.mkdir(parents=True)
    (leftover / "half.jar").write_bytes(b"half")
    assert [path.name for path in provide(TOY).iterdir()] == ["toy.jar"]


def test_a_download_with_a_wrong_checksum_is_not_cached(toy, monkeypatch):
    monkeypatch.setattr(artifacts, "pinned", lambda name: {"toy.jar": "0" * 64})
    with pytest.raises(ServiceError, match="not what its checksum says"):
        provide(TOY)
    assert not artifacts.cached(TOY).exists()


def test_a_changed_file_in_the_cache_is_detected(toy):
    (provide(TOY) / "toy.jar").write_bytes(b"changed")
    with pytest.raises(ServiceError, match="not what its checksum says"):
        provide(TOY)
