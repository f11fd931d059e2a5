"""The rules of meaning: the owner's, then the shipped ones, read and checked as one whole."""

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

import polars as pl
from pydantic import ValidationError

from schemas.errors import SettingsError
from schemas.identity import digest
from tasks.enrich.rule_files import (
    BankCategoryEntry,
    CategoryEntry,
    CutEntry,
    OwnFile,
    RuleEntry,
    ShippedFile,
    SignsEntry,
    VendorEntry,
)
from tasks.enrich.words import plain_words

SHIPPED = Path(__file__).parent / "rules"
OWN_NAME = "rules.toml"
UNCATEGORIZED = "Uncategorized"
DIRECT = "(direct)"
"""Leaf of what is booked on a top itself."""

_NAME_LETTERS = 100
_REMEDY = "docs/rules.md shows what a rule may say"


@dataclass(frozen=True)
class Category:
    """A category of the tree; `path` is "Food/Groceries", "Food/(direct)" or "Uncategorized"."""

    path: str
    top_name: str
    sub_name: str
    is_active: bool = True


@dataclass(frozen=True)
class Rules:
    """Everything that is said about texts, vendors and categories; the first that fits counts.

    Attributes:
        version: a digest of all texts that were read.
        rules: the owner's before the shipped ones; their categories are paths of the tree.
        own_rules: how many of them are the owner's.
        vendors: the owner's before the shipped ones; their names are normalised.
        own_vendors: how many of them are the owner's.
        categories: the tree, in the order in which it is shown.
        bank_categories: the owner's before the shipped ones.
        cuts: in the order in which they are made.
        signs: of companies, persons and nobody.
    """

    version: str
    rules: tuple[RuleEntry, ...]
    own_rules: int
    vendors: tuple[VendorEntry, ...]
    own_vendors: int
    categories: tuple[Category, ...]
    bank_categories: tuple[BankCategoryEntry, ...]
    cuts: tuple[CutEntry, ...]
    signs: SignsEntry

    def path_of(self, said: str) -> str | None:
        """The path of the category that somebody means, whatever its case; null if there is none.

        A top may be named alone, a leaf by its path, or alone where only one top has it.
        """
        return _paths(self.categories).get(plain_words(said))


@lru_cache(maxsize=16)
def read_rules(own: str | None) -> Rules:
    """Read the shipped rules and the owner's.

    Args:
        own: the text of the owner's `rules.toml`; null where there is none.

    Raises:
        SettingsError: it is not TOML, has a key that nobody knows, an id twice, a category that is
            not in the tree or lies too deep, or a pattern that is no regular expression.
    """
    files = [ShippedFile.model_validate(_toml(name, text)) for name, text in _shipped().items()]
    mine = _own_file(own) if own else OwnFile()
    categories = _tree([*(one for file in files for one in file.category), *mine.category])
    rules = [*mine.rule, *(one for file in files for one in file.rule)]
    bank = [*mine.bank_category, *(one for file in files for one in file.bank_category)]
    _insist_on_one_id(rules)
    paths = _paths(categories)
    return Rules(
        version=digest("\n".join([*_shipped().values(), own or ""]))[:12],
        rules=tuple(
            _checked_rule(one, paths, is_own=position < len(mine.rule))
            for position, one in enumerate(rules)
        ),
        own_rules=len(mine.rule),
        vendors=tuple(
            [_checked_vendor(one, is_own=True) for one in mine.vendor]
            + [_checked_vendor(one, is_own=False) for file in files for one in file.vendor]
        ),
        own_vendors=len(mine.vendor),
        categories=categories,
        bank_categories=tuple(
            one.model_copy(update={"category": _known(one.category, paths, "bank_category")})
            for one in bank
        ),
        cuts=tuple(one for file in files for one in file.cut),
        signs=next(file.signs for file in files if file.signs.nobody),
    )


@cache
def _shipped() -> Mapping[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(SHIPPED.glob("*.toml"))}


@lru_cache(maxsize=16)
def _paths(categories: Sequence[Category]) -> Mapping[str, str]:
    """Every way to name a category, folded, with its path."""
    alone: dict[str, set[str]] = {}
    for one in categories:
        alone.setdefault(plain_words(one.sub_name), set()).add(one.path)
    named = {name: paths.pop() for name, paths in alone.items() if len(paths) == 1}
    tops = {plain_words(one.top_name): one.path for one in categories if one.sub_name == DIRECT}
    return named | tops | {plain_words(one.path): one.path for one in categories}


