"""What an entry of MT940 is about, out of :86: in the ways in which banks write it.

    166?20EREF+17?21SVWZ+Rechnung?32Max Muster       numbered subfields after a transaction code
    /TRTP/SEPA/NAME/M Muster/REMI/Rechnung 17/       named subfields
    Rechnung 17 Max Muster                           free text

Lines are cut at 65 characters, subfields at 27, wherever a word may be: what fills its whole width
goes on without a blank. No capture groups where it can be helped:
they cost ten times as much.
"""

import re

import polars as pl

_NUMBERED = r"^\s*[0-9]{0,3}\s*([?<>~^@])[0-9][0-9]"
_NAMED = r"^\s*/[A-Z]{2,9}/"
_KEYS = (
    "ACCW|ADDR|BBAN|BENM|BIC|CDTRREF|CDTRREFTP|CHGS|CNTP|CSID|EREF|EXCH|IACC|IBAN|ID|ISDT|KREF|MARF"
    "|NAME|OCMT|ORDP|ORIG|PREF|PURP|REMI|RFB|RTRN|SVCL|TRCD|TRTP|ULTB|ULTC|ULTD"
)
_NEXT_KEY = rf"(?s)/(?:{_KEYS})/.*$"
_NEXT_WORD = r"(?s)(?:EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|ABWA|ABWE|IBAN|BIC|PURP)\+.*$"
_REMITTANCE, _BOOKING, _NAME = "2[0-9]|6[0-3]", "00", "3[23]"
_SEPARATOR, _SUBFIELD_WIDTH, _LINE_WIDTH = "\x1f", 27, 65


def about(texts: pl.Series) -> pl.DataFrame:
    """Remittance and counterparty of each :86:.

    Args:
        texts: the fields as printed, lines apart; null where an entry has none.

    Returns:
        the columns `remittance` and `counterparty`, blanks drawn together, null where there is
        nothing. Of numbered subfields, none of which is a remittance, the remittance is the booking
        text, if any; of named ones, the whole. Of the German words EREF+, MREF+, SVWZ+ the last
        begins the remittance; the references stay in the raw text.
    """
    flat = texts.str.replace_all("\n", "", literal=True)
    numbered = _numbered(texts, flat)
    named = _where(flat, texts.str.contains(_NAMED))
    remittance = _first(
        _purpose(_subfields(numbered, _REMITTANCE)),
        _remittance(named),
    )
    silent = remittance.is_null()
    if silent.any():
        free = _where(texts, silent & numbered.is_null() & named.is_null())
        remittance = _first(
            remittance,
            in_line(_subfields(_where(numbered, silent), _BOOKING)),
            in_line(_where(named, silent)),
            in_line(_run_on(free.str.split("\n"), _LINE_WIDTH)),
        )
    return pl.DataFrame(
        {
            "remittance": remittance,
            "counterparty": _first(in_line(_subfields(numbered, _NAME)), _name(named)),
        }
    )


def in_line(text: pl.Series) -> pl.Series:
    """Text with its blanks drawn together; null if nothing is left."""
    is_ragged = text.str.contains(r"\s\s|[^\S ]")
    if is_ragged.any():
        text = _first(_where(text, is_ragged).str.replace_all(r"\s+", " "), text)
    text = text.str.strip_chars()
    return _where(text, text != "")


def _where(text: pl.Series, holds: pl.Series) -> pl.Series:
    """The text where something holds, null elsewhere."""
    return pl.select(pl.when(holds).then(text)).to_series()


def _first(*texts: pl.Series) -> pl.Series:
    """Cell by cell the first text that there is."""
    return pl.select(pl.coalesce(texts)).to_series()


def _run_on(pieces: pl.Series, width: int, skipped: int = 0) -> pl.Series:
    """Pieces with a blank between, but for those that fill their width; some begin with a tag."""
    piece = pl.element()
    body = piece.str.slice(skipped)
    return pieces.list.eval(
        pl.when(piece.str.len_chars() >= width + skipped).then(body).otherwise(body + " ")
    ).list.join("")


def _numbered(texts: pl.Series, flat: pl.Series) -> pl.Series:
    """Numbered subfields, each behind one and the same separator; lines are cut anywhere.

    A mark that no number follows is a sign of the text.
    """
    marks = texts.str.extract(_NUMBERED, 1)
    numbered = pl.repeat(None, texts.len(), dtype=pl.String, eager=True)
    for mark in marks.drop_nulls().unique().sort():
        sign, own = re.escape(mark), _where(flat, marks == mark)
        is_mixed = own.str.contains(rf"{sign}(?:[^0-9]|[0-9][^0-9]|[0-9]?$)")
        clear = _where(own, ~is_mixed).str.replace_all(mark, _SEPARATOR, literal=True)
        numbered = _first(numbered, clear)
        if is_mixed.any():
            mixed = _where(own, is_mixed)
            subfield = rf"{sign}([0-9][0-9])"
            numbered = _first(numbered, mixed.str.replace_all(subfield, _SEPARATOR + "${1}"))
    return numbered


def _subfields(numbered: pl.Series, numbers: str) -> pl.Series:
    """The text of some subfields, in their order; one of full width runs into the next."""
    found = numbered.str.extract_all(rf"{_SEPARATOR}(?:{numbers})[^{_SEPARATOR}]*")
    return _run_on(found, _SUBFIELD_WIDTH, skipped=len(_SEPARATOR) + 2)


def _purpose(text: pl.Series) -> pl.Series:
    """What follows SVWZ+, up to the next word of its kind; where there is none, the whole text."""
    purpose = text.str.splitn("SVWZ+", 2).struct.field("field_1").str.replace(_NEXT_WORD, "")
    return in_line(_first(_where(purpose, purpose.str.contains(r"\S")), text))


def _remittance(named: pl.Series) -> pl.Series:
    """/REMI/ up to the next key, without the words that say how it is structured."""
    value = _value(named, "REMI")
    return in_line(value.str.replace("^(?:USTD//|STRD/)", "").str.strip_chars("/"))


def _name(named: pl.Series) -> pl.Series:
    """/NAME/, or the third part of /CNTP/account/BIC/name/town/."""
    party = named.str.split("/CNTP/").list.get(1, null_on_oob=True)
    return _first(
        in_line(_value(named, "NAME").str.strip_chars("/")),
        in_line(party.str.split("/").list.get(2, null_on_oob=True)),
    )


def _value(named: pl.Series, key: str) -> pl.Series:
    """What stands behind a key, up to the next one."""
    behind = named.str.split(f"/{key}/").list.get(1, null_on_oob=True)
    return behind.str.replace(_NEXT_KEY, "")
