"""The catalog says what is wrong with a mart's folder, and where."""

from pathlib import Path

import pytest

from schemas.errors import PublishError
from warehouse.marts.catalog import HOME, load_catalog, parse_checks

CARD = """
name = "{name}"
title = "A mart"
grain = "one row"
keys = ["one"]
depends_on = [{needs}]
description = "For a test."

[[columns]]
name = "one"
type = "{type}"
description = "A column."
source = "nowhere"
"""


def add(home: Path, name: str, *, needs: str = "", dtype: str = "INTEGER", extra: str = "") -> None:
    folder = home / name
    folder.mkdir()
    card = CARD.format(name=name, needs=needs, type=dtype) + extra
    (folder / "mart.toml").write_text(card, encoding="utf-8")
    (folder / "mart.sql").write_text("SELECT 1 AS one", encoding="utf-8")
    (folder / "checks.sql").write_text("", encoding="utf-8")


def test_each_mart_comes_after_those_it_depends_on() -> None:
    names: list[str] = []
    for mart in load_catalog():
        assert set(mart.card.depends_on) <= set(names)
        names.append(mart.name)
    assert set(names) == {path.parent.name for path in HOME.glob("*/mart.sql")}


def test_what_a_query_reads_is_what_it_depends_on() -> None:
    marts = load_catalog()
    for mart in marts:
        read = {m.name for m in marts if m is not mart and m.name in mart.sql}
        assert read == set(mart.card.depends_on)


def test_no_query_says_distinct_from() -> None:
    """DuckDB 1.5.6 takes `x IS DISTINCT FROM 0 OR ...` for false if all x are null (2026)."""
    for mart in load_catalog():
        for sql in (mart.sql, *(check.sql for check in mart.checks)):
            assert "DISTINCT FROM" not in sql.upper()


def test_every_mart_has_checks_of_its_own() -> None:
    for mart in load_catalog():
        names = [check.name for check in mart.checks]
        assert names[:2] == ["keys_are_filled", "keys_are_unique"]
        assert len(names) > 2


def test_money_is_never_a_float(tmp_path: Path) -> None:
    add(tmp_path, "m", dtype="DOUBLE")
    with pytest.raises(PublishError, match=r"m/mart.toml"):
        load_catalog(tmp_path)


def test_a_circle_is_named(tmp_path: Path) -> None:
    add(tmp_path, "a", needs='"b"')
    add(tmp_path, "b", needs='"a"')
    with pytest.raises(PublishError, match=r"circle: (a > b > a|b > a > b)"):
        load_catalog(tmp_path)


def test_a_missing_mart_is_named(tmp_path: Path) -> None:
    add(tmp_path, "a", needs='"b"')
    with pytest.raises(PublishError, match="depends on b, which is not a mart"):
        load_catalog(tmp_path)


def test_an_unknown_word_is_refused(tmp_path: Path) -> None:
    add(tmp_path, "a", extra="colour = 'red'\n")
    with pytest.raises(PublishError, match="colour"):
        load_catalog(tmp_path)


