"""The quarantine as a ledger: by file, statement and record; retried, accepted, dropped, reopened.

After each step every count must add up, and the audit of the night must pass.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from exports import OFX_HEAD

from flows.house import open_ledger, plan_of, run_night, run_rebuild
from flows.night import plain_doors
from schemas.decisions import Level, Word
from schemas.errors import WrongUsage
from schemas.night import NightReceipt
from schemas.settings import Settings
from tasks.validate.decided import digest_of
from warehouse.ledger import decisions, models, overview, quarantine
from warehouse.ledger.connection import atomically
from warehouse.ledger.decisions import Part, Said
from warehouse.marts.reader import query

SAID = Said("ana", datetime(2026, 4, 1, 9, tzinfo=UTC), "the bank says so")

OFX = (
    OFX_HEAD
    + """<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>BRL
<BANKACCTFROM><BANKID>0260<BRANCHID>1<ACCTID>7771234567<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260331
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260305<TRNAMT>-12.50<FITID>1<MEMO>Padaria</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260306<TRNAMT>oops<FITID>2<MEMO>Feira</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260307<TRNAMT>-1.00<FITID>3<MEMO>Cafe</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>86.50<DTASOF>20260331</LEDGERBAL>
</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
)
"""Its second record cannot be read."""

TABLE = (
    "Dia;Texto;Valor;Saldo\n"
    "01/03/2026;Padaria;-12,50;987,50\n"
    "02/03/2026;Pagamento;1.000,00;1.987,50\n"
    "13/03/2026;Uber;-9,90;1.977,60\n"
    "14/03/2026;Mercado;-100,00;1.877,60\n"
)
"""A table of a bank that nobody knows; its balances prove how it is written."""


def statement(reference: str, iban: str, amount: str, closing: str) -> str:
    return (
        f":20:{reference}\n:25:{iban}\n:28C:1/1\n:60F:C260301EUR100,00\n"
        f":61:2603050305D{amount}NTRFNONREF\n:86:{reference}\n:62F:C260331EUR{closing}\n-\n"
    )


MT940 = (
    statement("A", "DE89370400440532013000", "10,00", "91,00")
    + statement("B", "DE02120300000000202051", "5,00", "94,00")
    + statement("C", "DE02500105170137075030", "5,00", "95,00")
)
"""The first two of its three statements do not add up: by 1.00 each."""


