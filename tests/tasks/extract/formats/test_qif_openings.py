"""QIF: accounts without names, opening balances wherever they stand, years in front or of old."""

from pathlib import Path

import pytest
from trial import Trial

from tasks.extract.formats.qif.reader import read
from tasks.extract.formats.qif.volumes import volumes
from tasks.extract.large import LargeFile, Uncuttable

BANK = "!Type:Bank\n"
GIRO = "!Account\nNGiro\nTBank\n^\n"
TRIAL = Trial(read, "f{}.qif")
good, refusal = TRIAL.good, TRIAL.refusal


def record(day: str = "13.01.2026", amount: str = "-10.50", **fields: str) -> str:
    extra = "".join(f"{code}{cell}\n" for code, cell in fields.items())
    return f"D{day}\nT{amount}\n{extra}^\n"


OPENING = record(amount="75.25", P="Opening Balance", L="[Giro]")


def found(text: str) -> tuple[list[str], list[tuple[str | None, str | None]], int]:
    """The amounts, account and opening balance of each statement, and how many are markers."""
    result = good(text)
    statements = result.statements.select("account_text", "opening_text").rows()
    return result.records["amount_text"].to_list(), statements, result.files[0].marker_count


@pytest.mark.parametrize("head", ["", GIRO])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_opening_balance_may_stand_anywhere(head: str, place: int) -> None:
    rows = [record(amount="1.00"), record(amount="2.00")]
    rows.insert(place, OPENING)
    assert found(head + BANK + "".join(rows)) == (["1.00", "2.00"], [("Giro", "75.25")], 1)


def test_records_behind_an_opening_balance_keep_their_lines() -> None:
    text = BANK + record() + OPENING + record()
    assert good(text).records["place"].to_list() == ["line 2", "line 10"]


def test_two_exports_of_an_account_in_one_file_have_two_openings() -> None:
    later = record(amount="64.75", P="Opening Balance", L="[Giro]")
    text = GIRO + BANK + OPENING + record() + GIRO + BANK + later + record(amount="3.00")
    assert found(text) == (["-10.50", "3.00"], [("Giro", "75.25")], 2)
    own = record(amount="4.00", L="[Giro]")
    assert found(GIRO + BANK + record() + BANK + own)[2] == 0


@pytest.mark.parametrize("category", [None, "Opening Balance", "Equity:Opening Balances"])
def test_an_opening_balance_may_name_no_account(category: str | None) -> None:
    fields = {"P": "opening balance"} | ({"L": category} if category else {})
    text = BANK + record(amount="75.25", **fields) + record()
    assert found(text) == (["-10.50"], [(None, "75.25")], 1)


@pytest.mark.parametrize(
    "payee", ["INITIAL BALANCE", "Starting Balance", "Balance forward", "Anfangssaldo"]
)
def test_banks_have_names_of_their_own_for_an_opening_balance(payee: str) -> None:
    text = "!Type:CCard\n" + record() + record(amount="75.25", P=payee) + record(P=payee + " fee")
    assert found(text) == (["-10.50", "-10.50"], [(None, "75.25")], 1)


@pytest.mark.parametrize("category", ["[Other]", "Salary", "Opening Balance Fee"])
def test_a_movement_that_is_called_so_stays(category: str) -> None:
    text = GIRO + BANK + record(amount="75.25", P="Opening Balance", L=category)
    assert found(text) == (["75.25"], [("Giro", None)], 0)


@pytest.mark.parametrize(
    ("transferred", "code"),
    [("200.00", "moves_no_cash"), ("150.00", "unreadable_row"), ("", "moves_no_cash")],
)
def test_a_purchase_of_which_a_part_is_paid_from_elsewhere_moves_cash(
    transferred: str, code: str
) -> None:
    bought = record(amount="200.00", N="BuyX", Y="Acme", L="[Giro]", **{"$": transferred})
    for count in (1, 20):
        findings = good("!Type:Invst\n" + bought * count).findings
        assert findings["code"].to_list() == [code] * count


