"""What an entry of MT940 is about, out of :86: in the ways in which banks write it.

    166?20EREF+17?21SVWZ+Rechnung?32Max Muster       numbered subfields after a transaction code
    000+20Plata+32Ion Popescu                        the same behind a plus sign
    /TRTP/SEPA/NAME/M Muster/REMI/Rechnung 17/       named subfields
    Rechnung 17 Max Muster                           free text

Lines are cut at 65 characters, subfields at 27, wherever a word may be: what fills its whole width
goes on without a blank. Numbered subfields are cut once and looked at one by one: patterns with
groups cost ten times as much.
"""

import re
from collections.abc import Callable

import polars as pl

_MARKS = "?<>~^@"
# Some banks print the code in a field of its own before, or break the line behind a mark.
_NUMBERED = r"^\s*(?:[0-9]{3}\s*\n)?[0-9]{0,3}\s*[?<>~^@]\n?[0-9][0-9]"
# Texts hold plus signs: two of the numbers that every bank uses must stand behind one.
_PLUS = r"(?s)^[0-9]{3}\+[0-2]0.*\+[23][0-9]"
_PLUS_SUBFIELD = r"\+([0-2][0-9]|3[0-8]|6[0-3])"
_NAMED = r"^\s*/[A-Z]{2,9}/"
_KEYS = (
    "ACCW|ADDR|BBAN|BENM|BIC|CDTRREF|CDTRREFTP|CHGS|CNTP|CSID|EREF|EXCH|IACC|IBAN|ID|ISDT|KREF|MARF"
    "|NAME|OCMT|ORDP|ORIG|PREF|PURP|REMI|RFB|RTRN|SVCL|TRCD|TRTP|ULTB|ULTC|ULTD"
)
_NEXT_KEY = rf"(?s)/(?:{_KEYS})/.*$"
_NEXT_WORD = r"(?s)(?:EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|ABWA|ABWE|IBAN|BIC|PURP)\+.*$"
_NUMBER = pl.col("number")
_REMITTANCE = _NUMBER.is_between(20, 29) | _NUMBER.is_between(60, 63)
_BOOKING, _NAME = _NUMBER == 0, _NUMBER.is_between(32, 33)
_SEPARATOR, _SUBFIELD_WIDTH, _LINE_WIDTH = "\0", 27, 65  # a NUL stands in no file that is read
_FILLERS = ["\u00ff", "\u02d9"]
"""The byte FF in code pages of the west and the east: PKO BP's empty subfields (2021)."""


def about(texts: pl.Series, leads: pl.Series) -> pl.DataFrame:
    """Remittance and counterparty of each :86:.

    Args:
        texts: the fields as printed, lines apart; null where an entry has none.
        leads: the text in front that runs into a free text, null where none does.

    Returns:
        the columns `remittance` and `counterparty`, blanks drawn together, null where there is
        nothing. Of numbered subfields, none of which is a remittance, the remittance is the booking
        text, if any; of named ones, the whole. Of the German words EREF+, MREF+, SVWZ+ the last
        begins the remittance; the references stay in the raw text.
    """
    text = pl.col("text")
    rest = pl.DataFrame({"text": texts}).with_row_index("at").drop_nulls("text")
    told = []
    numbered, rest = _parted(rest, text.str.contains(_NUMBERED))
    for mark in _MARKS:
        pattern = _NUMBERED.replace(f"[{_MARKS}]", re.escape(mark))
        own, numbered = _parted(numbered, text.str.contains(pattern))
        if not own.is_empty():
            told.append(_of_numbered(own, mark))
    named, free = _parted(rest, text.str.contains(_NAMED))
    if not named.is_empty():
        told.append(_of_named(named))
    plus, free = _parted(free, text.str.contains(_PLUS))
    if not plus.is_empty():
        marked = text.str.replace_all(_PLUS_SUBFIELD, _SEPARATOR + "${1}")
        told.append(_of_numbered(plus.with_columns(marked), _SEPARATOR))
    if not free.is_empty():
        remittance = _led(leads.gather(free["at"]), free["text"])
        told.append(free.select("at", remittance=remittance))
    return _spread(told, texts.len())


