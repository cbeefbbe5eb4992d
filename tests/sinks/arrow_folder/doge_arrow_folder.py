"""A third-party sink type, as added by an installed package: a folder of Arrow files, one per batch."""

from pathlib import Path

from pyarrow import ipc

from doge_datagen.batch import Batch
from doge_datagen.errors import DeliveryError, SinkError
from doge_datagen.sinks.base import BatchSink
from doge_datagen.sinks.sink_kind import Option, SinkContext, SinkKind


class ArrowFolderSink(BatchSink):
    """Writes each batch to ``<prefix><number>.arrow`` at once."""

    def __init__(self, opening: SinkContext) -> None:
        self._folder = Path(opening.at.reveal())
        self._prefix = opening.options.get("prefix", "")
        self._files = 0
        self._delivered = 0
        self._refusal = ""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SinkError(str(self._folder), f"cannot be created: {error}") from error

    @property
    def delivered(self) -> int:
        return self._delivered

    def write(self, batch: Batch) -> None:
        if self._refusal:
            raise SinkError(str(self._folder), self._refusal)
        try:
            path = str(self._folder / f"{self._prefix}{self._files:06}.arrow")
            with ipc.new_file(path, batch.records.schema) as file:
                file.write_batch(batch.records)
        except OSError as error:
            self._refusal = "failed before"
            counts = {"accepted": self._delivered + len(batch), "delivered": self._delivered}
            raise DeliveryError(str(self._folder), **counts, causes={str(error): len(batch)}) from error
        self._files += 1
        self._delivered += len(batch)

    def close(self) -> None:
        self._refusal = self._refusal or "is closed"


ARROW_FOLDER = SinkKind(
    name="arrow_folder",
    meaning="the path of the folder",
    open=ArrowFolderSink,
    options={"prefix": Option("of the files' names")},
)
