"""Cut a large CSV into volumes: each is the head of the file and some of its rows.

A cut lies between two lines that are movements by themselves, so it parts no row, and takes no
balance line from its place at the top or at the end. Layouts whose rules look at all rows at once
cannot be cut: dates or signs that the file must prove, rows that go on in the next one, balances of
a day.
"""

import codecs
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from schemas.bank import BankLayout, header_key, trimmed
from schemas.errors import MalformedFile, UndecodableFile
from tasks.extract import profiles
from tasks.extract.formats.delimited.cut import HEAD_BYTES, HEADER_LINES, MARKS
from tasks.extract.large import LargeFile, Uncuttable, Volume
from tasks.extract.source import FileRead, Reading, Source
from tasks.extract.stated import ONCE
from tasks.extract.texts import are_of_two_kinds

Read = Callable[[Sequence[Source], str], Reading]

_WINDOWS = (1 << 14, 1 << 18, 1 << 22)  # bytes in which a cut is looked for, few at first
_LEEWAY = 4
_ASCII = bytes(range(128))


def volumes(read: Read, file: LargeFile, layout_name: str, size: int) -> Iterator[Volume]:
    """Cut a file of a layout into volumes of so many bytes.

    Args:
        read: the reader of the format, which also says where a file may be cut.
        file: the file.
        layout_name: its layout.
        size: how many bytes a volume shall have, more or less.

    Raises:
        UndecodableFile: none of the encodings of the layout fits.
        MalformedFile: NUL bytes.
        Uncuttable: the volumes would not say the same as the whole.
    """
    layout = profiles.layout(layout_name)
    _refuse_rules_on_the_whole(layout)
    head = _head(_Head(read, file, layout, _encoding(file, layout.table.encodings)))
    start, line = len(head.data), head.line_count + 1
    while True:
        body = _body(head, start, size)
        yield Volume(
            data=head.with_rows(body),
            spans=((0 if start == len(head.data) else start, start + len(body)),),
            lines=((head.line_count + 1, line - head.line_count - 1),),
            encoding=head.encoding,
            again_count=head.marker_count if start > len(head.data) else 0,
            goes_on=None if head.names else True,
            is_first_for_lost=bool(head.names),
        )
        start += len(body)
        line += body.count(b"\n")
        if start >= file.size_bytes:
            return


@dataclass(frozen=True)
class _Head:
    """What every volume begins with: all above the table, its header, balance lines at its top.

    Attributes:
        read: the reader of the format.
        file: the whole file.
        layout: its layout.
        encoding: its encoding.
        data: the bytes of the head.
        line_count: how many lines they are.
        header: the names of the columns.
        marker_count: how many of the lines are balance lines or headings.
    """

    read: Read
    file: LargeFile
    layout: BankLayout
    encoding: str
    data: bytes = b""
    line_count: int = 0
    header: tuple[str, ...] = ()
    marker_count: int = 0

    @property
    def names(self) -> list[str]:
        """The columns by which rows belong to one statement or another."""
        wanted = (self.layout.account.column, self.layout.columns.currency)
        return [name for name in wanted if name in self.header]

    def with_rows(self, rows: bytes) -> bytes:
        """Rows under this head, in an encoding that the reader knows for sure."""
        if self.encoding.startswith("utf-8"):
            return self.data + rows
        return codecs.BOM_UTF8 + self.as_utf8(self.data + rows)

    def as_utf8(self, data: bytes) -> bytes:
        """Bytes of the file as UTF-8."""
        if self.encoding.startswith("utf-8"):
            return data
        return data.decode(self.encoding).encode()

    def look(self, rows: bytes) -> tuple[Reading, FileRead]:
        """What the reader makes of these rows."""
        data = self.with_rows(rows)
        source = Source(self.file.file_no, self.file.name, data, self.file.printed_name)
        reading = self.read([source], self.layout.name)
        return reading, reading.files[0]