def test_a_folder_with_another_name_is_refused(tmp_path: Path) -> None:
    add(tmp_path, "a")
    (tmp_path / "a").rename(tmp_path / "b")
    with pytest.raises(PublishError, match="names the mart a"):
        load_catalog(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    add(tmp_path, "a")
    (tmp_path / "a" / "checks.sql").unlink()
    with pytest.raises(PublishError, match=r"a/checks.sql: cannot be read"):
        load_catalog(tmp_path)


BY_ACCOUNT = """
[[columns]]
name = "account_id"
type = "VARCHAR"
description = "A column."
source = "ledger.account.account_id"

[[columns]]
name = "day"
type = "DATE"
description = "A column."
source = "ledger.transaction.booked_on"

[[columns]]
name = "flavour"
type = "VARCHAR"
description = "A column."
source = "enriched.transaction.flavour"

[[columns]]
name = "owner"
type = "VARCHAR"
description = "A column."
source = "ledger.account.owner"

[refresh]
"""


@pytest.mark.parametrize(
    ("refresh", "sql", "problem"),
    [
        ('by = "whole"', "FROM ledger.transaction", "reads ledger.transaction, of which"),
        ('by = "account"', "FROM ledger.transaction", "reads ledger.transaction, of which"),
        ('by = "account"', "FROM enriched.holding", "reads enriched.holding, which any row may"),
        ('by = "account"', "FROM enriched.meaning", "reads enriched.meaning, which any row may"),
        ('by = "account"', "SELECT flavour FROM one", None),
        ('by = "account"', "FROM two", "and reads two, made anew as a whole"),
        ('by = "owner"', "FROM two", "and reads two, made anew as a whole"),
        ('by = "owner"', "FROM ledger.transaction", "reads ledger.transaction, of which"),
        ('by = "owner"', "FROM enriched.night", "reads enriched.night, which is of no owner"),
        ('by = "owner"\nalso = "SELECT 1"', "FROM enriched.night", None),
        ('by = "owner"\nalso = "SELECT 1"', "FROM enriched.exchange_rate", "which is of no owner"),
        ('by = "owner"', "FROM enriched.transfer", None),
        ('by = "owner"', "SELECT flavour FROM one", None),
        ('by = "account"', "FROM four", "and reads four, by owner"),
        ('by = "days"\nday = "day"\nmeaning = true', "FROM enriched.meaning", None),
        (
            'by = "account"\nmeaning = true',
            "FROM enriched.meaning",
            "only what is made anew by days",
        ),
        ('by = "days"\nday = "day"', "FROM ledger.transaction", None),
        ('by = "whole"', "SELECT flavour FROM one, enriched.holding, ledger.account", None),
        ('by = "whole"\nmeaning = true', "FROM enriched.meaning", "only what is made anew by days"),
    ],
)
def test_a_mart_that_would_read_too_little_is_refused(
    tmp_path: Path, refresh: str, sql: str, problem: str | None
) -> None:
    add(tmp_path, "one", extra=BY_ACCOUNT + 'by = "days"\nday = "day"\nmeaning = true')
    add(tmp_path, "two")
    add(tmp_path, "four", extra=BY_ACCOUNT + 'by = "owner"')
    needs = ", ".join(f'"{name}"' for name in ("one", "two", "four") if name in sql.split())
    needs = '"one"' if "one," in sql else needs
    add(tmp_path, "three", needs=needs, extra=BY_ACCOUNT + refresh)
    (tmp_path / "three/mart.sql").write_text(sql, encoding="utf-8")
    if problem is None:
        assert "three" in {mart.name for mart in load_catalog(tmp_path)}
    else:
        with pytest.raises(PublishError, match=problem):
            load_catalog(tmp_path)


def test_checks_are_cut_at_their_names() -> None:
    one = "-- check: a\n-- severity: fail\nSELECT 1;\n\n"
    two = "-- check: b\n-- severity: warn\nSELECT 2\n"
    text = f"-- words\n\n{one}{two}"
    first, second = parse_checks("x", text)
    assert (first.name, first.severity, first.sql) == ("a", "fail", "SELECT 1")
    assert (second.name, second.severity, second.sql) == ("b", "warn", "SELECT 2")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT 1\n-- check: a\n-- severity: fail\nSELECT 1\n", "before the first check"),
        ("-- check: a\nSELECT 1\n", "severity None"),
        ("-- check: a\n-- severity: bad\nSELECT 1\n", "severity bad"),
        ("-- check: a\n-- severity: fail\n\n", "no query"),
        ("-- check: \n-- severity: fail\nSELECT 1\n", "no name"),
        ("-- check: a\n-- severity: fail\nSELECT 1\n" * 2, "stands there twice"),
    ],
)
def test_a_check_must_be_whole(text: str, problem: str) -> None:
    with pytest.raises(PublishError, match=problem):
        parse_checks("x", text)
