"""The text on the pages of a PDF, line by line, and no trap that a PDF may hide.

The letters come from pdfminer through a device of ours that counts them, and pdfplumber lays them
out in lines whose columns stand below each other. Size, pages, letters and time have limits.
"""

import io
import logging
import re
import struct
import time
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LTChar, LTContainer, LTItem, LTPage
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfexceptions import PDFException
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1, stream_value
from pdfminer.psexceptions import PSException
from pdfplumber.utils.text import extract_text

from schemas.errors import FileError, MalformedFile
from tasks.extract.formats.pdf.lines import Line, line_of
from tasks.extract.source import Source

MAGIC = b"%PDF-"
HEAD_BYTES = 1024
MOST_BYTES = 32 * 1024 * 1024
MOST_UNPACKED = 64 * 1024 * 1024
MOST_PAGES = 300
MOST_PAGE_BYTES = 4 * 1024 * 1024
MOST_MARKS = 30_000
MOST_SECONDS = 60

BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    PDFException,
    PSException,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What the libraries raise from within when the bytes of a PDF are damaged."""

# it tells of every odd font; what matters to us shows in the proof
logging.getLogger("pdfminer").setLevel(logging.CRITICAL)

_STREAM = re.compile(rb"stream\r?\n")
_NESTED = re.compile(rb"/Fl(?:ateDecode)?\s*/Fl(?:ateDecode)?\b")
_AGAIN = "download the statement again from the bank"
_PLAINER = "ask the bank for a file of data, or print the statement as a plain PDF"


class _TooMuchError(Exception):
    """A page holds more than a page of paper can, or takes too long."""


class _Pen(PDFPageAggregator):
    """Notes the letters of a page and leaves out all else that is drawn on it."""

    def __init__(self, resources: PDFResourceManager, deadline: float) -> None:
        super().__init__(resources)
        self.deadline = deadline
        self.mark_count = 0

    def begin_page(self, page: PDFPage, ctm: Any) -> None:  # noqa: ANN401 - pdfminer's own type
        """A new page, with no marks yet."""
        self.mark_count = 0
        super().begin_page(page, ctm)

    def begin_figure(self, *given: Any) -> None:  # noqa: ANN401 - as above
        """A figure, which may hold letters and other figures."""
        self._count()
        super().begin_figure(*given)

    def render_char(self, *given: Any) -> float:  # noqa: ANN401 - as above
        """A letter."""
        self._count()
        return super().render_char(*given)

    def paint_path(self, *_: Any) -> None:  # noqa: ANN401 - as above
        """Lines and boxes are no text."""

    def _count(self) -> None:
        self.mark_count += 1
        if self.mark_count > MOST_MARKS:
            raise _TooMuchError(f"a page has more than {MOST_MARKS} letters and figures")
        if self.mark_count % 256 == 1 and time.monotonic() > self.deadline:
            raise _TooMuchError(f"its pages took more than {MOST_SECONDS} seconds to read")


def is_pdf(data: bytes) -> bool:
    """The file begins like a PDF; a few bytes of the mail may stand before it."""
    return MAGIC in data[:HEAD_BYTES]


def pdf_lines(source: Source, most_pages: int = MOST_PAGES) -> list[Line]:
    """The lines of a PDF, page by page.

    Raises:
        MalformedFile: too large, locked, damaged, or a picture without text.
    """
    _check_size(source)
    try:
        lines = list(_lines_of_pages(source, most_pages))
    except FileError:
        raise
    except _TooMuchError as error:
        raise MalformedFile(source.name, str(error), _PLAINER) from error
    except BROKEN as error:
        raise _unopened(source, error) from error
    if not lines:
        raise MalformedFile(
            source.name,
            "its pages hold no text: a scan, or blank paper",
            "ask the bank for the statement as a file of data; scans are not read",
        )
    return lines


def _unopened(source: Source, error: Exception) -> MalformedFile:
    if b"/Encrypt" in source.data:
        return MalformedFile(
            source.name, "the PDF is locked by a password", "save it without a password"
        )
    return MalformedFile(source.name, f"the PDF is damaged: {type(error).__name__}", _AGAIN)


def _lines_of_pages(source: Source, most_pages: int) -> Iterator[Line]:
    document = PDFDocument(PDFParser(io.BytesIO(source.data)))
    resources = PDFResourceManager()
    pen = _Pen(resources, time.monotonic() + MOST_SECONDS)
    interpreter = PDFPageInterpreter(resources, pen)
    pages = islice(PDFPage.create_pages(document), most_pages + 1)
    for page_number, page in enumerate(pages, start=1):
        if page_number > MOST_PAGES:
            raise _TooMuchError(f"it has more than {MOST_PAGES} pages")
        if page_number > most_pages:
            return
        size = sum(len(stream_value(one).get_data()) for one in page.contents if resolve1(one))
        if size > MOST_PAGE_BYTES:
            raise _TooMuchError(f"a page has {size} bytes of drawing")
        interpreter.process_page(page)
        sheet = pen.get_result()
        texts = [text for text in _text(sheet).split("\n") if text.strip()]
        for number, text in enumerate(texts, start=1):
            yield line_of(source, f"page {page_number} line {number}", text)


def _text(sheet: LTPage) -> str:
    """The letters of a page in lines, with blanks between that keep the columns."""
    letters = [
        {
            "text": letter.get_text(),
            "fontname": letter.fontname,
            "size": letter.size,
            "upright": letter.upright,
            "width": letter.width,
            "height": letter.height,
            "x0": letter.x0,
            "x1": letter.x1,
            "top": sheet.height - letter.y1,
            "bottom": sheet.height - letter.y0,
            "doctop": sheet.height - letter.y1,
        }
        for letter in _letters(sheet)
    ]
    box = (0, 0, sheet.width, sheet.height)
    text = extract_text(letters, layout=True, layout_bbox=box, layout_width=sheet.width)
    return str(text)


def _letters(item: LTItem) -> Iterator[LTChar]:
    """The letters of a page and of the figures in it."""
    open_items = [item]
    while open_items:
        one = open_items.pop()
        if isinstance(one, LTChar):
            yield one
        elif isinstance(one, LTContainer):
            open_items.extend(reversed(list(one)))


def _check_size(source: Source) -> None:
    """Refuse what would unpack to more than a statement needs, without unpacking more of it."""
    data = source.data
    size = 0 if len(data) <= MOST_BYTES else MOST_UNPACKED + 1
    for found in _STREAM.finditer(data):
        if size > MOST_UNPACKED:
            break
        size += _unpacked_size(memoryview(data)[found.end() :], MOST_UNPACKED + 1 - size)
    if size > MOST_UNPACKED or _NESTED.search(data):
        raise MalformedFile(
            source.name,
            "the PDF is, or unpacks to, more than a statement can need",
            "do not open it; ask the sender where it comes from",
        )


def _unpacked_size(packed: memoryview, most: int) -> int:
    """How much a stream unpacks to, looked at no further than needed."""
    unpacker, size, piece = zlib.decompressobj(), 0, 1 << 16
    try:
        while size < most and len(packed) and not unpacker.eof:
            size += len(unpacker.decompress(packed[:piece], most - size))
            packed = packed[piece:]
    except zlib.error:
        return size
    return size