def test_an_account_of_securities_may_begin_with_cash() -> None:
    opening = record(amount="75.25", N="Cash", P="Opening Balance", L="[Giro]")
    transfer = record(amount="5.00", N="XIn", L="[Giro]")
    text = GIRO.replace("TBank", "TInvst") + "!Type:Invst\n" + opening + transfer
    assert found(text) == (["5.00"], [("Giro", "75.25")], 1)


def test_years_in_front_with_two_digits_are_refused() -> None:
    days = ["21/01/15", "21/01/17", "21/02/20", "21/02/25", "21/03/02"]
    error = refusal(BANK + "".join(record(day) for day in days))
    assert "21/01/15 is written with the year in front" in error.problem
    turned = ["15/01/21", "17/01/21", "20/02/21", "25/02/21", "02/03/21"]
    rows = good(BANK + "".join(record(day) for day in turned)).records
    assert rows["booked_text"].to_list()[::4] == ["20210115", "20210302"]
    stated = good("!Option:DMY\n" + BANK + "".join(record(day) for day in days))
    assert stated.records["booked_text"][0] == "20150121"


def test_years_in_front_are_seen_where_days_follow_no_order() -> None:
    days = ["24/01/15", "24/01/13", "24/02/28", "24/02/02", "24/03/09"]
    error = refusal(BANK + "".join(record(day) for day in days))
    assert "24/01/15 is written with the year in front" in error.problem
    turned = ["15/01/24", "13/01/24", "28/02/24", "02/02/24", "09/03/24"]
    rows = good(BANK + "".join(record(day) for day in turned)).records
    assert rows["booked_text"].to_list()[:2] == ["20240115", "20240113"]


def test_a_year_behind_an_apostrophe_is_never_far_ahead() -> None:
    rows = good(BANK + record("12/25'99") + record("1/ 5'00") + record("1/ 6'26")).records
    assert rows["booked_text"].to_list() == ["19991225", "20000105", "20260106"]


def test_an_empty_total_is_none() -> None:
    rows = good(BANK + "D13.01.2026\nT\nU5.00\n^\n").records
    assert rows["amount_text"].to_list() == ["5.00"]


def test_an_account_that_opens_behind_its_first_record_is_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.qif"
    path.write_text(BANK + record() * 400 + OPENING, "utf-8")
    file = LargeFile(0, path.name, path.name, path, path.stat().st_size)
    with pytest.raises(Uncuttable, match="behind its first"):
        list(volumes(read, file, "", 4_000))
    path.write_text(BANK + OPENING + record() * 400, "utf-8")
    file = LargeFile(0, path.name, path.name, path, path.stat().st_size)
    assert len(list(volumes(read, file, "", 4_000))) > 1


def test_a_file_with_years_in_front_is_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.qif"
    days = [f"{year}/{month:02}/15" for year in (14, 15) for month in range(1, 13)]
    path.write_text(BANK + "".join(record(day) * 20 for day in days), "utf-8")
    file = LargeFile(0, path.name, path.name, path, path.stat().st_size)
    with pytest.raises(Uncuttable, match="one order"):
        list(volumes(read, file, "", 4_000))


OTHERS = {"Bank": "1.00", "Oth L": "-80.00", "Cash": "5.00", "Oth A": "9.00"}


def sums(text: str) -> list[tuple[object, list[str]]]:
    """Each account by name, and the amounts of its records."""
    result = good(text)
    return [
        (name, result.records.filter(statement_no=number)["amount_text"].to_list())
        for number, name in enumerate(result.statements["account_text"], start=1)
    ]


def test_accounts_without_names_are_told_by_their_headings() -> None:
    text = "".join(f"!Type:{kind}\n{record(amount=one)}" for kind, one in OTHERS.items())
    names = [None, "Oth L", "Cash", "Oth A"]
    assert sums(text) == [(name, [one]) for name, one in zip(names, OTHERS.values(), strict=True)]
    assert sums(text + "!Type:Oth L\n" + record(amount="2.00"))[1] == (
        "Oth L",
        ["-80.00", "2.00"],
    )


