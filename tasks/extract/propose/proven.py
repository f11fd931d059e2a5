"""The door for files that no layout knows: a proven reading, or a refusal that says what is open.

Each file stands for itself here: that it came with others of its kind must not decide its fate.
"""

from collections.abc import Sequence
from dataclasses import replace

from schemas.bank import BankLayout
from schemas.errors import UnknownFormat
from tasks.extract.formats.delimited.reader import CSV, read_as
from tasks.extract.identify import Identified
from tasks.extract.propose.proposal import Verdict, propose, reading_of
from tasks.extract.source import Format, Reading, Source


def proven_reader(source: Source, unknown: UnknownFormat) -> Identified:
    """The reader for a file that nobody knows, if its own numbers prove how it is written.

    Raises:
        UnknownFormat: they do not; it names the first thing that is open.
    """
    proposal = propose([source])
    if proposal.verdict == Verdict.PROVEN:
        layout = reading_of(proposal)
        evidence = "; ".join(proposal.readings[0].evidence)
        return Identified(_reader_of(layout), layout.name, evidence, source.file_no)
    if not proposal.readings:
        raise unknown
    raise UnknownFormat(
        source.name,
        f"{unknown.problem}, and what is proposed is {proposal.verdict.value}: {proposal.problem}",
        "buffet bank propose FILE shows it; complete its TOML and put it into tasks/extract/banks",
    )


def _reader_of(layout: BankLayout) -> Format:
    def read(sources: Sequence[Source], _: str) -> Reading:
        return read_as(sources, layout)

    return replace(CSV, read=read)