def _tree(entries: Sequence[CategoryEntry]) -> tuple[Category, ...]:
    """Tops in the order in which they are first named, each with its leaves; names in any case."""
    tops: dict[str, tuple[str, dict[str, tuple[str, bool]]]] = {}
    for entry in entries:
        top, sub = _top_and_sub(entry.path)
        _, subs = tops.setdefault(plain_words(top), (top, {}))
        subs.setdefault(DIRECT, (DIRECT, True))
        shown = subs.get(plain_words(sub), (sub, True))[0] if sub else DIRECT
        subs[plain_words(sub) if sub else DIRECT] = (shown, entry.is_active)
    return tuple(
        Category(name if len(subs) == 1 else f"{name}/{sub}", name, sub, is_active)
        for name, subs in tops.values()
        for sub, is_active in subs.values()
    )


def _top_and_sub(path: str) -> tuple[str, str]:
    parts = [" ".join(part.split()) for part in path.split("/")]
    if len(parts) > 2:
        raise SettingsError(
            OWN_NAME,
            f'category_depth: "{path}" lies {len(parts)} deep',
            "a top and a leaf, no more",
        )
    if not all(0 < len(part) <= _NAME_LETTERS for part in parts):
        raise SettingsError(
            OWN_NAME,
            f'category "{path[:_NAME_LETTERS]}" has a name that is empty or too long',
            f"a name has 1 to {_NAME_LETTERS} letters",
        )
    return parts[0], "" if len(parts) == 1 or parts[1] == DIRECT else parts[1]


def _known(said: str, paths: Mapping[str, str], where: str) -> str:
    _top_and_sub(said)
    found = paths.get(plain_words(said))
    if found is None:
        raise SettingsError(
            OWN_NAME,
            f'{where}: there is no category "{said}"',
            'add [[category]] path = "…", or take one of docs/rules.md',
        )
    return found


def _insist_on_one_id(rules: Sequence[RuleEntry]) -> None:
    seen: set[str] = set()
    for one in rules:
        if one.id in seen:
            raise SettingsError(OWN_NAME, f'rule "{one.id}" stands twice', "give each its own id")
        seen.add(one.id)


def _checked_rule(rule: RuleEntry, paths: Mapping[str, str], *, is_own: bool) -> RuleEntry:
    """The rule with its category's path and patterns that fit normalised text."""
    where = f'rule "{rule.id}"'
    patterns = {
        name: _pattern(said, where, is_own=is_own)
        for name in ("text", "vendor", "counterparty")
        if (said := getattr(rule, name)) is not None
    }
    return rule.model_copy(update={**patterns, "category": _known(rule.category, paths, where)})


def _checked_vendor(vendor: VendorEntry, *, is_own: bool) -> VendorEntry:
    where = f'vendor "{vendor.name}"'
    formerly = tuple(
        one.model_copy(update={"name": plain_words(one.name)}) for one in vendor.formerly
    )
    # A former name, alone, means it too.
    alone = [f"^{pl.escape_regex(one.name)}$" for one in formerly]
    texts = [_pattern(one, where, is_own=is_own) for one in vendor.texts]
    return vendor.model_copy(
        update={
            "name": plain_words(vendor.name),
            "texts": [*texts, *alone],
            "formerly": formerly,
        }
    )


def _pattern(said: str, where: str, *, is_own: bool) -> str:
    """A pattern in the case and without the accents of normalised text."""
    bare = "".join(
        sign for sign in unicodedata.normalize("NFKD", said) if not unicodedata.combining(sign)
    )
    pattern = f"(?i){bare}" if is_own else bare
    try:
        pl.select(pl.lit("").str.contains(pattern))
    except pl.exceptions.ComputeError as error:
        raise SettingsError(
            OWN_NAME,
            f'{where}: "{said}" is no regular expression: {str(error).splitlines()[-1]}',
            "correct it; a sign with a meaning, such as . or *, is taken as it is behind a \\",
        ) from None
    return pattern


def _toml(name: str, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(name, f"not TOML: {error}", "correct the line it names") from error


def _own_file(text: str) -> OwnFile:
    try:
        return OwnFile.model_validate(_toml(OWN_NAME, text))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(OWN_NAME, f"{where}: {first['msg']}", _REMEDY) from None
