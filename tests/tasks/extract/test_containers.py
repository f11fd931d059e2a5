"""Containers: unpacked whole, or refused with a reason; never half, never endless."""

import bz2
import gzip
import io
import random
import stat
import struct
import tarfile
import time
import tracemalloc
import warnings
import zipfile
import zlib
from collections.abc import Callable

import pytest

from schemas.errors import UnsafeContainer
from tasks.extract import containers
from tasks.extract.containers import Member, is_container, members

STATEMENT = b"Data,Valor\n01/03/2025,-5.00\n" * 20


def a_zip(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", method) as archive:
        warnings.simplefilter("ignore")  # two files of one name are what we want to see
        for name, data in files:
            archive.writestr(name, data)
    return target.getvalue()


def entry(name: str, mode: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def problem(data: bytes, name: str = "march.zip") -> str:
    assert is_container(data)
    with pytest.raises(UnsafeContainer) as caught:
        members(name, data)
    assert caught.value.where == name
    assert caught.value.remedy
    return caught.value.problem


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_gives_its_files_in_order(method: int) -> None:
    data = a_zip(("b.csv", STATEMENT), ("2025/a.ofx", b"one"), ("empty.csv", b""), method=method)
    assert members("x.zip", data) == (
        Member("b.csv", STATEMENT),
        Member("2025/a.ofx", b"one"),
        Member("empty.csv", b""),
    )
    assert members("x.zip", data)[1].base_name == "a.ofx"


def test_a_zip_written_as_a_stream_has_its_sizes_after_the_data() -> None:
    class OneWay(io.RawIOBase):
        written = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.written += bytes(data)
            return len(data)

    pipe = OneWay()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", STATEMENT)
        archive.writestr("b.csv", b"two")
    assert [member.data for member in members("x.zip", pipe.written)] == [STATEMENT, b"two"]


def test_a_gzip_is_named_after_itself_and_may_have_pieces() -> None:
    whole = gzip.compress(STATEMENT[:100]) + gzip.compress(STATEMENT[100:]) + b"\0" * 512
    assert members("itau.csv.gz", whole) == (Member("itau.csv", STATEMENT),)
    assert members("itau.CSV.GZ", gzip.compress(b"x"))[0].name == "itau.CSV"
    assert members("itau", gzip.compress(b"x"))[0].name == "itau"


def test_folders_and_litter_are_left_out() -> None:
    data = a_zip(
        ("x/", b""),
        ("x/.DS_Store", b"1"),
        ("__MACOSX/x/._a.csv", b"2"),
        ("x/a.csv", STATEMENT),
        ("x/Thumbs.db", b"3"),
        ("x/._a.csv", b"4"),
    )
    assert members("x.zip", data) == (Member("x/a.csv", STATEMENT),)


def test_names_are_read_as_they_were_meant() -> None:
    unflagged = a_zip(("marXXo.csv", b"1")).replace(b"marXXo", "março".encode())
    assert members("x.zip", unflagged)[0].name == "março.csv"
    assert members("x.zip", a_zip(("2025\\março.csv", b"1")))[0].name == "2025/março.csv"
    assert members("x.zip", a_zip(("a\nb\u202e.csv", b"1")))[0].name == "a\\nb\\u202e.csv"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", False),
        (b"PK", False),
        (STATEMENT, False),
        (bz2.compress(STATEMENT), False),
        (gzip.compress(b"", mtime=0), True),
        (a_zip(), True),
        (a_zip(("a.csv", b"")), True),
        (a_zip(("docProps/app.xml", b""), ("[Content_Types].xml", b"")), False),
        (a_zip(("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")), False),
        (a_zip(("book.xlsx", a_zip(("[Content_Types].xml", b""))), method=0), True),
        (a_zip(("[Content_Types].xml", b"<Types/>"))[:-9], False),
        (a_zip(("a.csv", STATEMENT))[:-9], True),
    ],
)
def test_a_container_is_known_by_its_bytes_and_a_workbook_is_none(
    data: bytes, expected: bool
) -> None:
    assert is_container(data) is expected


