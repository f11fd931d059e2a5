"""Files given by hand, outside any night: opened with the same care as the inbox."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import FileError, NotAFile, UnsafeContainer
from tasks.extract.containers import Member, is_container, may_be_container, members
from tasks.extract.inbox import shown
from tasks.extract.large import WHOLE_BYTES, LargeFile
from tasks.extract.source import Source, is_of_machine

_REMEDY = "name the statement file itself"


@dataclass(frozen=True)
class Given:
    """A path that somebody named, and the file that lay there, or why there was none.

    Attributes:
        path: as it was given, followed by the name of the member if it lies in a container.
        source: the file; null if the path names none.
        sha256: of its bytes; null without a file.
        error: why there is no file, else null.
        container: the path of the zip or gzip in which the file lies; null if it lies in none.
    """

    path: str
    source: Source | None
    sha256: str | None
    error: FileError | None
    container: str | None = None


def open_given(path: str, file_no: int) -> Given:
    """Open what was named; a folder, a symbolic link, a pipe or nothing at all is refused.

    Raises:
        OSError: the machine cannot open any file; this one is not to blame.
    """
    name = shown(Path(path).name or path)
    try:
        data = _regular_bytes(path, name)
    except NotAFile as error:
        return Given(path, None, None, error)
    printed_name = os.fsencode(Path(path).name).decode("utf-8", "backslashreplace")
    source = Source(file_no, name, data, printed_name)
    return Given(path, source, hashlib.sha256(data).hexdigest(), None)


def open_each(path: str) -> tuple[Given, ...]:
    """Open what was named; of a container, each of its files. All have file number 0."""
    given = open_given(path, 0)
    if given.source is None or not is_container(given.source.data):
        return (given,)
    try:
        found = members(given.source.printed_name, given.source.data)
    except UnsafeContainer:
        return (given,)  # refused where its format is asked for
    return tuple(_of_member(path, given.source, member) for member in found)


@dataclass(frozen=True)
class GivenLarge:
    """A file that is too large to be in memory at once; it lies in no container.

    Attributes:
        path: as it was given.
        file: the file.
    """

    path: str
    file: LargeFile

    def given(self) -> Given:
        """What it is called, and the digest of its bytes, read block by block."""
        digest = hashlib.sha256()
        for block in self.file.blocks():
            digest.update(block)
        return Given(self.path, None, digest.hexdigest(), None)


def open_large(path: str) -> GivenLarge | None:
    """A regular file that is too large to be in memory at once; null for all others."""
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode) or found.st_size <= WHOLE_BYTES:
            return None
        printed_name = os.fsencode(Path(path).name).decode("utf-8", "backslashreplace")
        name = shown(Path(path).name or path)
        file = LargeFile(0, name, printed_name, Path(path), found.st_size)
        return None if may_be_container(file.part(0, 1 << 16)) else GivenLarge(path, file)
    except (OSError, ValueError):
        return None  # it is refused where it is opened


def size_of(path: str) -> int:
    """The size of a file in bytes; 0 for what is not there."""
    try:
        return os.lstat(path).st_size
    except (OSError, ValueError):
        return 0


def _of_member(path: str, container: Source, member: Member) -> Given:
    """A file in a container as if it had been named itself."""
    name = f"{container.name}/{shown(member.name)}"
    source = Source(0, name, member.data, member.base_name)
    sha256 = hashlib.sha256(member.data).hexdigest()
    return Given(f"{path}/{member.name}", source, sha256, None, path)


def _regular_bytes(path: str, name: str) -> bytes:
    """The bytes of a regular file; it is looked at before it is opened, and again after."""
    try:
        if stat.S_ISLNK(os.lstat(path).st_mode):
            raise NotAFile(name, "it is a symbolic link", _REMEDY)
        # without O_NONBLOCK, a pipe would keep us waiting for its writer
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        handle = os.open(path, flags)
        with os.fdopen(handle, "rb", closefd=True) as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise NotAFile(name, "it is not a regular file", _REMEDY)
            return file.read()
    except IsADirectoryError as error:
        raise NotAFile(name, "it is a folder", _REMEDY) from error
    except (OSError, ValueError) as error:
        if is_of_machine(error):
            raise
        problem = getattr(error, "strerror", None) or "it has no name that a file can have"
        raise NotAFile(name, f"it cannot be opened: {problem.lower()}", _REMEDY) from error
