"""Files that a killed run goes on with: a folder of them, one a commit, whose names say how far the run is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from doge_datagen.batch import Batch
from doge_datagen.errors import DeliveryError, SinkError
from doge_datagen.sinks.files.part_file import PartFile
from doge_datagen.sinks.files.part_names import Part, end_of
from doge_datagen.sinks.files.paths import told
from doge_datagen.sinks.files.records_file import Records, RecordsFile
from doge_datagen.sinks.files.run_folder import RunFolder
from doge_datagen.sinks.files.run_state import STATE
from doge_datagen.sinks.transactional import Position


class PartFiles:
    """A folder named as the file would be, as Spark writes them; its parts are files of the format.

    ::

        out/trx.parquet/
            part-000000000000000-000000000086400.parquet    the records of the ticks from 0 to 86,399
            part-000000000086400-000000000172800.parquet    and of as many after them
            _doge.json                                      whose they are
            _doge.lock                                      while a run is at work

    **A commit with records** is a rename. The part is written under a name that readers pass by, put on the disk, and
    gets its name, which says the position: records and position are there together or not at all. It begins where the
    part before it ended, so that a part that somebody took away is missed.

    **A commit without records** puts the position into ``_doge.json``, by a rename as well. The position is whatever
    of both is further. Whose the folder is stands there before the first part has its name.

    **The lock** is taken as soon as the sink is opened, before any sink of the run is claimed, and let go of by
    ``close``. The system takes it back from a process that is killed.

    A run that ends without any record leaves one part without records, so that readers find the fields.

    Args:
        path: the folder, made where it is missing. It belongs to one run: it is empty, or holds the parts of this one.
        run_id: the name of the run.
        records: which records the parts have, and how.
        ending: of the parts' names.

    Raises:
        SinkError: the folder cannot be had: it is a file, another run's, or another process is writing to it.
        MissingDriverError: the format needs a package that is not installed.
        RecordError: by ``deliver``: the format cannot say a value, or a batch has other fields; no record is there.
        DeliveryError: by ``deliver``: the disk failed; no record is there.
    """

    def __init__(self, path: Path, run_id: str, records: Records, ending: str) -> None:
        self._records, self._ending, self._place = records, ending, records.place
        self._end: int | None = None  # of the parts
        self._sound = False  # claimed, and no commit has failed
        self._folder = RunFolder(path, run_id, records.stream, self._place)
        try:
            self._try_to_write()
        except BaseException:
            self._folder.let_go()
            raise

    def claim(self) -> None:
        """Take away what a killed process left half done, and see how far the run is."""
        self._folder.clear()
        self._end = end_of(self._folder.names(), self._ending, self._place)
        there, written = self._end or 0, self._folder.state.parts if self._folder.state else 0
        if there < written:
            problem = f"the records from tick {there} to {written} are missing"
            raise SinkError(self._place, f"{problem}. Hint: put their parts back, or remove the folder to begin anew")
        self._sound = True

    def position(self) -> Position | None:
        """What the last commit left; None where there was none."""
        state = self._folder.state
        if state is None or (self._end is None and state.ticks is None):
            return None
        return Position(self._ticks, state.of)

    def deliver(self, batches: Sequence[Batch], position: Position) -> None:
        """Put the records there as one part whose name is the position; or the position alone, where there are none.

        The same call again does nothing.
        """
        if position.ticks < self._ticks:
            raise SinkError(self._place, f"is at tick {self._ticks} already; a commit cannot lead to {position.ticks}")
        self._sound = False
        with self._counted("it", batches):
            self._folder.check()
        if any(map(len, batches)):
            self._add(batches, position)
        else:
            with self._counted(STATE):
                self._folder.say(of=position.of, ticks=position.ticks, parts=self._end or 0)
        self._sound = True

    def close(self) -> None:
        """Let others have the folder; where no commit had a record, a part without records is left for readers."""
        try:
            if self._sound and self._end is None and self.position() is not None:
                self._sound = False
                self._write(Part(0, self._ticks), ())
        finally:
            self._folder.let_go()

    @property
    def _ticks(self) -> int:
        said = self._folder.state.ticks if self._folder.state else None
        return max(said or 0, self._end or 0)

    def _add(self, batches: Sequence[Batch], position: Position) -> None:
        if position.ticks == self._end:
            return  # the part of this name is there
        state = self._folder.state
        if state is None or state.of != position.of:
            with self._counted(STATE, batches):
                said = (state.ticks, state.parts) if state else (None, 0)
                self._folder.say(of=position.of, ticks=said[0], parts=said[1])
        self._write(Part(self._end or 0, position.ticks), batches)
        self._end = position.ticks

    def _write(self, part: Part, batches: Sequence[Batch]) -> None:
        name = part.name(self._ending)
        with self._counted(name, batches):
            file = RecordsFile(PartFile(self._folder.path / name, hidden=True), self._records)
            try:
                for batch in batches:
                    file.write(file.prepared(batch.records))
                file.finish()
            except BaseException:
                with suppress(OSError):  # what failed first is what is told
                    file.remove()
                    (self._folder.path / name).unlink(missing_ok=True)
                raise

    @contextmanager
    def _counted(self, name: str, batches: Sequence[Batch] = ()) -> Iterator[None]:
        """The system's errors as ours, with how many records are not there for them."""
        try:
            yield
        except OSError as error:
            problem, count = f"{name} cannot be written: {error}", sum(map(len, batches))
            if not count:
                raise SinkError(self._place, problem) from error
            raise DeliveryError(self._place, accepted=count, delivered=0, causes={problem: count}) from error

    def _try_to_write(self) -> None:
        """See that the packages of the format are there, and that the folder can be written to."""
        with told(self._place):
            file = PartFile(self._folder.path / Part(0, 0).name(self._ending), hidden=True)
            RecordsFile(file, self._records).remove()
