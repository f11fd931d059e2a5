"""What merchants were called before, as the owner dates it in rules.toml.

A movement belongs to one merchant whatever it was called on its day; these are the names that it
bore. They follow from the rules alone, so a full build and a rebuild find the same ones.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from schemas.enrichment import VENDOR_VERSION
from schemas.words import Scope
from tasks.enrich.rule_files import FormerEntry, VendorEntry
from tasks.enrich.rules import Rules

_Named = tuple[str, str | None, date | None, date | None]
"""A name, its website, the first and the last day on which it holds; null days are open."""


def vendor_versions(merchants: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The names that each merchant bore, oldest first.

    Args:
        merchants: VENDOR.
        rules: which say what they were called formerly.

    Returns:
        VENDOR_VERSION; one version for all of whom nothing else is said.
    """
    rows = [
        (key, number, *named)
        for key, owner, name, website in merchants.select(
            "vendor_key", "owner", "name", "website"
        ).iter_rows()
        for number, named in enumerate(_names(rules, owner, name, website), 1)
    ]
    return pl.DataFrame(rows, schema=VENDOR_VERSION, orient="row")


def as_called_now(words: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """What persons said of a vendor under a former name, under the name that it bears now.

    Args:
        words: CATEGORY_WORD.
        rules: which say what vendors were called formerly.
    """
    about = words.select("scope", "owner", "vendor").iter_rows()
    now = [
        _name_now(rules, owner, name) if scope == Scope.VENDOR.value else name
        for scope, owner, name in about
    ]
    return words.with_columns(pl.Series("vendor", now, pl.String))


def _names(rules: Rules, owner: str, name: str, website: str | None) -> Iterator[_Named]:
    begins = None
    for former in _former(rules, owner, name):
        yield former.name, former.website, begins, former.until
        begins = former.until + timedelta(days=1)
    yield name, website, begins, None


def _former(rules: Rules, owner: str, name: str) -> tuple[FormerEntry, ...]:
    """What a merchant of an owner was called before; of the first entry that says so."""
    said = (one.formerly for one in _of(rules, owner) if one.name == name and one.formerly)
    return next(said, ())


def _name_now(rules: Rules, owner: str, name: str) -> str:
    return next(
        (
            one.name
            for one in _of(rules, owner)
            if any(former.name == name for former in one.formerly)
        ),
        name,
    )


def _of(rules: Rules, owner: str) -> Iterator[VendorEntry]:
    return (one for one in rules.vendors if one.owner in (None, owner))