def test_a_workbook_in_a_zip_is_a_file_like_any_other() -> None:
    book = a_zip(("[Content_Types].xml", b"<Types/>"))
    assert members("x.zip", a_zip(("book.xlsx", book), method=0)) == (Member("book.xlsx", book),)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("/etc/cron.d/x", "points out of the package"),
        ("../x.csv", "points out of the package"),
        ("a/../../x.csv", "points out of the package"),
        ("..\\x.csv", "points out of the package"),
        ("\\\\server\\x.csv", "points out of the package"),
        ("C:\\x.csv", "points out of the package"),
        ("x" * 2000, "no file can have"),
        ("//", "no file can have"),
    ],
)
def test_a_name_that_points_elsewhere_is_refused(name: str, says: str) -> None:
    assert says in problem(a_zip(("a.csv", b"1"), (name, b"2")))


def test_a_nul_in_a_name_is_refused() -> None:
    data = a_zip(("a.csvX.exe", b"1")).replace(b"a.csvX", b"a.csv\0")
    assert "no file can have" in problem(data)


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK])
def test_links_and_devices_are_refused(mode: int) -> None:
    data = a_zip((entry("a.csv", mode | 0o777), b"/etc/passwd"))
    assert problem(data) == "a.csv is a link or a device, not a file"


def test_two_files_of_one_name_are_refused() -> None:
    assert problem(a_zip(("a.csv", b"1"), ("a.csv", b"2"))) == "it holds 2 files named a.csv"


def test_a_password_is_refused() -> None:
    data = bytearray(a_zip(("a.csv", STATEMENT)))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert problem(bytes(data)) == "a.csv is protected by a password"


def test_an_unusual_packing_is_refused() -> None:
    assert "packed by method 12" in problem(a_zip(("a.csv", STATEMENT), method=zipfile.ZIP_BZIP2))


def test_a_wrong_checksum_is_refused() -> None:
    data = bytearray(a_zip(("a.csv", STATEMENT), method=zipfile.ZIP_STORED))
    data[40] ^= 1
    assert "checksum does not fit" in problem(bytes(data))
    packed = bytearray(gzip.compress(STATEMENT))
    packed[-6] ^= 1
    assert "damaged" in problem(bytes(packed))


@pytest.mark.parametrize(
    "inner",
    [
        gzip.compress(STATEMENT, mtime=0),
        a_zip(("a.csv", STATEMENT)),
        bz2.compress(STATEMENT),
        b"7z\xbc\xaf\x27\x1c" + b"x" * 40,
        b"Rar!\x1a\x07\x00" + b"x" * 40,
    ],
    ids=["gzip", "zip", "bzip2", "7z", "rar"],  # the bytes of a zip hold the time of day
)
def test_a_package_in_a_package_is_refused(inner: bytes) -> None:
    said = "is itself an archive"
    assert said in problem(a_zip(("a.csv", STATEMENT), ("b", inner)))
    assert said in problem(gzip.compress(inner), "b.gz")


def test_a_tar_in_a_gzip_is_refused_by_its_name() -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        info = tarfile.TarInfo("a.csv")
        info.size = len(STATEMENT)
        archive.addfile(info, io.BytesIO(STATEMENT))
    assert problem(target.getvalue(), "march.tgz").startswith(
        "march.tar is itself an archive (tar)"
    )


def test_a_package_without_a_file_is_refused() -> None:
    assert problem(a_zip()) == "there is no file in it"
    assert problem(a_zip(("folder/", b""), (".DS_Store", b"1"))) == "there is no file in it"
    assert "called a folder but has bytes" in problem(a_zip(("a.csv", b"1"), ("b/", b"2")))


def test_files_that_lie_over_each_other_are_refused() -> None:
    data = a_zip(("a.csv", STATEMENT), ("b.csv", STATEMENT), method=zipfile.ZIP_STORED)
    second = data.rindex(b"PK\x01\x02")
    quine = data[: second + 42] + struct.pack("<I", 0) + data[second + 46 :]
    assert problem(quine) == "its files lie over each other"


