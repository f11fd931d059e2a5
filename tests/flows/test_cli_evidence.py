"""`buffet explain`, `diff`, `verify` and `prove`: where a figure comes from, and what proves it."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from command import buffet
from exports import camt

from warehouse.ledger import embedded
from warehouse.ledger.connection import atomically, connect

MT940 = """:20:STMT1
:25:NL91ABNA0417164300
:28C:1/1
:60F:C260101EUR100,00
:61:2601020102D5,00NMSCNONREF
:86:COFFEE
:61:2601020102D5,00NMSCNONREF
:86:COFFEE
:61:2601090109C100,00NMSCNONREF
:86:SALARY
:62F:C260131EUR190,00
-
"""

COFFEES = [("02", "-5.00", "Cafe"), ("02", "-5.00", "Cafe"), ("09", "100.00", "Lohn")]

NIGHTS = {
    "jan.sta": MT940,
    "jan.xml": camt("2026-02-01", "100.00", *COFFEES),
    "jan-2.xml": camt("2026-02-02", "100.00", *COFFEES[1:]),
    "feb-announced.xml": camt("2026-02-10", "195.00", ("20", "-7.00", "Rent?"), month="2026-02"),
    "feb.xml": camt("2026-03-01", "195.00", ("20", "-7.00", "Rent"), month="2026-02"),
}
"""A month in one format, in a better one, issued again with a coffee less; then an announcement,
and its booking. One file a night."""


@pytest.fixture(scope="module")
def after(postgres: embedded.Server, migrated: str, tmp_path_factory) -> Iterator[dict[str, str]]:
    """A house in which five nights have run; by file, the instant after its night."""
    home = tmp_path_factory.mktemp("evidence")
    name = "cli_evidence"
    url = embedded.create_database(postgres, name, template=migrated)
    with pytest.MonkeyPatch.context() as patch:
        for one in [one for one in os.environ if one.startswith(("BUFFET_", "PREFECT_API"))]:
            patch.delenv(one)
        patch.chdir(home)
        patch.setenv("PREFECT_HOME", str(home / "prefect"))
        patch.setenv("BUFFET_DATABASE_URL", url)
        ended = {"": datetime.now(UTC).isoformat()}
        for file, text in NIGHTS.items():
            Path(file).write_text(text, encoding="utf-8")
            assert buffet("run", file, "--no-prefect").status == 0
            ended[file] = datetime.now(UTC).isoformat()
        yield ended
    embedded.drop_database(postgres, name)


@pytest.fixture
def ledger(after) -> Iterator[sa.Engine]:
    engine = connect(os.environ["BUFFET_DATABASE_URL"])
    yield engine
    engine.dispose()


def ids(day: str, amount: str = "-5.00") -> list[str]:
    sql = "SELECT transaction_id FROM {} WHERE booked_on = DATE '{}' AND amount = {} ORDER BY 1"
    rows = buffet("query", sql.format("fct_transactions", day, amount), "--json").lines()
    return [row["transaction_id"] for row in rows]


def accounts() -> list[dict]:
    return buffet("query", "SELECT account_id, account_name FROM dim_account", "--json").lines()


def change(since: str, until: str | None = None) -> dict:
    words = ["diff", "--since", since, "--json", *(["--until", until] if until else [])]
    said = buffet(*words)
    assert said.status == 0, said.err
    (found,) = said.lines()
    return found


def changed(found: dict) -> list[tuple[str, str, str]]:
    return [(one["change"], one["amount"], one["change_amount"]) for one in found["transactions"]]


def test_a_transaction_is_explained_from_the_line_to_the_marts(after) -> None:
    (coffee,) = ids("2026-01-02")
    (found,) = buffet("explain", coffee, "--json").lines()
    assert (found["amount"], found["standing"], found["twins"][0]["standing"]) == (
        "-5.00",
        "counts",
        "replaced",
    )
    assert found["identity"]["is_the_id"]
    assert [one["format"] for one in found["entries"]] == ["camt053", "camt053"]
    assert [one["is_best"] for one in found["entries"]] == [True, False]
    assert "lowest sha256" in found["best_because"]
    best = found["entries"][0]
    bytes_ = Path(best["archive_path"]).read_text(encoding="utf-8")
    assert "".join(best["raw_text"].split()) in "".join(bytes_.split())
    assert best["convention"] == ('days %Y-%m-%d; decimal mark "."; a minus is out of the account')
    equations = {one["equation"]: one["status"] for one in found["statements"]}
    assert equations == {
        "opening 100.00 + credits 100.00 - debits 10.00 = closing 190.00": "replaced",
        "opening 100.00 + credits 100.00 - debits 5.00 = closing 195.00": "loaded",
    }
    assert found["marts"]["in"] == ["fct_transactions"]
    assert found["marts"]["daily_balance"]["day"] == "2026-01-02"
    assert [one["standing"] for one in found["versions"]] == ["counts"]


def test_what_was_printed_is_shown_and_the_account_is_masked(after) -> None:
    (coffee,) = ids("2026-01-02")
    said = buffet("explain", coffee[:8])
    assert said.status == 0
    for words in (
        "<AddtlNtryInf>Cafe</AddtlNtryInf>",
        "••••4300",
        "opening 100.00 + credits 100.00 - debits 5.00 = closing 195.00 EUR: proven, loaded",
        "certificate 3",
        "follows from these parts",
        "fct_transactions",
    ):
        assert words in said.out
    assert "0417164300" not in said.out


def test_what_no_longer_counts_says_why_and_what_was_known(after) -> None:
    found = change(after["jan.sta"])
    lost = next(one for one in found["transactions"] if one["change"] == "superseded")
    (told,) = buffet("explain", lost["transaction_id"], "--json").lines()
    assert told["because"] == "camt053 tells this day of the account"
    assert [one["file_name"] for one in told["tellers"]] == ["jan-2.xml"]
    assert "camt053: jan-2.xml, sha256 " in buffet("explain", lost["transaction_id"]).out
    assert [one["standing"] for one in told["versions"]] == ["counts", "superseded"]
    assert told["versions"][0]["known_to"] == told["versions"][1]["known_from"]
    assert told["marts"]["in"] == ["fct_transaction_versions"]
    assert told["marts"]["daily_balance"] is None


@pytest.mark.parametrize("word", ["zz", "", "0" * 32, "0" * 33])
def test_a_word_that_names_no_transaction_is_2(after, word: str) -> None:
    said = buffet("explain", word)
    assert (said.status, said.out) == (2, "")


def test_every_digit_that_is_shared_is_ambiguous(after) -> None:
    all_ = buffet("query", "SELECT transaction_id FROM fct_transactions", "--json").lines()
    first = [row["transaction_id"][0] for row in all_]
    shared = [one for one in first if first.count(one) > 1]
    for one in shared:
        assert "more than one" in buffet("explain", one).err


def test_a_better_source_changes_no_sum_and_says_so_movement_by_movement(after) -> None:
    found = change(after["jan.sta"], after["jan.xml"])
    assert sorted(changed(found)) == [
        ("appeared late", "-5.00", "-5.00"),
        ("appeared late", "-5.00", "-5.00"),
        ("appeared late", "100.00", "100.00"),
        ("superseded", "-5.00", "5.00"),
        ("superseded", "-5.00", "5.00"),
        ("superseded", "100.00", "-100.00"),
    ]
    (month,) = found["months"]
    assert (month["sum_then"], month["sum_now"], month["change"]) == ("90.00", "90.00", "0.00")


def test_a_statement_that_is_issued_again_changes_the_sum_of_its_month(after) -> None:
    found = change(after["jan.xml"], after["jan-2.xml"])
    assert changed(found) == [("replaced", "-5.00", "5.00")]
    assert found["transactions"][0]["because"] == "the statement was issued again without it"
    (month,) = found["months"]
    assert (month["month"], month["sum_then"], month["sum_now"]) == (
        "2026-01-01",
        "90.00",
        "95.00",
    )
    said = buffet("diff", "--since", after["jan.xml"], "--until", after["jan-2.xml"])
    for words in ("90.00", "95.00", "replaced", "issued again without it"):
        assert words in said.out


def test_an_announcement_that_is_booked(after) -> None:
    assert change(after["jan-2.xml"], after["feb-announced.xml"])["transactions"] == []
    found = change(after["feb-announced.xml"])
    assert changed(found) == [("booked", "-7.00", "-7.00")]
    assert "of file" in found["transactions"][0]["because"]
    (month,) = found["months"]
    assert (month["sum_then"], month["sum_now"]) == ("0.00", "-7.00")


def test_the_changes_of_all_nights_add_up_to_the_sums(after) -> None:
    found = change(after[""])
    sums = buffet(
        "query",
        "SELECT month, sum(amount) AS amount FROM fct_transactions"
        " WHERE status = 'booked' GROUP BY 1 ORDER BY 1",
        "--json",
    ).lines()
    assert [(one["month"], one["sum_now"]) for one in found["months"]] == [
        (one["month"], one["amount"]) for one in sums
    ]


def test_the_mart_knows_what_was_known_of_each(after) -> None:
    known = (
        "SELECT standing, status, count(*)::INTEGER AS n FROM fct_transaction_versions"
        " WHERE known_from <= '{0}' AND (known_to IS NULL OR '{0}' < known_to)"
        " GROUP BY ALL ORDER BY ALL"
    )
    seen = {
        night: [tuple(row.values()) for row in buffet("query", known.format(at), "--json").lines()]
        for night, at in after.items()
    }
    assert seen == {
        "": [],
        "jan.sta": [("counts", "booked", 3)],
        "jan.xml": [("counts", "booked", 1), ("superseded", "booked", 3)],
        "jan-2.xml": [("replaced", "booked", 1), ("superseded", "booked", 3)],
        "feb-announced.xml": [
            ("counts", "pending", 1),
            ("replaced", "booked", 1),
            ("superseded", "booked", 3),
        ],
        "feb.xml": [
            ("counts", "booked", 1),
            ("replaced", "booked", 1),
            ("superseded", "booked", 3),
        ],
    }


def test_when_nothing_changed_it_says_so(after) -> None:
    said = buffet("diff", "--since", after["feb.xml"])
    assert said.status == 0
    assert "nothing that was past" in said.out
    assert change(after["feb.xml"])["months"] == []
    assert "nothing" in buffet("diff", "--since", "2026-01-01", "--until", "2026-01-02").out


def test_the_calendar_may_be_asked_about_to_its_ends(after) -> None:
    assert change("0001-01-01")["transactions"] == []
    later = change(after["jan.sta"], "9999-12-31")
    assert later["transactions"] == change(after["jan.sta"])["transactions"]
    assert change("9999-12-31", "9999-12-31")["transactions"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("--since", "yesterday"),
        ("--since", "2026-13-01"),
        ("--since", "0001-01-01T00:00:00+05:00"),
        ("--since", "2026-01-01", "--until", "9999-12-31T23:59:59-05:00"),
        ("--since", "9999-12-31"),
        ("--since", "2026-02-02", "--until", "2026-01-01"),
        (),
    ],
)
def test_days_that_are_none_are_2(after, words: tuple[str, ...]) -> None:
    said = buffet("diff", *words)
    assert (said.status, said.out) == (2, "")


def test_after_every_night_the_ledger_is_as_certified(after) -> None:
    said = buffet("verify")
    assert said.status == 0
    assert "all as certified" in said.out
    (found,) = buffet("verify", "--json").lines()
    assert (found["certificates"], found["statements"], found["is_well"]) == (5, 5, True)
    assert buffet("verify", "--head", found["head"]).status == 0
    assert buffet("verify", "--head", "0" * 64).status == 1


def test_a_balance_is_proven_with_its_evidence(after) -> None:
    (names,) = accounts()
    said = buffet("prove", names["account_name"], "2026-01-05")
    assert said.status == 0
    for words in (
        "95.00 EUR, proven",
        "100.00 + credits 0.00 - debits 5.00 = 95.00; + credits 100.00 - debits 0.00",
        "where 195.00 is stated",
        "opening 100.00 + credits 100.00 - debits 5.00 = closing 195.00",
        "certificate 3",
    ):
        assert words in said.out
    (found,) = buffet("prove", names["account_id"][:8], "2026-02-28", "--json").lines()
    assert (found["balance"], found["is_proven"], found["troubles"]) == ("188.00", True, [])
    unproven = buffet("prove", names["account_name"], "2026-03-05")
    assert unproven.status == 1
    assert "NOT PROVEN" in unproven.out
    assert "no proven statement reaches beyond 2026-02-28" in unproven.out


@pytest.mark.parametrize(
    "words", [("zz", "2026-01-05"), ("ffffffff", "2026-01-05"), ("zz", "soon"), ("zz",)]
)
def test_an_account_or_a_day_that_is_none_is_2(after, words: tuple[str, ...]) -> None:
    said = buffet("prove", *words)
    assert (said.status, said.out) == (2, "")


def test_a_changed_amount_is_named_and_takes_the_proof_away(after, ledger) -> None:
    spoil = "UPDATE ledger.transaction SET amount = amount {} 1 WHERE amount BETWEEN 99 AND 102"
    with atomically(ledger) as connection:
        connection.execute(sa.text(spoil.format("+")))
    said = buffet("verify")
    proof = buffet("prove", accounts()[0]["account_name"], "2026-01-15")
    with atomically(ledger) as connection:
        connection.execute(sa.text(spoil.format("-")))
    assert said.status == 1
    assert "its id does not follow" in said.out
    assert "record 2 of statement 1" in said.out
    assert proof.status == 1
    assert "does not hold" in proof.out
    assert buffet("verify").status == 0
