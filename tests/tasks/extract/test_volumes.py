"""Read in volumes or at once, a file gives the same rows, statements, counts and refusals."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pytest

from schemas.findings import FINDING
from schemas.transactions import DETAIL, TYPED
from tasks.extract.formats import FORMATS
from tasks.extract.identify import clues
from tasks.extract.large import MEGABYTE, LargeFile, Uncuttable
from tasks.extract.read import BatchReading, read_batch
from tasks.extract.source import Source
from tasks.extract.volumes import LargeReading, Limits, read_large
from tasks.sample.huge import SCRIPTS, write_huge
from tasks.sample.many import write_many

SAMPLES = Path(__file__).parents[3] / "data" / "samples"
BANKS = Path(__file__).parent / "banks"
EXAMPLES = Path(__file__).parent / "formats" / "examples"
BROKEN = Path(__file__).parents[2] / "errors"
CORPUS = Path(__file__).parents[3].parent / "shared" / "corpus"
EXPECTED = {"records.csv", "statements.csv", "files.csv", "transactions.csv", "findings.csv"}
EXPECTED |= {"details.csv", "expected.txt"}
LARGEST = 2_000_000
CUT = ("ofx1", "mt940", "camt053", "qif", "bai2")
FILES = [
    path
    for folder in (SAMPLES, BANKS, EXAMPLES, BROKEN)
    for path in sorted(folder.rglob("*"))
    if path.is_file() and path.name not in EXPECTED
]


class Kept:
    """A shelf in memory."""

    def __init__(self) -> None:
        self.parts: list[BatchReading] = []
        self.was_cleared = False

    def put(self, rows: BatchReading) -> None:
        self.parts.append(rows)

    def clear(self) -> None:
        self.parts = []
        self.was_cleared = True

    def all_of(self, name: str, schema: pl.Schema) -> pl.DataFrame:
        frames = [getattr(one, name) for one in self.parts]
        return pl.concat([schema.to_frame(), *frames])


@pytest.mark.parametrize(("megabytes", "volumes"), [(7, 1), (9, 3)])
def test_a_file_is_cut_only_when_it_is_larger_than_two_volumes(
    tmp_path: Path, megabytes: int, volumes: int
) -> None:
    path = tmp_path / "large.bai2"
    write_huge(path, kind="bai2", size_bytes=megabytes * MEGABYTE, statement_rows=0)
    kept = Kept()
    told = read_large(LargeFile(0, path.name, path.name, path, path.stat().st_size), kept)
    assert told.file.error is None
    assert len(kept.parts) == volumes


def in_volumes(
    path: Path, size: int, *, file_no: int = 0, **limits: int
) -> tuple[Kept, LargeReading]:
    kept = Kept()
    file = LargeFile(file_no, path.name, path.name, path, path.stat().st_size)
    return kept, read_large(file, kept, limits=Limits(size, **limits))


def at_once(paths: Sequence[Path]) -> BatchReading:
    """All files as one batch, numbered in their order."""
    return read_batch(
        [Source(number, one.name, one.read_bytes(), one.name) for number, one in enumerate(paths)]
    )


def same(path: Path, size: int, whole: BatchReading | None = None, file_no: int = 0) -> int:
    """Compare both ways of reading a file; how many volumes it had, 0 if it cannot be cut.

    Args:
        path: the file.
        size: bytes of a volume.
        whole: a batch with the file in it; without it, the file is read alone.
        file_no: its number in the batch.
    """
    whole = whole or at_once([path])
    kept, told = in_volumes(path, size, file_no=file_no)
    assert str(told.file) == str(whole.files[file_no])
    assert told.statements.equals(whole.statements.filter(file_no=file_no))
    for name, schema in {"transactions": TYPED, "details": DETAIL, "findings": FINDING}.items():
        apart, together = kept.all_of(name, schema), getattr(whole, name).filter(file_no=file_no)
        if name == "findings":  # their order is that of the volumes
            apart, together = apart.sort(pl.all()), together.sort(pl.all())
        assert apart.equals(together), name
    return 0 if kept.was_cleared else len(kept.parts)


@pytest.fixture(scope="module")
def examples() -> BatchReading:
    """FILES as one batch."""
    return at_once(FILES)


@pytest.mark.parametrize(
    ("file_no", "path"),
    [*enumerate(FILES)],
    ids=[f"{path.parent.name}-{path.name}" for path in FILES],
)
def test_every_example_reads_the_same_both_ways(
    file_no: int, path: Path, examples: BatchReading
) -> None:
    """Cut into many volumes, of which the smallest hold few records, and into a handful."""
    whole = path.stat().st_size
    for size in {max(300, whole // 12), max(300, whole // 3)}:
        same(path, size, examples, file_no)


@pytest.mark.parametrize("size", [1_000, 7_777, 60_000])
def test_a_long_table_is_cut_into_many_volumes(tmp_path: Path, size: int) -> None:
    write_many(tmp_path, kind="csv", files=1, rows=2_000)
    (path,) = tmp_path.rglob("*.csv")
    assert same(path, size) >= path.stat().st_size // (2 * size)


def test_only_the_whole_statement_tells_whether_its_amounts_have_signs(tmp_path: Path) -> None:
    write_many(tmp_path, kind="ofx1", files=1, rows=60)
    (path,) = tmp_path.rglob("*.ofx")
    head, *records = re.split("(?=<STMTTRN>)", path.read_text("utf-8"))
    unsigned = [re.sub("<TRNTYPE>[A-Z]*", "<TRNTYPE>DEBIT", one) for one in records]
    unsigned = [one.replace("<TRNAMT>-", "<TRNAMT>") for one in unsigned]
    for count, aside in ((60, 60), (59, 0)):  # all of them, or all but the last
        last = records[count:] and [re.sub("<TRNAMT>-?", "<TRNAMT>-", records[-1])]
        path.write_text(head + "".join([*unsigned[:count], *last]), "utf-8")
        assert same(path, 2_000) == 0
        whole = read_batch([Source(0, path.name, path.read_bytes(), path.name)])
        assert whole.findings.filter("is_set_aside").height == aside


def test_letters_that_the_currency_tells_are_read_with_the_whole(tmp_path: Path) -> None:
    write_many(tmp_path, kind="mt940", files=1, rows=60)
    (path,) = (one for one in tmp_path.rglob("*") if one.suffix in (".sta", ".940", ".mt940"))
    text = re.sub("[A-Z]{3}(?=[0-9]+,)", "PLN", path.read_text("utf-8"))
    path.write_bytes(text.replace(":86:", ":86:Źródło ", 40).encode("cp1250", errors="replace"))
    assert same(path, 2_000) == 0
    path.write_text(text, "ascii", errors="replace")
    assert same(path, 2_000) > 1


def test_a_broken_row_in_the_middle_is_set_aside_at_its_line(tmp_path: Path) -> None:
    write_many(tmp_path, kind="csv", files=1, rows=500)
    (path,) = tmp_path.rglob("*.csv")
    lines = path.read_text("utf-8").splitlines()
    lines[300] = lines[300].replace(";", " ", 1)
    lines[301] = '02/01/2020;"open;quote;1,00;1,00'
    path.write_text("\n".join(lines), "utf-8")
    assert same(path, 2_000) > 5
    kept, _ = in_volumes(path, 2_000)
    assert kept.all_of("findings", FINDING)["place"].to_list()[:2] == ["line 301", "line 302"]


def test_a_nul_byte_anywhere_refuses_the_file_and_nothing_of_it_stays(tmp_path: Path) -> None:
    write_many(tmp_path, kind="csv", files=1, rows=500)
    (path,) = tmp_path.rglob("*.csv")
    data = path.read_bytes()
    path.write_bytes(data[:-100] + b"\0" + data[-100:])
    kept, told = in_volumes(path, 2_000)
    assert told.file.error is not None
    assert told.file.error.code == "malformed_file"
    assert kept.parts == []


def test_what_cannot_be_cut_is_read_at_once_or_refused_for_its_size(tmp_path: Path) -> None:
    write_many(tmp_path, kind="ofx1", files=1, rows=50)
    (path,) = tmp_path.rglob("*.ofx")
    path.write_text(path.read_text("utf-8").replace("</OFX>", "<!-- -->\n</OFX>"), "utf-8")
    kept, told = in_volumes(path, 500)
    assert (len(kept.parts), told.file.error) == (1, None)
    kept, told = in_volumes(path, 500, largest_bytes=1_000)
    assert kept.parts == []
    assert told.file.error is not None
    assert "ofx1 files of more than 0 MB do not fit into memory" in told.file.error.problem


def test_a_refusal_of_a_volume_is_said_in_the_words_of_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.ofx"
    write_huge(path, kind="ofx1", size_bytes=20_000, statement_rows=10)
    path.write_bytes(path.read_bytes().replace(b"<MEMO>", b"<memo>", 1).replace(b"</OFX>", b""))
    assert same(path, 2_000) == 0
    _, told = in_volumes(path, 2_000)
    assert told.file.error is not None
    assert "the file ends before </OFX>" in told.file.error.problem


@pytest.mark.parametrize("kind", CUT)
@pytest.mark.parametrize("rows", [0, 1, 7, 100])
def test_statements_of_any_size_are_cut(tmp_path: Path, kind: str, rows: int) -> None:
    path = tmp_path / f"a{SCRIPTS[kind].suffix}"
    write_huge(path, kind=kind, size_bytes=30_000, statement_rows=rows)
    for size in (1_500, 8_000):
        assert same(path, size) > path.stat().st_size // (3 * size)


@pytest.mark.parametrize("kind", CUT)
def test_other_encodings_and_line_ends_are_cut(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.txt"
    write_huge(path, kind=kind, size_bytes=20_000, statement_rows=30)
    text = path.read_text("utf-8").replace('encoding="UTF-8"', 'encoding="ISO-8859-1"')
    text = text.replace("ENCODING:UTF-8", "ENCODING:USASCII").replace(
        "CHARSET:NONE", "CHARSET:1252"
    )
    for encoding in ("utf-8-sig", "cp1252"):
        path.write_bytes(text.replace("Müller", "Mül Ã©", 3).encode(encoding))
        assert same(path, 3_000) > 3
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert same(path, 3_000) > 3
    path.write_bytes(path.read_bytes() + b"\0")
    assert same(path, 3_000) == 0


PARTS = 4
"""Of the corpus, so that several processes may look at it."""


def corpus(part: int) -> Iterator[Path]:
    kinds = {reader.name for reader in FORMATS if reader.volumes is not None}
    for path in sorted(CORPUS.rglob("*"))[part::PARTS] if CORPUS.exists() else ():
        if path.is_file() and 0 < path.stat().st_size < LARGEST:
            source = Source(0, path.name, path.read_bytes(), path.name)
            if {found.name for found, _ in clues(source)} & kinds:
                yield path


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside the project")
@pytest.mark.parametrize("part", range(PARTS))
def test_every_file_of_the_corpus_reads_the_same_both_ways(part: int) -> None:
    """Cut small, and a large file into a handful of volumes: more of them show nothing new."""
    paths = list(corpus(part))
    whole = at_once(paths)
    volumes = [
        same(path, max(500, path.stat().st_size // 9), whole, number)
        for number, path in enumerate(paths)
    ]
    assert max(volumes) > 1


def test_a_reason_not_to_cut_is_a_sentence() -> None:
    assert str(Uncuttable("its dates are proved by all rows")) == "its dates are proved by all rows"


def repeated(kind: str) -> bytes:
    """An example of a format of fixed lines, twelve times in one file, with counts that fit."""
    example = {
        "coda": "coda/two_accounts/extrait.cod",
        "norma43": "norma43/two_accounts/extracto.n43",
        "cfonb": "cfonb/no_line_breaks/releve.txt",
        "cnab240": "cnab240/febraban/extrato.ret",
    }[kind.removesuffix("-open")]
    data = (EXAMPLES / example).read_bytes()
    lines = [line.rstrip(b"\r") for line in data.rstrip(b"\r\n").split(b"\n")]
    if kind == "cfonb":
        lines = [data[at : at + 120] for at in range(0, len(data.rstrip()), 120)]
    if kind.startswith("norma43"):
        lines = [line for line in lines if not line.startswith(b"88")] * 12
        return b"\n".join(lines + [b"88%b%06d" % (b"9" * 18, len(lines))] * (kind == "norma43"))
    if kind == "cnab240":
        head, *lots, end = lines
        count = sum(line[7:8] == b"1" for line in lots) * 12
        told = b"%06d%06d" % (count, len(lots) * 12 + 2)
        return b"\r\n".join([head, *(lots * 12), end[:17] + told + end[29:]])
    return b"\n".join(lines * 12)


@pytest.mark.parametrize("kind", ["coda", "norma43", "norma43-open", "cfonb", "cnab240"])
def test_files_of_fixed_lines_are_cut(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(repeated(kind))
    for size in (150, 400, 2_000):
        assert same(path, size) > (1 if kind == "cfonb" else 3) or size < 400, size
    path.write_bytes(repeated(kind) + repeated(kind)[:50])
    same(path, 2_000)
