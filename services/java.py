"""Java servers with class data archives, which halve their startup time."""

from pathlib import Path
from typing import ClassVar

from services import artifacts, cache, programs
from services.artifacts import Artifact
from services.locks import locked
from services.process import GRACE_SECONDS, Launch
from services.server import Server

OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
ARCHIVE_SECONDS = 120.0
MAIN = "server"


class JavaServer(Server):
    """A Java server; without archives, or with those of another Java version, it only starts more slowly."""

    artifact: ClassVar[Artifact]
    heap: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self._archiving = False

    @classmethod
    def fetch(cls) -> None:
        """Install Java and Maven if they are missing, and download the server."""
        programs.java()
        artifacts.provide(cls.artifact)

    @classmethod
    def warm_up(cls) -> None:
        """Start and stop the server once, so that Java archives the classes it loads; not if archives exist."""
        with locked(cache.folder() / f"{cls.artifact.name}.classes.lock"):
            if not _archive(cls.artifact, MAIN).exists():
                server = cls()
                server._archiving = True
                with server:
                    pass
                _finish(cls.artifact)

    def _java(self, *arguments: str, program: str = MAIN) -> Launch:
        """The command line for one of the server's programs, by the name of its archive."""
        options = (f"-Xmx{self.heap}", *OPTIONS, *self._class_options(_archive(self.artifact, program)))
        command = (str(programs.java()), *options, *arguments)
        grace = ARCHIVE_SECONDS if self._archiving else GRACE_SECONDS
        return Launch(command=command, folder=self.folder, log=self._log, grace_seconds=grace)

    def _class_options(self, archive: Path) -> tuple[str, ...]:
        if self._archiving:
            archive.parent.mkdir(parents=True, exist_ok=True)
            return (f"-XX:ArchiveClassesAtExit={archive}.part",)
        return (f"-XX:SharedArchiveFile={archive}",) if archive.exists() else ()


def _archive(artifact: Artifact, program: str) -> Path:
    return cache.folder() / "classes" / f"{artifact.name}-{program}.jsa"


def _finish(artifact: Artifact) -> None:
    """Rename complete archives to their final names."""
    for part in _archive(artifact, MAIN).parent.glob(f"{artifact.name}-*.part"):
        part.replace(part.with_suffix(""))
