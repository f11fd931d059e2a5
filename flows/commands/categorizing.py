"""`buffet categorize`: what nobody is sure of, and the word of a person about it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import talk
from flows.commands.registers import AsJson, put
from flows.commands.review_sheet import SHEET, Line, read_sheet
from schemas.errors import MartsUnavailable, WrongUsage

if TYPE_CHECKING:
    import polars as pl
    import sqlalchemy as sa

    from schemas.settings import Settings
    from schemas.words import Word
    from tasks.enrich.rules import Rules

_MOST = 50
_WIDEST = 60

_GROUPS = """
SELECT owner, coalesce(counterparty_name, description) AS vendor,
       CASE WHEN category_source = 'learned' THEN category ELSE category_runner_up END
           AS suggestion,
       max(category_score) AS score, count(*) AS transaction_count, sum(amount) AS amount,
       currency, min(transaction_id) AS example
FROM fct_transactions
WHERE category_source IN ('nobody', 'learned') AND (? IS NULL OR owner = ?)
GROUP BY ALL
ORDER BY abs(sum(amount)) DESC, owner, vendor, currency, suggestion
"""

_NAMES = """
SELECT DISTINCT owner, coalesce(counterparty_name, description) AS name FROM fct_transactions
WHERE coalesce(counterparty_name, description) IS NOT NULL
"""

_SHOWS = "it shows in the marts with the next buffet publish or night"


def categorize(
    about: Annotated[
        str | None,
        typer.Argument(
            metavar="[VENDOR|TRANSACTION]",
            help="A vendor or person by name, or the id of a transaction.",
            show_default=False,
        ),
    ] = None,
    category: Annotated[
        str | None,
        typer.Argument(
            metavar="[CATEGORY]",
            help="A category of the tree: Food/Groceries, or Groceries.",
            show_default=False,
        ),
    ] = None,
    *,
    owner: Annotated[
        str | None,
        typer.Option("--owner", metavar="OWNER", help="Only this owner.", show_default=False),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Say every category in this CSV; all of them, or none.",
            show_default=False,
        ),
    ] = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Write a review sheet, to be edited and read by --from.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what nobody or only learning categorised, the largest first, or say its category.

    What a person says goes before every rule, is kept for ever and survives a rebuild; the latest
    word counts, and one about a transaction goes before one about its vendor.

    Example: buffet categorize "PADARIA SOL" Food/Groceries

    Next: buffet publish shows it in the marts; rules.toml, in the data home, says more at once.
    """
    from flows.commands.house_keys import settings

    keys = settings()
    if (about is None) != (category is None):
        remedy = "name both: buffet categorize VENDOR CATEGORY"
        raise WrongUsage("buffet categorize", "says no category", remedy)
    if sum((about is not None, sheet is not None, as_csv or as_json)) > 1:
        raise WrongUsage("buffet categorize", "list, say, or read a file", "one at a time")
    if sheet is not None:
        _say(keys, sheet.name, read_sheet(sheet), owner)
    elif about is not None and category is not None:
        _say(keys, "", [_line_of(keys, about, category, owner)], owner)
    else:
        _list(keys, owner, as_csv=as_csv, as_json=as_json)


def _list(keys: "Settings", owner: str | None, *, as_csv: bool, as_json: bool) -> None:
    import polars as pl

    frame = _ask(keys, _GROUPS, owner)
    if as_csv:
        empty = [pl.lit(None, pl.String).alias(name) for name in ("transaction_id", "category")]
        sys.stdout.write(talk.csv_text(frame.with_columns(empty).select(SHEET)))
        return
    shown = frame if as_json else frame.head(_MOST)
    name = pl.col("vendor")
    short = pl.when(name.str.len_chars() > _WIDEST).then(name.str.head(_WIDEST) + "…")
    narrow = [] if as_json else [short.otherwise(name).alias("vendor")]
    rows = shown.with_columns(pl.col("example").str.head(8), *narrow).to_dicts()
    put(rows, as_json=as_json, empty="everything that counts has a category")
    if shown.height < frame.height:
        talk.say(f"{frame.height - shown.height} more; --csv writes all of them as a sheet")


def _line_of(keys: "Settings", about: str, category: str, owner: str | None) -> Line:
    """What was said on the command line, as a line of a sheet."""
    from tasks.enrich.words import plain_words

    names = _ask(keys, _NAMES)
    owners = sorted(
        {whose for whose, name in names.rows() if plain_words(name) == plain_words(about)}
    )
    if owner is None and len(owners) > 1:
        raise WrongUsage(about, f"{len(owners)} owners have it", "say whose: --owner OWNER")
    if owners and owner in (None, *owners):
        return Line(0, owner or owners[0], about, "", category)
    return Line(0, owner or "", "", about, category)