def test_bytes_in_front_and_behind_do_not_hide_a_second_package() -> None:
    one, two = a_zip(("a.csv", b"1")), a_zip(("b.csv", b"2"))
    assert "belong to none" in problem(one + two)
    assert "it is not gzip" in problem(gzip.compress(b"1") + b"PK")


def bomb_of_zeros(size: int) -> bytes:
    """A gzip of zeros, made without holding them."""
    engine, block = zlib.compressobj(9, zlib.DEFLATED, 31), bytes(1 << 20)
    return b"".join(engine.compress(block) for _ in range(size >> 20)) + engine.flush()


def declared_too_small() -> bytes:
    data = bytearray(a_zip(("a.csv", bytes(20 << 20))))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<I", 100)
    return bytes(data)


def layers() -> bytes:
    inner = a_zip(("0.dll", bytes(1 << 20)))
    return a_zip(*((f"lib {number}.zip", inner) for number in range(16)))


BOMBS: dict[str, Callable[[], bytes]] = {
    "zeros in a gzip": lambda: bomb_of_zeros(1 << 30),
    "zeros in a zip": lambda: a_zip(("a.csv", bytes(64 << 20))),
    "many files of zeros": lambda: a_zip(*((f"{n}.csv", bytes(4 << 20)) for n in range(20))),
    "a size that lies": declared_too_small,
    "layers": layers,
    "a million names": lambda: a_zip(("a", b"")) + b"PK\x01\x02" * 1_000_000,
    "a million pieces": lambda: gzip.compress(b"") * 100_000,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_at_once_and_takes_no_memory(bomb: str) -> None:
    data = BOMBS[bomb]()
    tracemalloc.start()
    begin = time.perf_counter()
    problem(data)
    spent, (_, peak) = time.perf_counter() - begin, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < 1
    assert peak < 48 << 20


def test_the_limits_of_sizes_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    data = a_zip(("a.csv", STATEMENT), ("b.csv", STATEMENT))
    monkeypatch.setattr(containers, "MEMBER_BYTES", len(STATEMENT))
    monkeypatch.setattr(containers, "TOTAL_BYTES", 2 * len(STATEMENT))
    assert len(members("x.zip", data)) == 2
    assert members("x.gz", gzip.compress(STATEMENT))[0].data == STATEMENT
    assert "than we unpack" in problem(gzip.compress(STATEMENT) + gzip.compress(b"1"))
    monkeypatch.setattr(containers, "TOTAL_BYTES", 2 * len(STATEMENT) - 1)
    assert "unpacked it has more than" in problem(data)
    monkeypatch.setattr(containers, "MEMBER_BYTES", len(STATEMENT) - 1)
    monkeypatch.setattr(containers, "TOTAL_BYTES", 1 << 20)
    assert "a.csv has more than" in problem(data)


@pytest.mark.parametrize(
    "data",
    [
        a_zip(("a.csv", STATEMENT), ("b/c.csv", bytes(300))),
        a_zip(("a.csv", STATEMENT), method=zipfile.ZIP_STORED),
        gzip.compress(STATEMENT),
    ],
    ids=["deflated", "stored", "gzip"],
)
def test_cut_anywhere_or_changed_anywhere_it_is_whole_or_refused(data: bytes) -> None:
    right = {member.data for member in members("x", data)}
    chance = random.Random(7)  # noqa: S311 - repeatable damage
    cuts = [data[:end] for end in range(len(data))]
    for _ in range(2000):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(data))] = chance.randrange(256)
        cuts.append(bytes(changed))
    for damaged in cuts:
        if not is_container(damaged):
            continue
        try:
            found = members("x", damaged)
        except UnsafeContainer:
            continue
        assert {member.data for member in found} <= right


def test_a_message_masks_the_names() -> None:
    data = a_zip(("conta-12345678.csv", gzip.compress(b"1")))
    with pytest.raises(UnsafeContainer) as caught:
        members("conta-87654321.zip", data)
    assert "12345678" not in str(caught.value)
    assert "87654321" not in str(caught.value)
