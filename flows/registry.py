"""accounts.toml: what their owners say of accounts, read once when a run begins.

[[account]]
owner = "ana"
name = "conta"
bank = "itau"
refs = ["1234/56789-0", "BR15 0000 ...", "folder conta-itau", "itau:56789"]
"""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.accounts import FOLDER, KnownAccount
from schemas.errors import SettingsError
from schemas.masking import masked
from tasks.transform.accounts import plain_ref

_Word = Annotated[str, Field(min_length=1)]


class _Account(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    owner: _Word
    name: _Word
    bank: _Word
    refs: Annotated[list[_Word], Field(min_length=1)]


class _Registry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    account: list[_Account] = []


def read_registry(path: Path) -> tuple[KnownAccount, ...]:
    """Read accounts.toml; without the file, nobody has said anything.

    Raises:
        SettingsError: it is not TOML, has a key that nobody knows, or names a reference twice.
    """
    if not path.exists():
        return ()
    try:
        said = _Registry.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(path.name, f"not TOML: {error}", "correct the line it names") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            path.name, f"{where}: {first['msg']}", "each account has owner, name, bank and refs"
        ) from None
    known = tuple(
        KnownAccount(one.owner, one.name, one.bank.lower(), tuple(map(_plain, one.refs)))
        for one in said.account
    )
    _insist_on_one_account(path, known)
    return known


def _plain(ref: str) -> str:
    if ref.startswith(FOLDER):
        return ref
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