def _say(keys: "Settings", where: str, lines: list[Line], owner: str | None) -> None:
    """Say all lines, or none where one of them makes no sense."""
    from flows import house
    from flows.commands.house_keys import ledger
    from flows.rules import read_own_rules
    from tasks.enrich.rules import read_rules
    from warehouse.ledger.connection import atomically
    from warehouse.ledger.words import say

    rules = read_rules(read_own_rules(keys.rules))
    with ledger(keys) as engine, atomically(engine) as connection:
        said, troubles = _words(connection, rules, lines, owner)
        if troubles:
            _refuse(where, troubles)
        say(connection, list(said.values()), house.now())
    for word in said.values():
        talk.put(f"{word.owner}: {word.about} is {word.category}")
    talk.say(f"{len(said)} said; {_SHOWS}" if said else "no line says a category")


def _words(
    connection: "sa.Connection", rules: "Rules", lines: list[Line], owner: str | None
) -> "tuple[dict[tuple[str, str], Word], list[tuple[int, WrongUsage]]]":
    """The words in lines by owner and what they are about, and the lines that make no sense."""
    said: dict[tuple[str, str], Word] = {}
    troubles = []
    for line in lines:
        try:
            word = _word(connection, rules, line, owner)
        except WrongUsage as error:
            troubles.append((line.number, error))
            continue
        first = said.setdefault((word.owner, word.about), word)
        if first != word:
            other = WrongUsage(word.about, f"is {first.category} in a line above", "leave one")
            troubles.append((line.number, other))
    return said, troubles


def _word(connection: "sa.Connection", rules: "Rules", line: Line, owner: str | None) -> "Word":
    """A line as the ledger keeps it."""
    from schemas.words import Scope, Word
    from tasks.enrich.words import plain_words
    from warehouse.ledger.words import owners_of

    path = rules.path_of(line.category)
    if path is None:
        raise WrongUsage(line.category, "is no category", _near(rules, line.category))
    if bool(line.vendor) == bool(line.transaction_id):
        raise WrongUsage("the line", "names a vendor and a transaction, or neither", "name one")
    if line.vendor:
        if not line.owner:
            raise WrongUsage(line.vendor, "has no owner", "say whose it is")
        word = Word(line.owner, Scope.VENDOR, plain_words(line.vendor), path)
    else:
        id_ = _transaction_of(connection, line)
        whose = owners_of(connection, [id_])[id_]
        if line.owner not in ("", whose):
            raise WrongUsage(line.transaction_id, f"is not of {line.owner}", "correct the owner")
        word = Word(whose, Scope.TRANSACTION, id_, path)
    if owner not in (None, word.owner):
        raise WrongUsage(word.about, f"is not of {owner}", "leave --owner out")
    return word


def _transaction_of(connection: "sa.Connection", line: Line) -> str:
    """The id of the transaction that a line names.

    Raises:
        WrongUsage: none, or more than one. What stands on the command line may be meant as a
            vendor too; a sheet has a column of its own for those.
    """
    from warehouse.ledger.explain import find_transaction

    try:
        return find_transaction(connection, line.transaction_id)
    except WrongUsage as error:
        if line.number:
            raise
        whose = f" of {line.owner}" if line.owner else ""
        raise WrongUsage(
            error.where,
            f"is the name of no vendor{whose}, and {error.problem}",
            f"buffet categorize lists vendors; {error.remedy}",
        ) from None


def _near(rules: "Rules", said: str) -> str:
    """A remedy with the categories whose names are like it."""
    from difflib import get_close_matches

    folded = {path.casefold(): path for path in (one.path for one in rules.categories)}
    leaves = {one.sub_name.casefold(): one.path for one in rules.categories}
    near = get_close_matches(said.casefold(), [*folded, *leaves], n=3)
    if not near:
        return "docs/rules.md says where the tree is; rules.toml adds to it"
    return f"did you mean {', '.join((folded | leaves)[one] for one in near)}?"


def _refuse(where: str, troubles: "list[tuple[int, WrongUsage]]") -> None:
    """Name every line that makes no sense, and end.

    Raises:
        WrongUsage: always; a lone trouble as it is.
    """
    if not where:
        raise troubles[0][1]
    for number, error in troubles:
        talk.say(f"{where}: line {number}: {error.where} {error.problem}; {error.remedy}")
    raise WrongUsage(
        f"{where}: line {troubles[0][0]}",
        f"{len(troubles)} lines make no sense",
        "correct them; nothing was said",
    )


def _ask(keys: "Settings", sql: str, owner: str | None = None) -> "pl.DataFrame":
    """Ask the published marts.

    Raises:
        MartsUnavailable: nothing is published, or it was before there were categories.
    """
    from warehouse.marts import publisher, reader

    link = keys.marts / publisher.LINK
    columns = reader.query(
        link,
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'fct_transactions'",
    )
    if "category_source" not in columns.get_column("column_name").to_list():
        raise MartsUnavailable(
            "fct_transactions", "was published before there were categories", "buffet publish"
        )
    return reader.query(link, sql, [owner, owner] if "?" in sql else [])
