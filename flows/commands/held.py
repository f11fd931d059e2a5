"""How the quarantine is told to a person: one line an item, or all that is known of it."""

from collections.abc import Sequence
from pathlib import Path

from flows.commands import talk

Row = dict[str, object]

_GLANCE = 120
"""Bytes of a file that nobody could read, shown to tell what it is."""


def put_items(rows: Sequence[Row], *, as_json: bool, empty: str = "") -> None:
    """List items a line each, without what the bank printed; `show` has that."""
    if as_json:
        talk.put_json({name: row[name] for name in row if name != "raw_text"} for row in rows)
    else:
        talk.put_rows([_line(row) for row in rows], empty=empty)


def put_file(sha256: str, path: Path | None, held: Sequence[Row]) -> None:
    """Say which file the items are of, and where its bytes are."""
    if not held:
        talk.say("nothing of the file is or was held")
        return
    talk.put(f"{sha256[:12]} {held[0]['name']}: {held[0]['file_status']}")
    talk.put(f"  bytes   {path or 'not in the archive'}")


def put_item(row: Row, path: Path | None) -> None:
    """One file, statement or record that is or was held; of a file its first bytes too."""
    talk.put(f"\n{_place(row)}: {row['code']}, {_since(row)}")
    _put_text(row)
    if row["level"] == "file" and path is not None:
        with path.open("rb") as file:
            head = file.read(_GLANCE)
        talk.put(f"  begins  {talk.printable(head.decode('utf-8', 'backslashreplace'))}")


def put_remark(row: Row) -> None:
    """What is odd and holds nothing."""
    talk.put(f"\n{_place(row)}: {row['code']}, a remark that holds nothing")
    _put_text(row)


def put_decision(row: Row) -> None:
    """What a person said, when and why."""
    since = "" if row["is_in_force"] or row["word"] == "reopened" else ", not in force any more"
    when = talk.cell_text(row["said_at"])[:16]
    talk.put(f"\n{_about(row)}: {row['word']} by {row['said_by']} on {when} UTC{since}")
    talk.put(f"  reason  {row['reason']}")


def _line(row: Row) -> Row:
    """What fits a line, with the number by which a person names the statement or record."""
    number = row["record_no"] if row["level"] == "record" else row["statement_no"]
    level = str(row["level"]) if number is None else f"{row['level']} {number}"
    return {
        "file": str(row["sha256"])[:12],
        "name": row["name"],
        "what": level,
        "place": "" if row["place"] in (level, row["name"]) else row["place"],
        "code": row["code"],
        "attempts": row["attempts"],
        "first_seen": talk.cell_text(row["first_seen_at"])[:10],
        "last_seen": talk.cell_text(row["last_seen_at"])[:10],
        "state": row["state"],
    }


def _about(row: Row) -> str:
    """Which file, statement or record a row is about."""
    if row["record_no"] is not None:
        return f"record {row['record_no']} of statement {row['statement_no']}"
    return "the file" if row["statement_no"] is None else f"statement {row['statement_no']}"


def _place(row: Row) -> str:
    """The same, with its place where that says more."""
    about = _about(row)
    place = row["place"]
    return about if place in (None, "", about) else f"{about}, {place}"


def _since(row: Row) -> str:
    """What became of an item, how often it was tried, and when."""
    times = "once" if row["attempts"] == 1 else f"{row['attempts']} times"
    first, last = (talk.cell_text(row[name])[:10] for name in ("first_seen_at", "last_seen_at"))
    when = f"on {first}" if first == last else f"from {first} to {last}"
    return f"{row['state']}; held {times}, {when}"


def _put_text(row: Row) -> None:
    """What is wrong, what to do, and what the bank printed."""
    talk.put(f"  {row['message']}\n  remedy  {row['remedy']}")
    if row["raw_text"]:
        talk.put(f"  text    {talk.printable(str(row['raw_text']))}")
