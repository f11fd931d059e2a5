"""Too many open files: the machine is to blame, no file is called bad, and nothing is lost."""

import errno
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path

import polars as pl
import pytest

from schemas.errors import MalformedFile
from schemas.findings import FINDING
from schemas.statement import STATEMENT_TEXT, Convention
from schemas.transactions import RECORD
from tasks.extract.identify import Identified
from tasks.extract.inbox import Drop, claim
from tasks.extract.read import read_group
from tasks.extract.source import FileRead, Format, Reading, Source
from tasks.extract.stage import Extracted, extract
from tasks.extract.waiting import pending

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
EXAMPLES = Path(__file__).parent / "formats" / "examples"
SAMPLES = ROOT / "data" / "samples" / "ana"
STATEMENTS = (
    SAMPLES / "itau-conta" / "extrato-itau-201814-022026.csv",
    SAMPLES / "itau-conta" / "extrato-itau-201814-012026.ofx",
    EXAMPLES / "camt053" / "batch_and_card" / "statement.xml",
    EXAMPLES / "xlsx" / "card" / "movimenti.xlsx",
    EXAMPLES / "pdf" / "card" / "statement.pdf",
)
PACKED = SAMPLES / "itau-conta" / "extrato-itau-201814-032026.ofx"


@contextmanager
def handles(number: int) -> Iterator[None]:
    """No file can be opened under a number above this one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def is_too_many(error: OSError) -> bool:
    """Polars puts the number of the error into its text."""
    return error.errno == errno.EMFILE or f"os error {errno.EMFILE}" in str(error)


def night(folder: Path) -> Extracted:
    """Claim and read; the files that are refused are counted as the receipt would."""
    drop = Drop(folder / "inbox", keeps_originals=False, default_owner="ana", quiet_seconds=0)
    claimed = claim(drop, folder / "archive", NOW)
    assert claimed.refused == ()
    return extract(claimed.tickets, folder / "batch")


def every_limit(tmp_path: Path) -> None:
    """With each number of handles until there are enough; runs in a process of its own."""
    pl.DataFrame({"a": [1]}).write_ipc(tmp_path / "warm.arrow")  # the engine of polars is up
    counts = set()
    for number in count(3):
        folder = tmp_path / str(number)
        done, inbox, archive = None, folder / "inbox", folder / "archive"
        inbox.mkdir(parents=True)
        for path in STATEMENTS:
            (inbox / path.name).write_bytes(path.read_bytes())
        with zipfile.ZipFile(inbox / "a.zip", "w") as packed:
            packed.write(PACKED, PACKED.name)
        dropped = digests(inbox.iterdir())
        try:
            with handles(number):
                done = night(folder)
        except OSError as error:
            if not is_too_many(error):
                raise
        assert dropped <= digests([*inbox.iterdir(), *archive.glob("??/*")]), number
        counts.add(night(folder))
        assert len(pending(archive).tickets) == len(STATEMENTS) + 1, number
        if done:
            break
    assert counts == {done}
    assert done.refused == 0
    assert number > 5


def digests(paths: Iterable[Path]) -> set[str]:
    """What files hold."""
    return {sha256(path.read_bytes()).hexdigest() for path in paths}


def test_too_many_open_files_are_no_bad_file_and_lose_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, __file__, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_file_that_the_machine_cannot_open_is_not_called_bad() -> None:
    """`buffet read` ends with the status of an outage, not with that of a refused file."""
    script = (
        "import resource, sys\n"
        "from contextlib import suppress\n"
        "from flows.cli import main\n"
        f"sys.argv = ['buffet', 'read', {str(STATEMENTS[0])!r}]\n"
        "with suppress(SystemExit):\n"
        "    main()\n"  # all modules are there now
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 64))\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith("buffet: Too many open files\n  remedy"), done.stderr


def unlocked(source: Source) -> bytes:
    """What a reader needs beside the file."""
    return Path(__file__).read_bytes()[:0] + source.data


def reading_on(sources: Sequence[Source], layout: str) -> Reading:
    """A reader that needs another file."""
    del layout
    return Reading(
        Convention(date_formats=("%Y",)),
        RECORD.to_frame(),
        STATEMENT_TEXT.to_frame(),
        tuple(FileRead(one.file_no, raw_count=len(unlocked(one))) for one in sources),
        FINDING.to_frame(),
    )


def taking_it_for_damage(sources: Sequence[Source], layout: str) -> Reading:
    """A reader whose library says of every error that the bytes are damaged."""
    try:
        return reading_on(sources, layout)
    except OSError as error:
        refusal = MalformedFile("a", "damaged", "")
        refusal.__cause__ = error
        refused = tuple(FileRead(one.file_no, error=refusal) for one in sources)
        return replace(reading_on([], layout), files=refused)


@pytest.mark.parametrize("read", [reading_on, taking_it_for_damage])
def test_a_reader_that_lacks_a_handle_refuses_no_file(
    read: Callable[[Sequence[Source], str], Reading],
) -> None:
    reader = Identified(Format("any", "any", (), lambda _: (), read), "", "")
    sources = [Source(number, "a", b"") for number in (0, 1)]
    assert [file.error for file in read_group(sources, reader).files] == [None, None]
    with handles(3), pytest.raises(OSError, match="Too many open files"):
        read_group(sources, reader)


if __name__ == "__main__":
    every_limit(Path(sys.argv[1]))
