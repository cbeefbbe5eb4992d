"""Commit records to a folder of parts whose names hold the position, so that a killed run can be resumed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from doge_datagen.batch import Batch
from doge_datagen.errors import DeliveryError, SinkError
from doge_datagen.sinks.files.part_file import PartFile
from doge_datagen.sinks.files.paths import STATE, os_errors_translated
from doge_datagen.sinks.files.record_buffer import Records, RecordsFile
from doge_datagen.sinks.files.run_folder import Part, RunFolder, end_of
from doge_datagen.sinks.transactional import Position

IN_DOUBT = (
    "; the file has its name and cannot be removed ({error}): these records are in doubt, and a resumed run goes on "
    "behind them if the file is still there"
)


class PartFiles:
    """A folder with the name that the file would have, as Spark writes it; its parts are files of the format.

    ::

        out/trx.parquet/
            part-000000000000000-000000000086400.parquet    the records of ticks 0 to 86,399
            part-000000000086400-000000000172800.parquet    the records of the next 86,400 ticks
            _doge.json                                      which run the folder belongs to
            _doge.lock                                      while a run is writing

    **A commit with records** is a rename. The part is written under a name that readers ignore, synced to disk, and
    renamed to its final name, which holds the position: either both records and position are there or neither. A part
    starts where the previous one ended, so a part that somebody removed is noticed.

    **A commit without records** writes the position to ``_doge.json``, also by a rename. The run's position is the
    later of the two. ``_doge.json`` is written before the first part gets its name.

    **The lock** is taken when the sink is opened, before any sink of the run is claimed, and released by ``close``. The
    operating system releases it if the process is killed.

    A run that ends without any records leaves one empty part, so that readers find the fields.

    Args:
        path: the folder, created if it is missing. It belongs to one run: it must be empty or hold that run's parts.
        run_id: name of the run.
        records: the stream, and how its records are written.
        ending: extension of the parts' names.

    Raises:
        SinkError: the folder cannot be used: it is a file, belongs to another run, or another process writes to it.
        MissingDriverError: the format needs a package that is not installed.
        RecordError: by ``deliver``: the format cannot represent a value, or a batch has other fields; nothing was
            committed.
        DeliveryError: by ``deliver``: the disk failed; nothing was committed, or the message says that the records are
            in doubt.
    """

    def __init__(self, path: Path, run_id: str, records: Records, ending: str) -> None:
        self._records, self._ending, self._destination = records, ending, records.destination
        self._end: int | None = None  # tick that the parts lead to
        self._sound = False  # whether it is claimed and no commit has failed
        self._folder = RunFolder(path, run_id, records.stream, self._destination)
        try:
            self._try_to_write()
        except BaseException:
            self._folder.release()
            raise

    def claim(self) -> None:
        """Remove what a killed process left unfinished, and find out how far the run is."""
        # Safe only since the lock is held: a part of a process at work looks the same as one left by a killed process.
        self._folder.clear()
        self._end = end_of(self._folder.names(), self._ending, self._destination)
        # The state says how far parts led when it was stored, so those that were removed at the end are noticed as
        # well.
        there, written = self._end or 0, self._folder.state.parts if self._folder.state else 0
        if there < written:
            problem = f"the records from tick {there} to {written} are missing"
            raise SinkError(
                self._destination, f"{problem}. Hint: put their parts back, or remove the folder to begin anew"
            )
        self._sound = True

    def position(self) -> Position | None:
        """Return the position of the last commit; None if there has been none."""
        state = self._folder.state
        if state is None or (self._end is None and state.ticks is None):
            return None
        # The name of the last part may lead further than the state, which is written only with commits that have no
        # records.
        return Position(self._ticks, state.of)

    def deliver(self, batches: Sequence[Batch], position: Position) -> None:
        """Commit the records as one part whose name is the position, or only the position if there are no records.

        A call with a position that is committed already does nothing.
        """
        # A part would overlap one that is there. It cannot happen while positions only grow, and is checked as nothing
        # could repair it.
        if position.ticks < self._ticks:
            raise SinkError(
                self._destination, f"is at tick {self._ticks} already; a commit cannot lead to {position.ticks}"
            )
        # Until this call succeeds: if it fails at any point, close must not add an empty part for ticks whose records
        # are missing.
        self._sound = False
        with self._counted("it", batches):
            self._folder.check()
        if any(map(len, batches)):
            self._add(batches, position)
        else:
            with self._counted(STATE):
                self._folder.set_state(of=position.of, ticks=position.ticks, parts=self._end or 0)
        self._sound = True

    def close(self) -> None:
        """Release the folder; if no commit had records, leave an empty part for readers."""
        try:
            # Not after a failed commit: an empty part would claim ticks whose records are not there.
            if self._sound and self._end is None and self.position() is not None:
                self._sound = False
                # Readers infer the columns from a file; from an empty folder they cannot.
                self._write(Part(0, self._ticks), ())
        finally:
            self._folder.release()

    @property
    def _ticks(self) -> int:
        stated = self._folder.state.ticks if self._folder.state else None
        return max(stated or 0, self._end or 0)

    def _add(self, batches: Sequence[Batch], position: Position) -> None:
        # The previous attempt committed this part, although it ended with an error.
        if position.ticks == self._end:
            # Its records are these: the same ticks of the same run give the same records.
            return  # the part of this name exists
        state = self._folder.state
        # First the state, then the part: a part must never exist without the run that it belongs to.
        if state is None or state.of != position.of:
            with self._counted(STATE, batches):
                stated = (state.ticks, state.parts) if state else (None, 0)
                self._folder.set_state(of=position.of, ticks=stated[0], parts=stated[1])
        self._write(Part(self._end or 0, position.ticks), batches)
        # Only now: after an error, the same call has to write the part that starts where the last one ended.
        self._end = position.ticks

    def _write(self, part: Part, batches: Sequence[Batch]) -> None:
        name = part.name(self._ending)
        with self._counted(name, batches):
            file = RecordsFile(PartFile(self._folder.path / name, hidden=True), self._records)
            try:
                for batch in batches:
                    file.write(file.prepared(batch.records))
                file.finish()
            except BaseException as error:
                try:
                    # Also what is complete: finish may have renamed it and failed to sync the folder. What this call
                    # reports as not committed must not be there.
                    file.remove()
                    (self._folder.path / name).unlink(missing_ok=True)
                except OSError as another:
                    if isinstance(error, OSError) and (self._folder.path / name).exists():
                        raise OSError(f"{error}{IN_DOUBT.format(error=another)}") from error
                raise

    @contextmanager
    def _counted(self, name: str, batches: Sequence[Batch] = ()) -> Iterator[None]:
        """Turn the system's errors into ours, with the number of records that were not committed."""
        try:
            yield
        except OSError as error:
            problem, count = f"{name} cannot be written: {error}", sum(map(len, batches))
            if not count:
                raise SinkError(self._destination, problem) from error
            raise DeliveryError(self._destination, accepted=count, delivered=0, causes={problem: count}) from error

    def _try_to_write(self) -> None:
        """Check that the packages of the format are installed and that the folder is writable."""
        with os_errors_translated(self._destination):
            file = PartFile(self._folder.path / Part(0, 0).name(self._ending), hidden=True)
            RecordsFile(file, self._records).remove()