def _refuse_rules_on_the_whole(layout: BankLayout) -> None:
    """Raises Uncuttable for a layout whose rules look at all rows at once."""
    rules = {
        "its dates are proved by all rows": layout.conventions.has_one_date_format,
        "its days may all begin with the year, or none": are_of_two_kinds(
            layout.conventions.date_formats
        ),
        "its balances must prove its signs": layout.table.needs_proof,
        "its rows go on in the next one": layout.rows.has_continuations,
        "its balances are those of days": layout.columns.day_balance is not None,
    }
    for reason, is_so in rules.items():
        if is_so:
            raise Uncuttable(reason)


def _encoding(file: LargeFile, encodings: Sequence[str]) -> str:
    """The first encoding that fits all bytes; "utf-8" if they are ASCII, as the reader calls it."""
    start = file.part(0, 4)
    if start.startswith(MARKS[1:]):
        raise Uncuttable("its characters have two bytes")
    names = ("utf-8-sig",) if start.startswith(codecs.BOM_UTF8) else encodings
    decoders = {name: codecs.getincrementaldecoder(name)() for name in names}
    if any(_ASCII.decode(name, errors="replace") != _ASCII.decode() for name in names):
        raise Uncuttable("its encoding is not one of single lines")
    misfits: dict[str, int] = {}
    is_ascii, at, end = True, 0, b""
    for block in file.blocks():
        _refuse_nul(file, block, at)
        end = _refuse_lone_returns(end + block)
        is_plain = block.isascii()
        is_ascii &= is_plain
        for name, decoder in decoders.items():
            pending = len(decoder.getstate()[0])
            if name in misfits or (is_plain and not pending and at):
                continue
            try:
                decoder.decode(block, final=at + len(block) >= file.size_bytes)
            except UnicodeDecodeError as error:
                misfits[name] = at - pending + error.start
        at += len(block)
    if end:
        raise Uncuttable("its lines end in returns alone")
    fitting = [name for name in names if name not in misfits]
    if not fitting:
        raise UndecodableFile(
            file.name,
            ", ".join(f"byte {byte} is not {name}" for name, byte in misfits.items()),
            "export the file again; if the bank changed its encoding, add it to the layout",
        )
    return "utf-8" if is_ascii else fitting[0]


def _refuse_nul(file: LargeFile, block: bytes, at: int) -> None:
    if (nul := block.find(b"\x00")) >= 0:
        raise MalformedFile(
            f"{file.name}: byte {at + nul}",
            "a NUL byte, which no text has",
            "export the file again; it is damaged",
        )


def _refuse_lone_returns(block: bytes) -> bytes:
    """Lines must end in line feeds; a return at the very end is handed back, as one may follow."""
    end = b"\r" if block.endswith(b"\r") else b""
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n") + len(end):
        raise Uncuttable("some of its lines end in returns alone")
    return end


def _head(start: _Head) -> _Head:
    """The head that ends with the header line, or with the balance lines below it."""
    layout = start.layout
    lines = start.file.part(0, HEAD_BYTES).splitlines(keepends=True)
    for number, raw in enumerate(lines[:HEADER_LINES], start=1):
        text = raw.removeprefix(codecs.BOM_UTF8).decode(start.encoding, errors="replace")
        key = header_key(text.rstrip("\r\n"), layout.table.delimiter)
        header = layout.header_index.get(trimmed(key))
        if header is not None and raw.endswith(b"\n"):
            data = b"".join(lines[:number])
            head = replace(start, data=data, line_count=number, header=header)
            return _with_top(head) if layout.rows.markers else _alone(head)
    raise Uncuttable("it has no header line")


def _alone(head: _Head) -> _Head:
    """Without balance lines; where columns name the statements, nothing else may speak of them."""
    patterns = (*head.layout.preamble, head.layout.file_name or "")
    if head.names and any(f"(?P<{name}>" in one for name in ONCE for one in patterns):
        raise Uncuttable("its preamble may speak of one statement or another")
    return head


