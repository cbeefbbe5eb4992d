"""Apicurio Registry, which implements the protocol of Confluent's Schema Registry."""

import urllib.request
from typing import ClassVar

from services import artifacts
from services.artifacts import Artifact
from services.java import JavaServer
from services.ports import HOST
from services.process import Launch

JAR = "apicurio-registry-app-3.0.9-runner.jar"


class SchemaRegistry(JavaServer):
    """A schema registry that keeps its schemas in an embedded database."""

    title: ClassVar[str] = "Apicurio Registry"
    name: ClassVar[str] = "registry"
    port_count: ClassVar[int] = 1
    artifact: ClassVar[Artifact] = artifacts.REGISTRY
    heap: ClassVar[str] = "384m"

    @property
    def url(self) -> str:
        """The URL for Confluent's clients."""
        return f"http://{HOST}:{self._port(0)}/apis/ccompat/v7"

    @property
    def address(self) -> str:
        """The same as `url`."""
        return self.url

    def _prepare(self) -> None:
        self.fetch()

    def _launch(self) -> Launch:
        settings = {
            "quarkus.http.host": HOST,
            "quarkus.http.port": self._port(0),
            "quarkus.management.enabled": "false",
            # Without a write delay, a confirmed schema survives a kill.
            "apicurio.datasource.url": f"jdbc:h2:file:{self.folder / 'data'};WRITE_DELAY=0",
        }
        options = (f"-D{name}={value}" for name, value in settings.items())
        return self._java(*options, "-jar", str(artifacts.cached(self.artifact) / JAR))

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/subjects", timeout=5):
                return True
        except OSError:
            return False
