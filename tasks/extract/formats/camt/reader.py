"""Account messages of ISO 20022: CAMT.052 (report), CAMT.053 (statement), CAMT.054 (notification).

All versions from 001.01 on are read alike, by the names of their elements; namespaces, prefixes and
envelopes do not matter, and several documents may stand one behind the other. Italian banks send
the same in messages of the CBI consortium. The booked amount is `Ntry/Amt` in the currency of the
account; an amount in another currency (AmtDtls) and its rate stand beside it.
"""

import re
from collections.abc import Callable, Sequence

import polars as pl

from schemas.statement import Convention
from tasks.extract.formats.camt.batch import Batch
from tasks.extract.formats.camt.document import head_of
from tasks.extract.formats.camt.volumes import volumes
from tasks.extract.formats.camt.walk import MESSAGES
from tasks.extract.large import MEGABYTE
from tasks.extract.source import Clue, Format, Reading, Source

_VOLUME_BYTES = 6 * MEGABYTE
_RANKS = {"camt052": 2, "camt053": 1, "camt054": 7}  # notifications tell some movements only
_WORDS = (b"BkToCstmr", b"StmtReqLogMsg", b"camt.05")
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_MESSAGE = re.compile(rf"<(?:[A-Za-z_][\w.-]*:)?({'|'.join(MESSAGES)})(?:V01)?[\s/>]".encode())
_NAMESPACE = re.compile(rb"""<(?:[\w.-]+:)?Document\s[^<>]*?["']urn:[^<>"']*:(camt\.05[234])\.""")


def _read_as(name: str) -> Callable[[Sequence[Source], str], Reading]:
    def read(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - no layouts
        return read_messages(sources, name)

    return read


def read_messages(sources: Sequence[Source], name: str, *, is_quick: bool = True) -> Reading:
    """Read CAMT files, a whole batch at once.

    An entry is a record, its `TxDtls` are details. Entries with the status PDNG, FUTR or INFO are
    pending. The day is BookgDt, else ValDt, else the last settlement day of the details, else one
    that the statement lends, with a remark. RvslInd flips a sign only where the balances prove it.

    Args:
        sources: the files.
        name: of the format; a notification yields to a statement of the same account and day.
        is_quick: false reads every entry through the XML parser, slower and with the same result.
    """
    batch = Batch(is_quick=is_quick)
    for source in sources:
        batch.take(source)
    entries, statements, remarks = batch.finish()
    return Reading(
        convention=Convention(
            date_formats=("%Y-%m-%d",), decimal_mark=".", sign="signed", source_rank=_RANKS[name]
        ),
        records=entries.records,
        statements=statements,
        files=tuple(batch.files[source.file_no] for source in sources),
        findings=pl.concat([entries.findings, remarks]),
        details=entries.details,
    )


def _kind(data: bytes) -> tuple[str, str]:
    """The format of the message in the first bytes of a file, and how it shows; "" for none."""
    head = head_of(data)
    if not head.lstrip().startswith(b"<") or not any(word in head for word in _WORDS):
        return "", ""
    element = _MESSAGE.search(head)
    if b"<!--" in (head[: element.start()] if element else head):
        head = _COMMENT.sub(b"", head)
        element = _MESSAGE.search(head)
    if element:
        message = element[1].decode()
        return MESSAGES[message], f"it is XML and holds <{message}>"
    named = _NAMESPACE.search(head)
    if named:
        name = named[1].decode()
        return name.replace(".", ""), f"its namespace is that of {name}"
    return "", ""


def _sniffer(name: str) -> Callable[[Source], Sequence[Clue]]:
    def sniff(source: Source) -> Sequence[Clue]:
        found, because = _kind(source.data)
        return (Clue("", because),) if found == name else ()

    return sniff


def _format(name: str, title: str) -> Format:
    suffixes = (".xml", ".camt")
    return Format(
        name,
        title,
        suffixes,
        _sniffer(name),
        _read_as(name),
        volumes,
        _VOLUME_BYTES,
        version=7,
    )


CAMT052 = _format("camt052", "CAMT.052 account report")
CAMT053 = _format("camt053", "CAMT.053 account statement")
CAMT054 = _format("camt054", "CAMT.054 debit and credit notification")