def in_line(text: pl.Series) -> pl.Series:
    """Text with its blanks drawn together; null if nothing is left."""
    ragged = text.str.contains(r"\s\s|[^\S ]").arg_true()
    if not ragged.is_empty():
        drawn = text.gather(ragged).str.replace_all(r"\s+", " ")
        text = text.clone().scatter(ragged, drawn)
    text = text.str.strip_chars()
    empty = (text == "").arg_true()
    return text if empty.is_empty() else text.scatter(empty, None)


def _parted(rows: pl.DataFrame, holds: pl.Expr) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows for which something holds, and the others."""
    is_its = rows.select(holds).to_series()
    if is_its.all():
        return rows, rows.clear()
    if not is_its.any():
        return rows.clear(), rows
    return rows.filter(is_its), rows.filter(~is_its)


def _spread(told: list[pl.DataFrame], height: int) -> pl.DataFrame:
    """Cells that are known by their row, as whole columns."""
    columns = {}
    for name in ("remittance", "counterparty"):
        found = [one.select("at", name) for one in told if name in one.columns]
        if len(found) == 1 and found[0].height == height:
            columns[name] = found[0][name]
            continue
        columns[name] = pl.repeat(None, height, dtype=pl.String, eager=True)
        for one in found:
            columns[name] = columns[name].scatter(one["at"], one[name])
    return pl.DataFrame(columns)


def _of_numbered(rows: pl.DataFrame, mark: str) -> pl.DataFrame:
    """Remittance and counterparty of texts with numbered subfields, each behind this mark."""
    if rows["text"].str.contains("\n", literal=True).any():
        rows = rows.with_columns(pl.col("text").str.replace_all("\n", "", literal=True))
    subfields = _subfields(rows, mark)
    told = _with(rows.select("at"), "remittance", _joined(subfields, _REMITTANCE), _purpose)
    silent = told.filter(pl.col("remittance").is_null()).select("at")
    if not silent.is_empty():
        others = subfields.join(silent, on="at", how="semi", maintain_order="left")
        told = _with(told, "booking", _joined(others, _BOOKING))
        told = told.select("at", pl.coalesce("remittance", "booking"))
    names = _joined(subfields, _NAME)
    return told if names.is_empty() else _with(told, "counterparty", names)


def _with(
    rows: pl.DataFrame,
    name: str,
    texts: pl.DataFrame,
    told: Callable[[pl.Series], pl.Series] = lambda text: text,
) -> pl.DataFrame:
    """Add texts that are known by their row."""
    cells = texts.select("at", in_line(told(texts["text"])).alias(name))
    return rows.join(cells, on="at", how="left", maintain_order="left")


def _subfields(rows: pl.DataFrame, mark: str) -> pl.DataFrame:
    """One row a numbered subfield: at, number, text (behind its number).

    A mark that no number follows is a sign of the text.
    """
    text, at = pl.col("text"), pl.col("at")
    digits = pl.col("digits")
    pieces = (
        rows.with_columns(text.str.split(mark))
        .explode("text")
        .with_columns(text.str.head(2).alias("digits"))
        .with_columns(digits.cast(pl.UInt8, strict=False).alias("number"))
    )
    is_first = at != at.shift(1).fill_null(at + 1)
    is_number = (digits.str.len_bytes() == len("20")) & ~digits.str.starts_with("+")
    cut = pieces.filter(~is_first)
    loose = cut.filter(_NUMBER.is_null() | ~is_number).select(pl.col("at").unique())
    if loose.is_empty() or mark == _SEPARATOR:
        return cut
    subfield = re.escape(mark) + "([0-9][0-9])"
    mixed = rows.join(loose, on="at", how="semi", maintain_order="left").with_columns(
        text.str.replace_all(subfield, _SEPARATOR + "${1}")
    )
    clear = cut.join(loose, on="at", how="anti", maintain_order="left")
    return pl.concat([clear, _subfields(mixed, _SEPARATOR)])


def _joined(subfields: pl.DataFrame, wanted: pl.Expr) -> pl.DataFrame:
    """The text of some subfields, one row an entry; one of full width runs into the next."""
    number_width, text = len("20"), pl.col("text")
    is_full = text.str.len_chars() >= _SUBFIELD_WIDTH + number_width
    pieces = subfields.filter(wanted).select("at", text.str.slice(number_width), is_full=is_full)
    pieces = pieces.filter(~text.is_in(_FILLERS))
    blank = " "
    if pieces["is_full"].any():
        pieces = pieces.with_columns(
            pl.concat_str(text, pl.when(~pl.col("is_full")).then(pl.lit(blank)), ignore_nulls=True)
        )
        blank = ""
    of_entry = pieces.group_by("at", maintain_order=True).agg("text")
    return of_entry.with_columns(text.list.join(blank))


def _purpose(text: pl.Series) -> pl.Series:
    """What follows SVWZ+, up to the next word of its kind; where there is none, the whole text."""
    marked = text.str.contains("SVWZ+", literal=True).arg_true()
    if marked.is_empty():
        return text
    own = text.gather(marked)
    purpose = own.str.splitn("SVWZ+", 2).struct.field("field_1").str.replace(_NEXT_WORD, "")
    return text.clone().scatter(marked, purpose.zip_with(purpose.str.contains(r"\S"), own))


def _led(leads: pl.Series, text: pl.Series) -> pl.Series:
    """Free text in one line, behind the text that runs into it and that it does not repeat."""
    told = _in_full(text)
    if leads.null_count() == leads.len():
        return told
    lead, own = pl.col("lead"), pl.col("told")
    both = pl.DataFrame({"lead": leads, "text": text, "told": told})
    is_apart = pl.col("text").str.contains(r"^\s")
    joined = lead + pl.when(is_apart).then(pl.lit(" ")).otherwise(pl.lit("")) + own
    is_new = ~own.str.contains(pl.col("drawn"), literal=True)
    led = both.with_columns(in_line(leads).alias("drawn")).select(pl.when(is_new).then(joined))
    return in_line(led.to_series()).zip_with(led.to_series().is_not_null(), told)


def _in_full(text: pl.Series) -> pl.Series:
    """Free text in one line; a line of full width runs into the next."""
    broken = text.str.contains("\n", literal=True).arg_true()
    if not broken.is_empty():
        line = pl.element()
        lines = (
            text.gather(broken)
            .str.split("\n")
            .list.eval(
                pl.when(line.str.len_chars() >= _LINE_WIDTH).then(line).otherwise(line + " ")
            )
        )
        text = text.clone().scatter(broken, lines.list.join(""))
    return in_line(text)


def _of_named(rows: pl.DataFrame) -> pl.DataFrame:
    """Remittance and counterparty of texts with named subfields."""
    flat = rows["text"].str.replace_all("\n", "", literal=True)
    remittance = _value(flat, "REMI").str.replace("^(?:USTD//|STRD/)", "").str.strip_chars("/")
    party = flat.str.split("/CNTP/").list.get(1, null_on_oob=True)
    name = _value(flat, "NAME").str.strip_chars("/")
    third = party.str.split("/").list.get(2, null_on_oob=True)  # account/BIC/name/town
    return rows.select(
        "at",
        remittance=_first(in_line(remittance), in_line(flat)),
        counterparty=_first(in_line(name), in_line(third)),
    )


def _first(text: pl.Series, other: pl.Series) -> pl.Series:
    """Cell by cell the first text that there is."""
    return text.zip_with(text.is_not_null(), other)


def _value(named: pl.Series, key: str) -> pl.Series:
    """What stands behind a key, up to the next one."""
    behind = named.str.split(f"/{key}/").list.get(1, null_on_oob=True)
    return behind.str.replace(_NEXT_KEY, "")