def _with_top(head: _Head) -> _Head:
    """The head with the lines above the first movement, which state balances."""
    if head.names:
        raise Uncuttable("its balance lines belong to one statement or another")
    start = len(head.data)
    text = head.file.part(start, start + HEAD_BYTES)
    lines = text[: text.rfind(b"\n") + 1].splitlines(keepends=True)
    movements = _movements(head, lines)
    if not movements:
        raise Uncuttable("there is no movement near its top")
    top = b"".join(lines[: movements[0]])
    reading, result = head.look(top)
    if result.error or result.raw_count != result.marker_count or reading.records.height:
        raise Uncuttable("the lines above its first movement are not clear")
    return replace(
        head,
        data=head.data + top,
        line_count=head.line_count + movements[0],
        marker_count=result.marker_count,
    )


def _movements(head: _Head, lines: Sequence[bytes]) -> list[int]:
    """Which of these lines, counted from 0, are movements by themselves."""
    reading, result = head.look(b"".join(lines))
    if result.error:
        return []
    single = reading.records.filter(~pl.col("raw_text").str.contains("\n", literal=True))
    number = single.get_column("place").str.extract(r"^line (\d+)$", 1).cast(pl.Int64)
    return [int(line) - head.line_count - 1 for line in number.sort().to_list()]


def _body(head: _Head, start: int, size: int) -> bytes:
    """The rows of the volume that starts at a byte of the file."""
    file, left = head.file, head.file.size_bytes - start
    if left <= size + size // _LEEWAY:
        body = file.part(start, file.size_bytes)
    else:
        body = _cut(head, start, size)
        if _has_stop(head, body):
            if left > _LEEWAY * size:
                raise Uncuttable("much stands below the last movement")
            body = file.part(start, file.size_bytes)
    _refuse_unnamed(head, body)
    return body


def _cut(head: _Head, start: int, size: int) -> bytes:
    """Rows of about so many bytes; a cut outside of quotes is better than any other."""
    file, quote = head.file, head.layout.table.quote.encode()
    body = file.part(start, start + size)
    second: int | None = None
    for window in _WINDOWS:
        rest = file.part(start + size, min(start + size + window, file.size_bytes))
        at = rest.find(b"\n") + 1
        lines = rest[at : rest.rfind(b"\n") + 1].splitlines(keepends=True)
        movements = set(_movements(head, lines)) if lines else set()
        quotes = body.count(quote) + rest.count(quote, 0, at)
        for number, line in enumerate(lines):
            at += len(line)
            quotes += line.count(quote)
            if {number, number + 1} <= movements:
                if quotes % 2 == 0:
                    return body + rest[:at]
                second = second or at
    if second is None:
        raise Uncuttable(f"there are no two movements in a row behind byte {start + size}")
    return body + file.part(start + size, start + size + second)


def _has_stop(head: _Head, body: bytes) -> bool:
    """Somewhere in these rows the movements end."""
    stop = head.layout.rows.stop
    if stop is None:
        return False
    text = head.as_utf8(body).replace(b"\r\n", b"\n").decode()
    return bool(pl.Series([text]).str.contains(f"(?m){stop}").item())


def _refuse_unnamed(head: _Head, body: bytes) -> None:
    """A row that does not name its statement belongs to one that only the whole file can tell."""
    if not head.names:
        return
    table = head.layout.table
    try:
        cells = pl.read_csv(
            head.as_utf8(body),
            has_header=False,
            separator=table.delimiter,
            quote_char=table.quote,
            schema={f"c{number}": pl.String() for number in range(len(head.header))},
            columns=[head.header.index(name) for name in head.names],
            truncate_ragged_lines=True,
            empty_string_is_null=False,
        )
    except pl.exceptions.PolarsError as error:
        raise Uncuttable("its rows are not regular") from error
    if cells.select(pl.any_horizontal((pl.all().str.strip_chars() == "").any())).item():
        raise Uncuttable("a row does not name its account or currency")