class House:
    """A ledger with broken files in it, and one line for each thing a person can do."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine = open_ledger(settings)

    def put(self, name: str, text: str) -> None:
        path = self.settings.inbox / "ana" / "conta" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def night(self, *replay: str, **changes: object) -> NightReceipt:
        mine = self.settings.model_copy(update=changes)
        plan = plan_of(mine, replay=replay)
        receipt, _ = run_night(mine, plan, plain_doors(), tell=lambda *_: None)
        self.insist_on_counts()
        return receipt

    def rebuild(self) -> NightReceipt:
        plan = plan_of(self.settings)
        receipt, _ = run_rebuild(self.settings, plan, plain_doors(), tell=lambda *_: None)
        self.insist_on_counts()
        return receipt

    def say(self, word: Callable[..., list[dict]], *part: object) -> list[dict]:
        with atomically(self.engine) as connection:
            said = word(connection, Part(*part), SAID)
        self.insist_on_counts()
        return said

    def items(self, state: str | None = "open") -> list[tuple[object, ...]]:
        with atomically(self.engine) as connection:
            rows = quarantine.items(connection, state=state)
        names = ("level", "statement_no", "place", "code", "attempts", "state")
        return [tuple(row[name] for name in names) for row in rows]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with atomically(self.engine) as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def texts(self) -> list[str]:
        return [
            str(text)
            for (text,) in self.rows(
                "SELECT e.description FROM transaction t "
                "JOIN entry e USING (file_id, record_no) WHERE standing = 'counts' ORDER BY 1"
            )
        ]

    def insist_on_counts(self) -> None:
        """Every file: read = entries + set aside + markers; every receipt adds up."""
        uneven = self.rows(
            "SELECT sha256 FROM file f WHERE read <> set_aside + markers + "
            "(SELECT count(*) FROM entry e WHERE e.file_id = f.file_id)"
        )
        uneven += self.rows(
            "SELECT run_id FROM file_receipt WHERE read <> "
            "inserted + already_known + superseded + set_aside + markers"
        )
        assert uneven == []


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    one = House(settings)
    yield one
    one.engine.dispose()


def sha256_of(receipt: NightReceipt) -> str:
    (file,) = receipt.files
    return file.sha256


def test_what_is_held_is_seen_by_file_statement_and_record(house: House) -> None:
    house.put("a.ofx", OFX)
    house.put("b.sta", MT940)
    house.put("letter 1234567.txt", "Dear customer\n")
    assert house.night().status == "published"
    assert sorted(house.items(), key=str) == [
        ("file", None, "letter ••••567.txt", "unknown_format", 1, "open"),
        ("record", 1, "line 15", "amount_unreadable", 1, "open"),
        ("statement", 1, "statement 1", "statement_unbalanced", 1, "open"),
        ("statement", 2, "statement 2", "statement_unbalanced", 1, "open"),
    ]


def test_retried_twice_it_is_loaded_once_and_the_attempts_are_counted(house: House) -> None:
    house.put("unknown.csv", TABLE)
    refused = house.night()
    file = sha256_of(refused)
    assert refused.outcomes()["refused"] == 1
    house.night(file)
    assert house.items() == [("file", None, "unknown.csv", "unknown_format", 2, "open")]
    first = house.night(file, use_proposals=True)
    again = house.night(file, use_proposals=True)
    assert (first.receipt.inserted, again.receipt.inserted) == (4, 0)
    assert again.receipt.already_known == 4
    assert again.is_clean
    assert len(house.texts()) == 4
    assert house.items() == []
    assert house.items(None) == [("file", None, "unknown.csv", "unknown_format", 2, "loaded")]
    identities = "SELECT transaction_id FROM transaction ORDER BY 1"
    before = house.rows(identities)
    house.rebuild()  # without the proposals it cannot be read any more
    house.night(file, use_proposals=True)
    assert house.rows(identities) == before


def test_a_dropped_file_is_open_no_more_and_stays_dropped_when_it_could_be_read(
    house: House,
) -> None:
    house.put("unknown.csv", TABLE)
    file = sha256_of(house.night())
    assert [row["level"] for row in house.say(decisions.drop, file)] == ["file"]
    assert house.items() == []
    retried = house.night(file)
    assert retried.is_clean
    assert (retried.outcomes()["refused"], retried.outcomes()["dropped"]) == (0, 1)
    read = house.night(file, use_proposals=True)
    assert (read.receipt.read, read.receipt.set_aside, read.receipt.inserted) == (4, 4, 0)
    assert read.is_clean
    assert read.generation is not None
    assert read.generation.warned == ()
    assert house.texts() == []
    assert house.items("open") == []
    assert ("statement", 1, "statement 1", "dropped", 1, "dropped") in house.items(None)
    house.say(decisions.reopen, file)
    back = house.night(file, use_proposals=True)
    assert (back.receipt.inserted, back.receipt.set_aside) == (4, 0)
    assert {row[-1] for row in house.items(None)} == {"loaded"}


def test_a_file_of_which_much_cannot_be_read_is_held_until_a_person_takes_it(house: House) -> None:
    bad = OFX.replace("-12.50", "oops").replace("<TRNAMT>-1.00<FITID>3", "<TRNAMT>oops<FITID>3")
    row = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260308<TRNAMT>-2.00<FITID>4<MEMO>Feira</STMTTRN>\n"
    house.put("a.ofx", bad.replace("</BANKTRANLIST>", row + "</BANKTRANLIST>"))
    held = house.night()
    file = sha256_of(held)
    assert (held.receipt.read, held.receipt.inserted, held.receipt.set_aside) == (4, 0, 4)
    assert ("statement", 1, "statement 1", "mostly_unread", 1, "open") in house.items()
    house.say(decisions.accept, file)
    taken = house.night(file)
    assert (taken.receipt.inserted, taken.receipt.set_aside) == (1, 3)
    assert house.texts() == ["Feira"]
    assert {row[3] for row in house.items()} == {"amount_unreadable"}


def test_one_statement_is_accepted_one_dropped_and_both_can_be_taken_back(house: House) -> None:
    house.put("b.sta", MT940)
    file = sha256_of(house.night())
    assert house.texts() == ["C"]
    house.say(decisions.accept, file, 1)
    accepted = house.night(file)
    assert accepted.status == "published"
    assert (accepted.receipt.inserted, accepted.receipt.set_aside) == (1, 1)
    assert house.texts() == ["A", "C"]
    assert [row[:2] for row in house.items()] == [("statement", 2)]
    house.say(decisions.drop, file, 2)
    assert house.items() == []
    settled = house.night(file)
    assert settled.is_clean
    assert settled.outcomes() | {"loaded": 0} == dict.fromkeys(settled.outcomes(), 0)
    statuses = "SELECT status FROM mart_reconciliation ORDER BY statement_no"
    marts = house.settings.marts / "buffet.duckdb"
    assert query(marts, statuses).rows() == [("accepted",), ("dropped",), ("loaded",)]
    assert [row[-1] for row in house.items(None)] == ["accepted", "dropped"]
    assert len(house.say(decisions.reopen, file)) == 2
    house.night(file)
    assert house.texts() == ["C"]
    assert [row[-1] for row in house.items(None)] == ["open", "open"]
    withdrawn = "SELECT count(*) FROM transaction WHERE standing = 'withdrawn'"
    assert house.rows(withdrawn) == [(1,)]


def test_a_dropped_record_stays_set_aside_and_its_statement_unproven(house: House) -> None:
    house.put("a.ofx", OFX)
    file = sha256_of(house.night())
    house.say(decisions.drop, file, None, 2)
    again = house.night(file)
    assert again.is_clean
    assert (again.receipt.already_known, again.receipt.set_aside) == (2, 1)
    assert house.items() == []
    with atomically(house.engine) as connection:
        assert overview.findings_of_run(connection, again.run_id) == []
    assert house.items("dropped") == [("record", 1, "line 15", "amount_unreadable", 2, "dropped")]
    assert house.rows("SELECT proof, status, set_aside_count FROM statement") == [
        ("unproven", "loaded", 1)
    ]


def test_a_dropped_record_that_a_better_reader_can_read_is_not_loaded(house: House) -> None:
    house.put("a.ofx", OFX.replace("oops", "-2.00"))
    file = sha256_of(house.night())
    text = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260306<TRNAMT>-2.00<FITID>2<MEMO>Feira</STMTTRN>"
    assert house.texts() == ["Cafe", "Feira", "Padaria"]
    with atomically(house.engine) as connection:  # as it was said when it could not be read
        connection.execute(
            sa.insert(models.Decision).values(
                sha256=file,
                level=Level.RECORD,
                statement_no=1,
                record_no=2,
                place="line 15",
                raw_sha256=digest_of(text),
                word=Word.DROPPED,
                reason="twice",
                said_by="ana",
                said_at=SAID.at,
            )
        )
    held = house.night(file)
    assert (held.receipt.already_known, held.receipt.set_aside) == (2, 1)
    assert held.is_clean
    assert house.texts() == ["Cafe", "Padaria"]
    house.say(decisions.reopen, file, None, 2)
    house.night(file)
    assert house.texts() == ["Cafe", "Feira", "Padaria"]


def test_a_rebuild_keeps_what_persons_said_and_how_often_it_was_tried(house: House) -> None:
    house.put("a.ofx", OFX)
    house.put("b.sta", MT940)
    house.put("letter.txt", "Dear customer\n")
    by_name = {one.shown_name: one.sha256 for one in house.night().files}
    house.say(decisions.accept, by_name["b.sta"], 1)
    house.say(decisions.drop, by_name["a.ofx"], None, 2)
    house.say(decisions.drop, by_name["letter.txt"])
    house.night(by_name["b.sta"])
    before = (house.texts(), house.rows("SELECT * FROM decision ORDER BY 1"))
    states = sorted((*row[:3], row[-1]) for row in house.items(None) if row[0] != "file")
    rebuilt = house.rebuild()
    assert rebuilt.status == "published"
    assert (house.texts(), house.rows("SELECT * FROM decision ORDER BY 1")) == before
    assert sorted((*row[:3], row[-1]) for row in house.items(None) if row[0] != "file") == states
    assert sorted(row[4] for row in house.items(None)) == [1, 2, 2, 3]
    assert [row[:2] for row in house.items()] == [("statement", 2)]


def test_what_is_said_is_kept_word_by_word(house: House) -> None:
    house.put("letter.txt", "Dear customer\n")
    file = sha256_of(house.night())
    house.say(decisions.drop, file)
    house.say(decisions.reopen, file)
    house.say(decisions.drop, file)
    with atomically(house.engine) as connection:
        said = decisions.history(connection, file)
    assert [(row["word"], row["is_in_force"]) for row in said] == [
        ("dropped", False),
        ("reopened", False),
        ("dropped", True),
    ]
    assert {(row["said_by"], row["said_at"], row["reason"]) for row in said} == {
        ("ana", SAID.at, "the bank says so")
    }


def test_a_file_that_is_loaded_in_part_keeps_what_is_loaded_when_it_is_dropped(
    house: House,
) -> None:
    house.put("b.sta", MT940)
    file = sha256_of(house.night())
    dropped = house.say(decisions.drop, file)
    assert [row["statement_no"] for row in dropped] == [1, 2]
    house.night(file)
    assert house.texts() == ["C"]


def test_only_what_is_open_can_be_decided(house: House) -> None:
    house.put("a.ofx", OFX)
    file = sha256_of(house.night())
    with pytest.raises(WrongUsage, match="only a statement that is held"):
        house.say(decisions.accept, file)
    with pytest.raises(WrongUsage, match="record 1: nothing of it is open"):
        house.say(decisions.drop, file, None, 1)
    with pytest.raises(WrongUsage, match="no decision about it is in force"):
        house.say(decisions.reopen, file)
    house.say(decisions.drop, file)
    with pytest.raises(WrongUsage, match="nothing of it is open"):
        house.say(decisions.drop, file)


def test_bytes_of_a_dropped_file_stay_in_the_archive(house: House) -> None:
    house.put("letter.txt", "Dear customer\n")
    file = sha256_of(house.night())
    house.say(decisions.drop, file)
    kept: Path = house.settings.archive / file[:2] / file
    assert kept.read_text() == "Dear customer\n"
