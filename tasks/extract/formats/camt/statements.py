"""The statements of CAMT files: whose account, which period, which balances, which totals."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

import polars as pl

from schemas.findings import Code
from schemas.money import plain
from schemas.statement import AccountKind
from tasks.extract.formats.camt.walk import Cells, Statement

_ACCOUNT = ("Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/BBAN", "Acct/Id/PrtryAcct/Id")
_SERVICER = "Acct/Svcr/FinInstnId"
_INSTITUTION = (
    f"{_SERVICER}/BICFI",
    f"{_SERVICER}/BIC",
    f"{_SERVICER}/Nm",
    f"{_SERVICER}/CmbndId/BIC",
    f"{_SERVICER}/ClrSysMmbId/MmbId",
)
_INTERIM = "INTM"
_BAI = {"010": "OPBD", "015": "CLBD"}  # BMO and others, 2021: opening and closing ledger
_NAMED = re.compile(r"(?i)(opening|closing)[ _-]?(?:booked|ledger)?[ _-]?(?:balance)?")
_LAST_PAGE = (
    "GrpHdr/MsgPgntn/LastPgInd",
    "RptPgntn/LastPgInd",
    "StmtPgntn/LastPgInd",
    "NtfctnPgntn/LastPgInd",
)
_WIDE = pl.Decimal(38, 8)
_STATEMENT = ["file_no", "statement_no"]


@dataclass(frozen=True)
class Sums:
    """What the entries of a statement add up to.

    Attributes:
        net: the booked ones, as CdtDbtInd says.
        reversals: the booked ones with RvslInd true.
        counts: credits and debits, also those that are only announced.
        totals: their sums, without sign.
        currency: of the first one.
    """

    net: Decimal = Decimal(0)
    reversals: Decimal = Decimal(0)
    counts: tuple[int, int] = (0, 0)
    totals: tuple[Decimal, Decimal] = (Decimal(0), Decimal(0))
    currency: str | None = None


@dataclass(frozen=True)
class Stated:
    """A statement as its row of STATEMENT_TEXT, and what it means for its entries.

    Attributes:
        row: STATEMENT_TEXT without the numbers.
        lent_text: the day of entries that have none.
        lent_from: in words, where that day stands.
        is_flipped: reversals are booked the other way round; only then do the balances close.
        remarks: what is doubtful about it, though its entries stay.
    """

    row: dict[str, str | None]
    lent_text: str | None
    lent_from: str
    is_flipped: bool
    remarks: tuple["Remark", ...]


@dataclass(frozen=True)
class Remark:
    """What is doubtful about a statement: the code, the path in it, and the words."""

    code: Code
    path: str
    problem: str


_FLIPPED = Remark(
    Code.REVERSAL_TURNED,
    "Ntry",
    "its reversals (RvslInd) are read the other way round: only so do the balances close",
)


def weighed(cells: pl.DataFrame) -> pl.DataFrame:
    """What some entries add up to, one row a statement; each number is exact."""
    value = pl.col("amount_text").cast(_WIDE, strict=False)
    is_credit, is_booked = pl.col("direction") == "CRDT", ~pl.col("is_pending")
    signed = pl.when(is_credit).then(value).otherwise(-value)
    return cells.group_by(_STATEMENT, maintain_order=True).agg(
        signed.filter(is_booked).sum().alias("net"),
        signed.filter(is_booked & pl.col("is_reversal")).sum().alias("reversals"),
        is_credit.sum().alias("credits"),
        (~is_credit).sum().alias("debits"),
        value.filter(is_credit).sum().alias("credit"),
        value.filter(~is_credit).sum().alias("debit"),
        pl.col("currency_text").first().alias("currency"),
    )


def sums_of(parts: Sequence[pl.DataFrame]) -> dict[tuple[int, int], Sums]:
    """The sums of each statement, by file and statement number, from what its parts add up to."""
    if not parts:
        return {}
    rows = (
        pl.concat(parts)
        .group_by(_STATEMENT, maintain_order=True)
        .agg(pl.exclude("currency").sum(), pl.col("currency").first())
    )
    return {
        (row["file_no"], row["statement_no"]): Sums(
            row["net"],
            row["reversals"],
            (row["credits"], row["debits"]),
            (row["credit"], row["debit"]),
            row["currency"],
        )
        for row in rows.iter_rows(named=True)
    }


def stated(statement: Statement, sums: Sums) -> Stated:
    """Read a statement, whose entries make these sums."""
    cells = statement.cells
    own = cells.get("Acct/Ccy")
    opening, closing = _balances(statement, own, sums)
    starts, ends = _day(cells.get("FrToDt/FrDtTm")), _day(cells.get("FrToDt/ToDtTm"))
    made = _day(cells.get("CreDtTm")) or _day(statement.head.get("GrpHdr/CreDtTm"))
    closing_on = _balance_day(closing)
    is_flipped = _is_flipped(opening, closing, sums)
    lent, lent_from = next(
        (
            (day, words)
            for day, words in (
                (closing_on, "the day of the closing balance"),
                (ends, "the last day of the period"),
                (made, "the day on which the bank made the file"),
            )
            if day
        ),
        (None, ""),
    )
    return Stated(
        row={
            "institution_text": _first(cells, _INSTITUTION),
            "account_text": _first(cells, _ACCOUNT),
            "account_kind": AccountKind.BANK,
            "currency_text": own or _currency(opening, closing) or sums.currency,
            "starts_text": starts,
            "ends_text": ends,
            "opening_text": _signed(opening),
            "opening_on_text": _opening_day(opening, starts, closing_on),
            "closing_text": _signed(closing),
            "closing_on_text": closing_on,
            "stated_on_text": made,
        },
        lent_text=lent,
        lent_from=lent_from,
        is_flipped=is_flipped,
        remarks=(
            *(
                Remark(Code.STATED_SUM_DIFFERS, "TxsSummry", one)
                for one in _wrong_totals(cells, sums)
            ),
            *_other_currencies(own or sums.currency, opening=opening, closing=closing),
            *_missing_pages(statement),
            *([_FLIPPED] if is_flipped else []),
        ),
    )


def finding(statement: Statement, file_no: int, number: int, remark: Remark) -> dict[str, object]:
    """A row of FINDING about a statement; its entries stay."""
    return {
        "file_no": file_no,
        "statement_no": number,
        "place": f"{statement.place}/{remark.path}",
        "code": remark.code.value,
        "message": remark.problem,
        "remedy": "compare with the bank; the entries that the file holds are kept",
        "raw_text": "",
        "is_set_aside": False,
    }


def _balances(
    statement: Statement, currency: str | None, sums: Sums
) -> tuple[Cells | None, Cells | None]:
    """Opening and closing balance; interim balances (ITBD) only where they close the sum."""
    opening = _chosen(statement, "OPBD", currency) or _chosen(statement, "PRCD", currency)
    closing = _chosen(statement, "CLBD", currency, is_last=True)
    if opening and closing:
        return opening, closing
    interim = [one for one in statement.balances if _type(one) == "ITBD"]
    first = opening or next(iter(interim), None)
    last = closing or next(reversed(interim), None)
    before, after = _amount(first), _amount(last)
    is_moved = first is not last
    if is_moved and before is not None and after is not None and before + sums.net == after:
        return first, last
    return opening, closing


def _chosen(
    statement: Statement, kind: str, currency: str | None, *, is_last: bool = False
) -> Cells | None:
    """A balance of a kind: one of the account's currency and of no page or part, before any other.

    Of several, the one of the first day or of the last: banks list days in either order.
    """
    found = [one for one in statement.balances if _type(one) == kind]
    found = [one for one in found if one.get("Amt/@Ccy") == currency] or found
    found = [one for one in found if _subtype(one) is None] or found
    found = [one for one in found if _subtype(one) != _INTERIM] or found
    if all(map(_balance_day, found)):
        found.sort(key=lambda one: _balance_day(one) or "")
    return (found[-1] if is_last else found[0]) if found else None


def _type(balance: Cells) -> str | None:
    """The code of a balance, also where the bank has a name of its own for it or that of BAI."""
    own = balance.get("Tp/CdOrPrtry/Prtry") or balance.get("Tp/Prtry", "")
    named = _NAMED.fullmatch(own)
    told = _BAI.get(own, own) if named is None else f"{named[1][:2]}BD".upper()
    return balance.get("Tp/CdOrPrtry/Cd") or balance.get("Tp/Cd") or told or None


def _subtype(balance: Cells) -> str | None:
    return balance.get("Tp/SubTp/Cd") or balance.get("Tp/SubTp/Prtry")


def _signed(balance: Cells | None) -> str | None:
    """The balance as printed, with a minus for a debit; without CdtDbtInd it is a credit."""
    if balance is None or "Amt" not in balance:
        return None
    return ("-" if balance.get("CdtDbtInd") == "DBIT" else "") + balance["Amt"]


def _amount(balance: Cells | None) -> Decimal | None:
    return _number(_signed(balance))


def _number(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _is_flipped(opening: Cells | None, closing: Cells | None, sums: Sums) -> bool:
    """Some banks print reversals with the direction of what they reverse; the balances decide."""
    before, after = _amount(opening), _amount(closing)
    if before is None or after is None or not sums.reversals:
        return False
    return before + sums.net != after == before + sums.net - 2 * sums.reversals


def _other_currencies(currency: str | None, **balances: Cells | None) -> Iterator[Remark]:
    """Balances that are not in the currency of the account, by their names."""
    for name, balance in balances.items():
        other = balance.get("Amt/@Ccy") if balance else None
        if other and currency and other != currency:
            message = f"the {name} balance is in {other}, the account in {currency}"
            yield Remark(Code.BALANCE_UNREADABLE, "Bal", message)


def _missing_pages(statement: Statement) -> Iterator[Remark]:
    for path in _LAST_PAGE:
        if (statement.cells.get(path) or statement.head.get(path)) in ("false", "0"):
            message = "the statement goes on on a page of another file"
            yield Remark(Code.STATEMENT_UNREADABLE, path, message)


def _wrong_totals(cells: Mapping[str, str], sums: Sums) -> list[str]:
    """Counts and sums of TxsSummry that the entries do not make; signs of sums are not trusted."""
    problems: list[str] = []
    for path, words, counted, total in (
        ("TtlNtries", "entries", sum(sums.counts), sums.totals[0] + sums.totals[1]),
        ("TtlCdtNtries", "credits", sums.counts[0], sums.totals[0]),
        ("TtlDbtNtries", "debits", sums.counts[1], sums.totals[1]),
    ):
        count = _number(cells.get(f"TxsSummry/{path}/NbOfNtries"))
        if count is not None and count != counted:
            problems.append(f"the bank states {count} {words}, the file holds {counted}")
        printed = _number(cells.get(f"TxsSummry/{path}/Sum"))
        if (
            path == "TtlNtries"
            and printed is not None
            and abs(printed) == abs(sums.totals[0] - sums.totals[1])
        ):
            continue  # Wise and others state the net sum here
        if printed is not None and abs(printed) != total:
            problems.append(
                f"the bank states {words} of {plain(printed)}, the file holds {plain(total)}"
            )
    return problems


def _first(cells: Mapping[str, str], paths: tuple[str, ...]) -> str | None:
    return next((cells[path] for path in paths if path in cells), None)


def _currency(*balances: Cells | None) -> str | None:
    return next((one["Amt/@Ccy"] for one in balances if one and "Amt/@Ccy" in one), None)


def _day(printed: str | None) -> str | None:
    """The calendar day as printed, never shifted by a zone."""
    return printed[:10] if printed else None


def _balance_day(balance: Cells | None) -> str | None:
    return _day(balance.get("Dt/Dt") or balance.get("Dt/DtTm")) if balance else None


def _opening_day(opening: Cells | None, starts: str | None, closing_on: str | None) -> str | None:
    """The day at whose end the opening balance holds.

    OPBD and PRCD name that day, or the first day of the period (PRCD: Equa, 2020): then it is the
    day before.
    """
    day = _balance_day(opening)
    if day is None:
        return day
    begins = starts or closing_on
    if begins is None or day < begins:
        return day
    try:
        return str(date.fromisoformat(day) - timedelta(days=1))
    except ValueError:
        return day
