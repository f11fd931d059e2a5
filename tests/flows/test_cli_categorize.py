"""`buffet categorize`: what nobody is sure of, a person's word, a sheet of them, and the marts."""

import csv
import json
import os
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from flows import cli
from tasks.sample.write import write_samples
from warehouse.ledger import embedded

SHOWS = "next buffet publish or night"


def buffet(*words: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of one command in this process."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        cli.main(list(words))
    return int(ended.value.code), out.getvalue(), err.getvalue()


def rows(*words: str) -> list[dict[str, str]]:
    status, out, err = buffet(*words, "--json")
    assert (status, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


def told(about: str) -> set[tuple[str, str]]:
    """Category and source of a counterparty in the marts."""
    found = rows(
        "query",
        "SELECT DISTINCT category, category_source FROM fct_transactions"
        f" WHERE counterparty_name = '{about}'",
    )
    return {(row["category"], row["category_source"]) for row in found}


@pytest.fixture(scope="module")
def home(postgres: embedded.Server, migrated: str, tmp_path_factory) -> Iterator[Path]:
    """A house in which one night has run over the samples; the tests of this file share it."""
    folder = tmp_path_factory.mktemp("house")
    name = "cli_categorize"
    url = embedded.create_database(postgres, name, template=migrated)
    write_samples(folder / "samples", months=3)
    with pytest.MonkeyPatch.context() as patch:
        for one in [one for one in os.environ if one.startswith(("BUFFET_", "PREFECT_API"))]:
            patch.delenv(one)
        patch.chdir(folder)
        patch.setenv("BUFFET_DATABASE_URL", url)
        patch.setenv("BUFFET_QUIET_SECONDS", "0")
        buffet("run", "samples", "--json")
        yield folder
    embedded.drop_database(postgres, name)


def test_the_list_has_what_nobody_said_the_largest_first(home: Path) -> None:
    found = rows("categorize")
    sizes = [abs(float(row["amount"])) for row in found]
    assert sizes == sorted(sizes, reverse=True)
    names = {row["vendor"] for row in found}
    assert {"MARINA COELHO BRANDT", "OFICINA DO VENTO ME"} <= names
    assert not names & {"NETFLIX", "MERCADO GIRASSOL", "ANA BEATRIZ QUINTELA"}
    sql = "SELECT count(*) AS n FROM fct_transactions WHERE category_source = 'nobody'"
    (all_,) = rows("query", sql)
    assert sum(int(row["transaction_count"]) for row in found) == int(all_["n"])
    owners = {row["owner"] for row in found}
    assert len(owners) > 1
    one = min(owners)
    assert {row["owner"] for row in rows("categorize", "--owner", one)} == {one}
    status, out, _ = buffet("categorize")
    assert status == 0
    assert "MARINA COELHO BRANDT" in out


def test_a_word_shows_in_the_marts_with_the_next_publication(home: Path) -> None:
    friend, *_ = rows(
        "query",
        "SELECT counterparty_name AS name, max(owner) AS owner, min(transaction_id) AS example"
        " FROM fct_transactions WHERE counterparty_kind = 'person'"
        " GROUP BY 1 HAVING count(*) > 1 ORDER BY 1",
    )
    name, owner, example = friend["name"], friend["owner"], friend["example"]
    assert told(name) == {("Uncategorized", "nobody")}
    status, out, err = buffet("categorize", f" {name.title()} ".replace(" ", "  "), "gifts")
    assert (status, out) == (0, f"{owner}: {name} is Shopping/Gifts\n")
    assert SHOWS in err
    status, out, _ = buffet("categorize", example[:13], "Courses")
    assert (status, out) == (0, f"{owner}: {example} is Education/Courses\n")
    assert told(name) == {("Uncategorized", "nobody")}
    assert buffet("publish")[0] == 0
    assert told(name) == {("Shopping/Gifts", "person"), ("Education/Courses", "person")}
    assert name not in {row["vendor"] for row in rows("categorize")}


def test_a_sheet_is_written_edited_and_read_back(home: Path) -> None:
    status, out, _ = buffet("categorize", "--csv")
    assert status == 0
    lines = list(csv.DictReader(StringIO(out)))
    assert not any(line["category"] for line in lines)
    wanted = [line for line in lines if line["vendor"].endswith(("LTDA", "ME"))]
    assert len(wanted) == 2
    for line in wanted:
        line["category"] = "Other Income"
    sheet = home / "sheet.csv"
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, lines[0], delimiter=";")
        writer.writeheader()
        writer.writerows(lines)
    status, out, err = buffet("categorize", "--from", str(sheet))
    assert status == 0, err
    assert len(out.splitlines()) == 2
    assert f"2 said; it shows in the marts with the {SHOWS}" in err
    assert buffet("publish")[0] == 0
    assert told("OFICINA DO VENTO ME") == {("Income/Other Income", "person")}


def test_one_bad_line_and_nothing_of_a_sheet_is_said(home: Path) -> None:
    sheet = home / "bad.csv"
    sheet.write_text(
        "owner,vendor,transaction_id,category\n"
        "ana,NETFLIX,,Gifts\n"
        "ana,SPOTIFY,,Gift\n"
        "ana,,,Gifts\n"
        "ana,IFOOD,,\n"
        "ana,,ffffffffffff,Gifts\n"
        ",UBER TRIP,,Gifts\n"
        "ana,netflix,,Books\n",
        encoding="utf-8",
    )
    status, out, err = buffet("categorize", "--from", str(sheet))
    assert (status, out) == (2, "")
    for number in (3, 4, 6, 7, 8):
        assert f"bad.csv: line {number}: " in err
    assert "line 5" not in err
    assert "5 lines make no sense" in err
    assert "did you mean Shopping/Gifts" in err
    sheet.write_text("owner,vendor,category\nana,NETFLIX,Gifts\nana,SPOTIFY\n", encoding="utf-8")
    assert "line 3: has 2 cells" in buffet("categorize", "--from", str(sheet))[2]
    assert buffet("publish")[0] == 0
    assert told("NETFLIX") == {("Bills/Subscriptions", "rule")}


@pytest.mark.parametrize(
    ("heading", "problem"),
    [
        ("owner,category", "lacks the column vendor or transaction_id"),
        ("vendor,category", "lacks the column owner"),
        ("owner,vendor,category,colour", 'a column "colour" that nobody knows'),
        ("owner,vendor,vendor,category", "has a column twice"),
    ],
)
def test_a_sheet_needs_its_columns(home: Path, heading: str, problem: str) -> None:
    sheet = home / "heading.csv"
    sheet.write_text(f"{heading}\n", encoding="utf-8")
    status, _, err = buffet("categorize", "--from", str(sheet))
    assert status == 2
    assert problem in err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("NETFLIX",), "says no category"),
        (("NETFLIX", "Gifts", "--csv"), "list, say, or read a file"),
        (("NETFLIX", "Food/Fruit/Apples"), "is no category"),
        (
            ("NOBODY OF THAT NAME", "Gifts"),
            "is the name of no vendor, and is not the id of a transaction",
        ),
        (("cafe", "Gifts"), "is the name of no vendor, and no transaction answers to it"),
        (
            ("NETFLIX", "Gifts", "--owner", "eva"),
            "is the name of no vendor of eva, and is not the id",
        ),
        (("NOBODY OF THAT NAME", "Gifts"), "buffet categorize lists vendors"),
        (("UBER TRIP", "Gifts"), "2 owners have it"),
        (("--from", "missing.csv"), "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_refused(home: Path, words: tuple[str, ...], problem: str) -> None:
    status, out, err = buffet("categorize", *words)
    assert (status, out) == (2, "")
    assert problem in err
    assert "remedy" in err


def test_without_marts_there_is_nothing_to_list(home: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("BUFFET_DATA_HOME", str(tmp_path))
    status, _, err = buffet("categorize")
    assert status != 0
    assert "no marts are published" in err
