"""Equal bytes in several folders: loaded once, and never left out without a word."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import typer

from flows.commands.running import tell_receipt
from flows.house import plan_of, run_night, run_rebuild
from flows.night import plain_doors
from schemas.night import NightReceipt
from schemas.settings import Settings
from tasks.extract import waiting
from tasks.report.render import copy_rows, quarantine_page

UNNAMED = "date,title,amount\n2026-02-02,Uber Trip,43.59\n2026-02-03,Netflix.com,55.90\n"
NAMED = """OFXHEADER:100
DATA:OFXSGML

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>BRL
<BANKACCTFROM><BANKID>0260<ACCTID>777<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260331
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260305<TRNAMT>-12.50<FITID>1<MEMO>Padaria</STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
Run = Callable[..., NightReceipt]


def drop(settings: Settings, text: str, *places: str) -> None:
    for place in places:
        path = settings.inbox / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def told(receipt: NightReceipt) -> list[tuple[str, str, bool]]:
    """Where a copy is held, where else it was dropped, and is it about the owner?"""
    return [(one.home, one.where, "owner" in one.problem) for one in receipt.copies]


CASES = [
    (UNNAMED, ["ana/one/a.csv", "ana/two/a.csv"], [("ana/one", "ana/two", False)]),
    (UNNAMED, ["ana/a.csv", "ana/two/a.csv"], [("ana", "ana/two", False)]),
    (UNNAMED, ["ana/one/a.csv", "bob/one/a.csv"], [("ana/one", "bob/one", True)]),
    (UNNAMED, ["ana/one/a.csv", "ana/one/b.csv"], []),
    (NAMED, ["ana/one/a.ofx", "ana/two/a.ofx"], []),
    (NAMED, ["ana/one/a.ofx", "bob/a.ofx"], [("ana/one", "bob", True)]),
    (UNNAMED, ["eva/one/a.csv", "eva/two/a.csv"], []),
    (UNNAMED, ["eva/one/a.csv", "eva/three/a.csv"], [("eva/one", "eva/three", False)]),
]
"""Equal bytes, where they are dropped, and what is said; the two folders of eva are one account."""


def test_a_copy_is_told_where_it_would_be_of_another_account(settings: Settings, run: Run) -> None:
    """On a dry run, in that night, in the next one, when all is read again; and then no more."""

    def drop_all() -> None:
        for number, (text, places, _) in enumerate(CASES):
            mine = text.replace("43.59", f"43.{number}9").replace("12.50", f"12.{number}0")
            drop(settings, mine, *(place.replace("/a.", f"/{number}.") for place in places))

    said = sorted(one for _, _, told_of in CASES for one in told_of)
    settings.accounts.parent.mkdir(parents=True, exist_ok=True)
    settings.accounts.write_text(
        '[[account]]\nowner = "eva"\nname = "card"\nbank = "nubank"\n'
        'refs = ["folder one", "nubank:folder two"]\n'
    )
    drop_all()
    plan = plan_of(settings, is_dry_run=True)
    dry, _ = run_night(settings, plan, plain_doors(), tell=lambda *_: None)
    first = run()
    assert sorted(told(dry)) == sorted(told(first)) == said
    assert not list((settings.archive / "pending").iterdir())
    drop_all()
    again = run()
    assert sorted(told(again)) == said
    assert (len(again.files), again.receipt.inserted) == (len(CASES), 0)
    rebuilt, _ = run_rebuild(settings, plan_of(settings), plain_doors(), tell=lambda *_: None)
    assert sorted(told(rebuilt)) == said
    assert rebuilt.receipt == first.receipt
    assert run().copies == ()


def test_of_empty_files_nothing_is_said(settings: Settings, run: Run) -> None:
    """All of them have equal bytes; that two owners each drop one means nothing."""
    drop(settings, "", "ana/one/a.csv", "bob/one/a.csv")
    drop(settings, " \n", "ana/one/b.csv", "bob/one/b.csv")
    receipt = run()
    assert receipt.copies == ()
    assert {one.outcome for one in receipt.files} == {"refused"}
    drop(settings, "", "eva/one/a.csv")
    assert run().copies == ()


def test_a_run_that_dies_leaves_its_copies_to_the_next(settings: Settings, run: Run) -> None:
    """One of a file that the ledger has, and one of a file that is new."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    drop(settings, UNNAMED, "ana/one/a.csv")
    first = run()
    drop(settings, UNNAMED, "ana/two/a.csv")
    drop(settings, UNNAMED.replace("Uber", "Taxi"), "ana/one/b.csv", "ana/two/b.csv")
    for door in ("extract", "audit", "report"):
        doors = replace(plain_doors(), **{door: killed})
        with pytest.raises(KeyboardInterrupt):
            run_night(settings, plan_of(settings), doors, tell=lambda *_: None)
    assert told(run()) == [("ana/one", "ana/two", False)] * 2
    assert run().copies == ()
    kept = waiting.archived_ticket(settings.archive, first.files[0].sha256)
    assert kept is not None
    assert [folder.shown for folder in kept.folders] == ["ana/one", "ana/two"]


def test_the_run_says_what_to_do_and_its_page_names_nobody(
    settings: Settings, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(settings, UNNAMED, "ana/one/a.csv", "ana/two/a.csv", "bob/a.csv")
    receipt = run()
    with pytest.raises(typer.Exit):
        tell_receipt(receipt, as_json=False)
    said = capsys.readouterr()
    assert "equal bytes, loaded once" in said.out
    assert "ana/two: it names no account" in said.err
    assert "name both folders in its refs in accounts.toml" in said.err
    assert "bob: equal bytes were dropped for another owner too" in said.err
    page = quarantine_page([], [], copy_rows(receipt.copies))
    assert "## Equal bytes in several folders" in page
    assert "another owner" in page
    assert "bob" not in page
