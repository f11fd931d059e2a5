"""Files of one format, tried on its reader: each count adds up, or the file is refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.errors import FileError
from tasks.extract.source import Reading, Source


@dataclass(frozen=True)
class Trial:
    """A reader, and the name of the files that it is tried on; {} stands for their number."""

    read: Callable[[Sequence[Source], str], Reading]
    name: str

    def sources(self, *texts: str | bytes) -> list[Source]:
        data = [text.encode() if isinstance(text, str) else text for text in texts]
        return [Source(no, self.name.format(no), one) for no, one in enumerate(data)]

    def reading(self, *texts: str | bytes) -> Reading:
        return self.read(self.sources(*texts), "")

    def good(self, *texts: str | bytes) -> Reading:
        """Nothing is refused, and all that was counted is there."""
        result = self.reading(*texts)
        assert [str(file.error) for file in result.files if file.error] == []
        assert accounted(result)
        return result

    def one(self, text: str | bytes) -> dict[str, object]:
        """The one record of a file."""
        rows = self.good(text).records.rows(named=True)
        assert len(rows) == 1
        return rows[0]

    def refusal(self, text: str | bytes) -> FileError:
        """Why a file is refused, of which then nothing is read."""
        result = self.reading(text)
        assert result.records.is_empty()
        assert result.statements.is_empty()
        error = result.files[0].error
        assert error is not None
        return error


def accounted(result: Reading) -> bool:
    """Is every record of every file kept, set aside, or a marker?"""
    aside = result.findings.filter("is_set_aside")
    numbers = pl.concat([rows.get_column("file_no") for rows in (result.records, aside)])
    return all(
        file.raw_count == (numbers == file.file_no).sum() + file.marker_count
        for file in result.files
    )
