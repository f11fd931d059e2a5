"""The stage validate as a plain function over a batch folder."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from schemas.statement import Proof
from tasks.validate.balances import prove
from tasks.validate.remarks import remarks
from tasks.validate.transactions import check_transactions


@dataclass(frozen=True)
class Validated:
    """Counts of a batch after validation: statements by proof, records set aside in all."""

    proven: int
    unproven: int
    failed: int
    set_aside: int


def validate(folder: Path, accepted: Collection[str] = ()) -> Validated:
    """Check a batch; write valid.arrow, proved.arrow and judged.arrow (all findings).

    Args:
        folder: the batch folder that extract filled.
        accepted: sha256s of files that a person accepted against their arithmetic.
    """
    checked = check_transactions(pl.read_ipc(folder / "typed.arrow"))
    findings = pl.concat([pl.read_ipc(folder / "findings.arrow"), checked.findings])
    files = pl.read_ipc(folder / "files.arrow")
    excused = files.filter(pl.col("sha256").is_in(list(accepted))).get_column("file_no").to_list()
    statements = pl.read_ipc(folder / "statements.arrow")
    proven = prove(statements, checked.transactions, findings, accepted=excused)
    said = remarks(checked.transactions, statements, files)
    checked.transactions.write_ipc(folder / "valid.arrow")
    proven.statements.write_ipc(folder / "proved.arrow")
    pl.concat([findings, proven.findings, said]).write_ipc(folder / "judged.arrow")
    proofs = proven.statements.get_column("proof")
    return Validated(
        proven=int((proofs == Proof.PROVEN.value).sum()),
        unproven=int((proofs == Proof.UNPROVEN.value).sum()),
        failed=int((proofs == Proof.FAILED.value).sum()),
        set_aside=findings.filter("is_set_aside").height,
    )
