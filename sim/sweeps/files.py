"""Files that survive a kill: written whole or not at all, on the disk when the call returns.

Every OSError becomes a StoreError that names the folder and says what to do."""

from __future__ import annotations

import errno
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.errors import StoreError


@contextmanager
def written(folder: Path, begun: bool = True) -> Iterator[None]:
    """What is wrong with the disk, in a sentence with its remedy.

    begun : the folder is a sweep already, which can be gone on with"""
    try:
        yield
    except OSError as error:
        then = (f"hedgelab sweep resume {folder}; every run that was counted as done is kept" if begun else
                "give the command again; nothing was played yet")  # fmt: skip
        raise StoreError(f"{folder} cannot be written ({error.strerror or error}): {remedy(error)}, then {then}"
                         ) from error  # fmt: skip


def remedy(error: OSError) -> str:
    """What to do about a place that cannot be written."""
    return "free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "make it writable"


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file beside its place, forces it to the disk, moves it there."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Forces a folder's list of names to the disk, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Journal:
    """Lines that are only ever added, each with a checksum and forced to the disk before it counts.

    A line cut short by a kill or a full disk is cut off when the journal is opened again."""

    def __init__(self, path: Path):
        self.path = path
        self.held, good = read_journal(path)  # when it was opened; what is added is not kept in memory
        new = not path.exists()
        self._file = path.open("ab")
        if not new and path.stat().st_size > good:
            self._file.truncate(good)
        if new:
            sync_folder(path.parent)

    def add(self, line: object) -> None:
        """Adds one line; it counts when the call returns. Cuts off what a failed write left."""
        text = json.dumps(line, separators=(",", ":")).encode()
        end = self._file.seek(0, os.SEEK_END)
        try:
            self._file.write(b"%08x %s\n" % (zlib.crc32(text), text))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError:
            self._drop(end)
            raise

    def _drop(self, end: int) -> None:
        """Closes after a failed write: what stands in the buffer is not tried again."""
        try:
            os.ftruncate(self._file.fileno(), end)
        except OSError:
            pass  # the checksum tells it when it is read
        try:
            self._file.close()
        except OSError:
            pass

    def close(self) -> None:
        """Ends writing."""
        if not self._file.closed:
            self._file.close()

    def remove(self) -> None:
        """Ends it, once what it holds stands elsewhere."""
        self.close()
        self.path.unlink(missing_ok=True)


def read_journal(path: Path) -> tuple[list, int]:
    """Whole lines of a journal, and how many bytes they take; none when there is no file."""
    lines, good = [], 0
    try:
        data = path.read_bytes()
    except FileNotFoundError:  # none yet, or its chunk was finished a moment ago
        return lines, good
    for raw in data.splitlines(keepends=True):
        head, _, text = raw.rstrip(b"\n").partition(b" ")
        if not raw.endswith(b"\n") or head != b"%08x" % zlib.crc32(text):
            break
        lines.append(json.loads(text))
        good += len(raw)
    return lines, good
