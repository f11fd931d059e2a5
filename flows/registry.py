"""accounts.toml: what their owners say of accounts, read once when a run begins.

[[account]]
owner = "ana"
name = "conta"
bank = "itau"
refs = ["1234/56789-0", "BR15 0000 ...", "folder conta-itau", "itau:56789"]
expected = "monthly"    # or weekly, daily, none: how often a statement comes
by_day = 5              # … and by which day after its last one

An account without bank and refs is known by its name as `buffet accounts` shows it: nothing is
joined, its owner only says what is expected of it.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.accounts import FOLDER, KnownAccount
from schemas.coverage import BY_DAY, Expectation, Rhythm
from schemas.errors import SettingsError
from schemas.masking import masked
from tasks.transform.accounts import plain_ref

_Word = Annotated[str, Field(min_length=1)]


class _Account(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    owner: _Word
    name: _Word
    bank: _Word | None = None
    refs: list[_Word] = []
    expected: Rhythm | None = None
    by_day: Annotated[int, Field(ge=0, le=366)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.bank is None) != (not self.refs):
            raise ValueError("bank and refs stand together")
        if not self.refs and self.expected is None and self.by_day is None:
            raise ValueError("it says neither bank and refs nor expected or by_day")
        return self


class _Registry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    account: list[_Account] = []


def read_registry(path: Path) -> tuple[KnownAccount, ...]:
    """What accounts.toml says of the names of accounts; without the file, nobody has said anything.

    Raises:
        SettingsError: it is not TOML, has a key that nobody knows, or names a reference twice.
    """
    known = tuple(
        KnownAccount(one.owner, one.name, one.bank.lower(), tuple(map(_plain, one.refs)))
        for one in _read(path)
        if one.bank is not None
    )
    _insist_on_one_account(path, known)
    return known


def read_expectations(path: Path) -> tuple[Expectation, ...]:
    """What accounts.toml says of the statements that are to come.

    Raises:
        SettingsError: it is not TOML, has a key that nobody knows, or names an account twice.
    """
    said = tuple(
        Expectation(
            owner=one.owner,
            account_name=one.name,
            rhythm=one.expected,
            by_day=BY_DAY if one.by_day is None else one.by_day,
            entry_no=number,
        )
        for number, one in enumerate(_read(path), 1)
        if one.expected is not None or one.by_day is not None
    )
    names = [(one.owner, one.account_name) for one in said]
    for owner, name in names:
        if names.count((owner, name)) > 1:
            raise SettingsError(
                path.name, f"{name} of {owner} is expected twice", "leave it in one account"
            )
    return said


def _read(path: Path) -> list[_Account]:
    if not path.exists():
        return []
    try:
        return _Registry.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).account
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(path.name, f"not TOML: {error}", "correct the line it names") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            path.name,
            f"{where}: {first['msg']}",
            "each account has owner and name; bank and refs, or expected, or all of them",
        ) from None


def _plain(ref: str) -> str:
    """A reference as statements are compared with it; the name of a folder stays as it is."""
    if ref.startswith(FOLDER):
        return ref
    bank, colon, rest = ref.partition(":")
    if colon and rest.strip().startswith(FOLDER):
        return f"{bank.strip().lower()}:{rest.strip()}"
    bank, colon, rest = ref.rpartition(":")
    return f"{bank.strip().lower()}{colon}{plain_ref(rest)}"


def _insist_on_one_account(path: Path, known: tuple[KnownAccount, ...]) -> None:
    """Each reference, and each name, stands once an owner."""
    seen: set[tuple[str, str]] = set()
    for one in known:
        for word, shown in (
            (f"name {one.name}", one.name),
            *((ref, masked(ref)) for ref in dict.fromkeys(one.refs)),
        ):
            if (one.owner, word) in seen:
                raise SettingsError(
                    path.name, f"{shown} of {one.owner} stands in two accounts", "leave it in one"
                )
            seen.add((one.owner, word))