@pytest.mark.parametrize("kind", OTHERS)
def test_an_account_alone_in_its_file_needs_no_name(kind: str) -> None:
    text = f"!Type:{kind}\n{record(amount='1.00')}"
    assert sums(text + text) == [(None, ["1.00", "1.00"])]
    assert sums("!Type:Bank\n!Type:Bill\n" + text + "!Type:Oth L\n") == [(None, ["1.00"])]
    assert sums("!Account\nNHaus\n^\n!Type:Bank\n" + record(amount="2.00") + text) == [
        ("Haus", ["2.00", "1.00"])
    ]


def test_an_opening_balance_names_an_account_that_its_heading_would() -> None:
    opening = record(amount="80.00", P="Opening Balance", L="[Purse]")
    text = BANK + record(amount="1.00") + "!Type:Cash\n" + opening + record(amount="-5.00")
    assert sums(text) == [(None, ["1.00"]), ("Purse", ["-5.00"])]
    assert good(text).statements["opening_text"].to_list() == [None, "80.00"]


def test_a_file_whose_accounts_have_no_names_is_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.qif"
    path.write_text("".join(f"!Type:{kind}\n" + record() * 200 for kind in ("Bank", "Oth L")))
    file = LargeFile(0, path.name, path.name, path, path.stat().st_size)
    with pytest.raises(Uncuttable, match="no names"):
        list(volumes(read, file, "", 4_000))
    path.write_text(BANK + record() * 200 + "!Type:CCard\n" + record() * 200)
    file = LargeFile(0, path.name, path.name, path, path.stat().st_size)
    assert len(list(volumes(read, file, "", 4_000))) > 1


@pytest.mark.parametrize("head", [BANK, "!Account\nNHaus\nTBank\n^\n" + BANK])
def test_exports_put_together_are_refused_where_they_overlap(head: str, tmp_path: Path) -> None:
    first, shared, last = (record(amount=amount) for amount in ("1.00", "2.00", "3.00"))
    error = refusal(head + first + shared + head + shared + last)
    assert "stands above as well" in error.problem
    assert error.where.endswith(f"line {(2 * head + first + shared).count(chr(10)) + 1}")
    apart = head + first + shared + head + last + record(amount="4.00")
    assert good(apart).records.height == 4
    fifth, sixth = record(amount="5.00"), record(amount="6.00")
    later = apart + head + fifth
    for again in (fifth + sixth, sixth + last):  # what stood below a heading alone, or further up
        assert "stands above as well" in refusal(later + head + again).problem
    assert good(later + head + fifth).records.height == 6
    alone = head + first + shared + head + shared  # a heading for each record: twins
    assert good(alone).records.height == 3
    path = tmp_path / "a.qif"
    path.write_text(2 * (head + record() * 200))
    file = LargeFile(0, path.name, path.name, path, path.stat().st_size)
    with pytest.raises(Uncuttable, match="several headings"):
        list(volumes(read, file, "", 4_000))


def test_other_accounts_may_list_the_same() -> None:
    one, other = (f"!Account\nN{name}\nTBank\n^\n" + BANK for name in ("Haus", "Hof"))
    rows = record(amount="1.00") + record(amount="2.00")
    assert good(one + rows + other + rows).records.height == 4


@pytest.mark.parametrize("fields", [{}, {"N": ""}, {"N": " ", "Y": "Sol SA"}])
def test_what_an_investment_without_an_action_moved_is_unknown(fields: dict[str, str]) -> None:
    result = good("!Type:Invst\n" + record(amount="1000.00", **fields))
    assert result.records.is_empty()
    (finding,) = result.findings.rows(named=True)
    assert (finding["code"], finding["is_set_aside"]) == ("unreadable_row", True)
    assert finding["message"] == "it names no action (N); it may move cash or not"
