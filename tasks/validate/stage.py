"""The stage validate as a plain function over a batch folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from schemas.decisions import Decision
from schemas.statement import Proof
from tasks.folders import volumes
from tasks.validate.balances import broken_rows, judge, tally
from tasks.validate.decided import Decided, decided, without_dropped
from tasks.validate.remarks import odd_amounts, unnamed_accounts
from tasks.validate.transactions import check_transactions


@dataclass(frozen=True)
class Validated:
    """Counts of a batch after validation: statements by proof, records set aside in all."""

    proven: int
    unproven: int
    failed: int
    set_aside: int


def validate(folder: Path, decisions: Sequence[Decision] = ()) -> Validated:
    """Check a batch volume by volume; write valid.arrow and judged.arrow (all findings) of each.

    What a statement holds is summed up over its volumes, then proved and written to proved.arrow.

    Args:
        folder: the batch folder that extract filled.
        decisions: what persons accepted or dropped, as it is in force.
    """
    files = pl.read_ipc(folder / "files.arrow")
    statements = pl.read_ipc(folder / "statements.arrow")
    said = decided(decisions, files, statements)
    parts = volumes(folder)
    checks = [_check(part, said) for part in parts]
    tallies = [check.tally for check in checks]
    judged = judge(statements, tallies, accepted=said.accepted, dropped=said.dropped)
    remarks = pl.concat([judged.findings, unnamed_accounts(statements, files)])
    for number, part in enumerate(parts):
        more = [remarks] if number == 0 else []
        if judged.ways.height:
            valid = pl.read_ipc(part / "valid.arrow")
            more.append(broken_rows(valid, tallies[:number], judged))
        _add(part / "judged.arrow", more)
    judged.statements.write_ipc(folder / "proved.arrow")
    proofs = judged.statements.get_column("proof")
    return Validated(
        proven=int((proofs == Proof.PROVEN.value).sum()),
        unproven=int((proofs == Proof.UNPROVEN.value).sum()),
        failed=int((proofs == Proof.FAILED.value).sum()),
        set_aside=sum(check.set_aside for check in checks),
    )


@dataclass(frozen=True)
class _Check:
    """What stays of a volume in memory: TALLY, and how many records were set aside."""

    tally: pl.DataFrame
    set_aside: int


def _check(part: Path, said: Decided) -> _Check:
    checked = check_transactions(pl.read_ipc(part / "typed.arrow"))
    parted = without_dropped(checked.transactions, said.records)
    findings = pl.concat([pl.read_ipc(part / "findings.arrow"), checked.findings, parted.findings])
    odd = odd_amounts(parted.transactions)
    parted.transactions.write_ipc(part / "valid.arrow")
    pl.concat([findings, odd]).write_ipc(part / "judged.arrow")
    set_aside = int(findings.get_column("is_set_aside").sum())
    return _Check(tally(parted.transactions, findings), set_aside)


def _add(path: Path, more: Sequence[pl.DataFrame]) -> None:
    """Add findings to those of a volume."""
    if any(one.height for one in more):
        known = pl.read_ipc(path)  # it is about to be written over
        pl.concat([known, *more]).write_ipc(path)
