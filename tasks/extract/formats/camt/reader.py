"""Account messages of ISO 20022: CAMT.052 (report), CAMT.053 (statement), CAMT.054 (notification).

All versions from 001.01 on are read alike, by the names of their elements; namespaces, prefixes and
envelopes do not matter. The booked amount is `Ntry/Amt` in the currency of the account; an amount
in another currency (AmtDtls) and its rate stand beside it.
"""

import re
from collections.abc import Callable, Sequence

import polars as pl

from schemas.errors import FileError
from schemas.statement import Convention
from tasks.extract.formats.camt.batch import Batch
from tasks.extract.formats.camt.document import Document, head_of, open_document
from tasks.extract.formats.camt.shapes import Shapes
from tasks.extract.formats.camt.walk import MESSAGES
from tasks.extract.source import Clue, FileRead, Format, Reading, Source

_KINDS = dict(zip(("camt052", "camt053", "camt054"), MESSAGES, strict=True))
_RANKS = {"camt052": 2, "camt053": 1, "camt054": 2}
_MESSAGE = re.compile(rf"<(?:[A-Za-z_][\w.-]*:)?({'|'.join(MESSAGES)})[\s/>]")
_NAMESPACE = re.compile(r"""<(?:[\w.-]+:)?Document\s[^<>]*?["']urn:[^<>"']*:(camt\.05[234])\.""")


def _read_as(name: str) -> Callable[[Sequence[Source], str], Reading]:
    def read(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - no layouts
        return read_messages(sources, name, {})

    return read


def read_messages(
    sources: Sequence[Source], name: str, shapes: dict[str, Shapes] | None
) -> Reading:
    """Read CAMT files, a whole batch at once.

    An entry is a record, its `TxDtls` are details. Entries with the status PDNG, FUTR or INFO are
    pending. The day is BookgDt, else ValDt, else the last settlement day of the details, else one
    that the statement lends, with a remark. RvslInd flips a sign only where the balances prove it.

    Args:
        sources: the files.
        name: of the format; a notification yields to a statement of the same account and day.
        shapes: an empty dictionary; null reads every entry through the XML parser, slower and with
            the same result.
    """
    batch = Batch()
    errors: dict[int, FileError] = {}
    documents: dict[int, Document] = {}
    for source in sources:
        batch.start_file(source.file_no)
        try:
            document = open_document(source, batch, shapes)
        except FileError as error:
            errors[source.file_no] = error
            batch.start_over()
            continue
        batch.close_file(document.walk)
        documents[source.file_no] = document
    entries, statements, remarks = batch.finish()
    return Reading(
        convention=Convention(
            date_formats=("%Y-%m-%d",), decimal_mark=".", sign="signed", source_rank=_RANKS[name]
        ),
        records=entries.records,
        statements=statements,
        files=tuple(
            FileRead(source.file_no, error=errors[source.file_no])
            if source.file_no in errors
            else FileRead(
                source.file_no,
                encoding=documents[source.file_no].encoding,
                raw_count=documents[source.file_no].raw_count,
            )
            for source in sources
        ),
        findings=pl.concat([entries.findings, remarks]),
        details=entries.details,
    )


def _kind(source: Source) -> tuple[str, str]:
    """The message that the first bytes of a file hold, and how that shows; "" for none."""
    text = head_of(source.data)
    if not text.lstrip().startswith("<"):
        return "", ""
    element = _MESSAGE.search(text)
    if element:
        return element[1], f"it is XML and holds <{element[1]}>"
    named = _NAMESPACE.search(text)
    if named:
        return _KINDS[named[1].replace(".", "")], f"its namespace is that of {named[1]}"
    return "", ""


def _sniffer(name: str) -> Callable[[Source], Sequence[Clue]]:
    def sniff(source: Source) -> Sequence[Clue]:
        message, because = _kind(source)
        return (Clue("", because),) if message == _KINDS[name] else ()

    return sniff


def _format(name: str, title: str) -> Format:
    return Format(name, title, (".xml", ".camt"), _sniffer(name), _read_as(name))


CAMT052 = _format("camt052", "CAMT.052 account report")
CAMT053 = _format("camt053", "CAMT.053 account statement")
CAMT054 = _format("camt054", "CAMT.054 debit and credit notification")
