"""A ticket: one claimed file on its way through the night."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from schemas.masking import masked_numbers


@dataclass(frozen=True)
class Folder:
    """The folder of the inbox in which a file lay.

    Attributes:
        owner: first folder below the inbox, or the default owner.
        account_name: second folder below the inbox; null if there is none.
    """

    owner: str
    account_name: str | None

    @property
    def shown(self) -> str:
        """The folder as a path, long numbers masked."""
        return masked_numbers("/".join(name for name in (self.owner, self.account_name) if name))


@dataclass(frozen=True)
class Ticket:
    """Where a claimed file came from and where its bytes are kept.

    Attributes:
        sha256: of the bytes; the file's identity, whatever its name.
        name: file name as it was dropped, "march.zip/itau.csv" for a file out of a container; it
            may hold an account number, so show `shown_name`.
        owner: first folder below the inbox, or the default owner.
        account_name: second folder below the inbox; null if there is none.
        size_bytes: size of the file.
        claimed_at: UTC instant of the claim.
        path: where the bytes are.
        container: sha256 of the zip or gzip that the file came in; null if it came alone.
        others: the other folders in which equal bytes lay, the first one first.
    """

    sha256: str
    name: str
    owner: str
    account_name: str | None
    size_bytes: int
    claimed_at: datetime
    path: str
    container: str | None = None
    others: tuple[Folder, ...] = ()

    @property
    def folder(self) -> Folder:
        """Where the file lay that came first."""
        return Folder(self.owner, self.account_name)

    @property
    def folders(self) -> tuple[Folder, ...]:
        """All folders in which its bytes lay, the first one first."""
        return (self.folder, *self.others)

    def with_folders(self, folders: Iterable[Folder]) -> Self:
        """The ticket of bytes that lay in these folders too."""
        return replace(self, others=tuple(dict.fromkeys((*self.folders, *folders)))[1:])

    @property
    def printed_name(self) -> str:
        """The file's own name, without the container's; a bank layout may read it."""
        return self.name.rpartition("/")[2] if self.container else self.name

    @property
    def shown_name(self) -> str:
        """The name with long numbers masked, for logs, reports and errors."""
        return masked_numbers(self.name)

    def to_json(self) -> str:
        """The ticket as one JSON object, instants in ISO 8601."""
        others = [vars(folder) for folder in self.others]
        told = vars(self) | {"claimed_at": self.claimed_at.isoformat(), "others": others}
        return json.dumps(told, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a ticket back; raises ValueError, KeyError or TypeError on anything else."""
        fields = json.loads(text)
        claimed_at = datetime.fromisoformat(fields["claimed_at"])
        others = tuple(Folder(**one) for one in fields.get("others", ()))
        return cls(**fields | {"claimed_at": claimed_at, "others": others})
