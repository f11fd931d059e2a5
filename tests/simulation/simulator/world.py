"""A random world of a seed: accounts, and the files that banks hand out for them.

What happens to the accounts is lived by `tasks/sample`; the files overlap, repeat, contradict and
are damaged more than any sane bank would have it. The same seed gives the same bytes.
"""

import gzip
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar

from tasks.sample.life import live_at_home
from tasks.sample.life_abroad import live_abroad
from tasks.sample.people import households
from tasks.sample.render import RENDERERS
from tasks.sample.world import Account, Chance, Movement, Statement, month_end, next_month, state

Thing = TypeVar("Thing")

STYLES = {
    "itau-conta": ("ofx1_itau", "br_itau_conta", "ofx1_comma"),
    "nubank-conta": ("br_nubank_conta", "ofx1_nubank"),
    "nubank-cartao": ("br_nubank_cartao", "br_nubank_cartao_category"),
    "xp-conta": ("br_xp_conta",),
    "inter-conta": ("br_inter_conta", "ofx1_inter"),
    "commerzbank-giro": ("camt053", "mt940", "de_commerzbank_giro"),
    "chase-checking": ("us_chase_checking", "qfx", "ofx2", "bai2", "qif"),
}
"""How the bank of each account exports; two formats of one account tell the same days."""

STARTS = (date(2024, 2, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 3, 1))
"""A leap day, a turn of the year, and two plain months."""

_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class File:
    """A file that somebody drops: its path below the inbox, and its bytes."""

    path: str
    data: bytes


@dataclass(frozen=True)
class World:
    """All files of a seed, and the account numbers that no log may show."""

    files: tuple[File, ...]
    secrets: tuple[str, ...]


def world(seed: int) -> World:
    """The world of a seed: two to four accounts, ten to thirty files."""
    chance = Chance(seed, "world")
    months = [chance.pick(STARTS)]
    if chance.between(0, 2):
        months.append(next_month(months[0]))
    accounts = [account for household in households(seed, None) for account in household]
    chosen = some(chance, accounts, chance.between(2, 4))
    files: list[File] = []
    for account in chosen:
        files += _files(Chance(seed, "files", account.folder), seed, account, months)
    files += _nonsense(chance, chosen[0])
    secrets = tuple(one.digits for one in chosen if len(one.digits) >= 8)
    return World(tuple(_apart(files)), secrets)


def _files(chance: Chance, seed: int, account: Account, months: list[date]) -> Iterator[File]:
    """The exports of one account, some of them again, in containers, or damaged."""
    diary = (
        live_at_home(seed, account.owner, account.holder, months)
        if account.owner == "ana"
        else live_abroad(seed, account.owner, months)
    )
    life = _with_twins(chance, diary.page(account.folder))
    place = f"{account.owner}/{account.folder}"
    plain = list(_named_once(place, chance, _exports(chance, account, life, months)))
    yield from plain
    yield from _again(chance, place, plain)
    if chance.between(0, 2) == 0:
        yield _damaged(chance, chance.pick(plain))


def _named_once(
    place: str, chance: Chance, exports: Iterable[tuple[Statement, str]]
) -> Iterator[File]:
    """The files of statements; equal bytes have one name, each in a folder of its own.

    Two periods may hold the same movements, and a CSV of them the same bytes. A card issuer's name
    tells when the bill is due, and the name that comes first is the one that is believed.
    """
    names: dict[bytes, str] = {}
    for number, (statement, style) in enumerate(exports):
        name, data = _print(chance, statement, style)
        twin = "" if data not in names else f"twin-{number}/"
        yield File(f"{place}/{twin}{names.setdefault(data, name)}", data)


def _with_twins(chance: Chance, life: Sequence[Movement]) -> tuple[Movement, ...]:
    """The same life with up to three movements that happen twice."""
    extra = []
    for number in range(chance.between(0, 3)):
        one = chance.pick(life)
        extra.append(one._replace(ref=f"{number:02x}{one.ref[2:]}"))
    return tuple(sorted((*life, *extra), key=lambda m: m.booked_on))


def _exports(
    chance: Chance, account: Account, life: Sequence[Movement], months: list[date]
) -> Iterator[tuple[Statement, str]]:
    """Statements and their styles: whole months, overlapping halves, cuts within a day."""
    styles = STYLES[account.folder]
    first, last = months[0], month_end(months[-1])
    for month in months:
        yield state(account, month, month_end(month), life), chance.pick(styles)
    for _ in range(chance.between(1, 4)):
        starts_on = first + timedelta(days=chance.between(0, 25))
        ends_on = min(last, starts_on + timedelta(days=chance.between(0, 30)))
        statement = state(account, starts_on, ends_on, life, announced_count=chance.between(0, 2))
        if statement.movements and chance.between(0, 3) == 0:
            # what the bank booked late, or forgot
            statement = statement.without(chance.between(0, len(statement.movements) - 1))
        yield statement, chance.pick(styles)
    if chance.between(0, 1):
        style = chance.pick(styles)
        yield from ((one, style) for one in _chained(chance, state(account, first, last, life)))


def _chained(chance: Chance, whole: Statement) -> Iterator[Statement]:
    """The statement in two or three parts that meet, or overlap, in the middle of a day."""
    count = len(whole.movements)
    cuts = sorted({0, count, *(chance.between(1, count - 1) for _ in range(chance.between(1, 2)))})
    for start, end in pairwise(cuts):
        begin = max(0, start - chance.between(0, 1) * chance.between(0, 3))
        movements = whole.movements[begin:end]
        yield replace(
            whole,
            starts_on=movements[0].booked_on,
            ends_on=movements[-1].booked_on,
            opening=whole.balances[begin - 1] if begin else whole.opening,
            closing=whole.balances[end - 1],
            movements=movements,
            balances=whole.balances[begin:end],
        )


def _print(chance: Chance, statement: Statement, style: str) -> tuple[str, bytes]:
    """The file of a statement; now and then the bank writes one text otherwise, or a day later."""
    if statement.movements and chance.between(0, 4) == 0:
        position = chance.between(0, len(statement.movements) - 1)
        changed = list(statement.movements)
        one = changed[position]
        changed[position] = one._replace(description=f"{one.description} NR {chance.digits(4)}")
        statement = replace(statement, movements=tuple(changed))
    rendered = RENDERERS[style](statement)
    data = rendered.data
    if style == "camt053" and chance.between(0, 1):
        issued = statement.stated_on + timedelta(days=chance.between(1, 9))
        data = data.replace(
            f"<CreDtTm>{statement.stated_on}".encode(), f"<CreDtTm>{issued}".encode()
        )
    return rendered.name, data


def _again(chance: Chance, place: str, plain: Sequence[File]) -> Iterator[File]:
    """The same bytes once more: under another folder, in a zip, in a gzip."""
    for number in range(chance.between(0, 2)):
        one = chance.pick(plain)
        yield File(f"{place}/again-{number}/{one.path.rpartition('/')[2]}", one.data)
    if chance.between(0, 2) == 0:
        one = chance.pick(plain)
        name = one.path.rpartition("/")[2]
        yield File(f"{place}/{name}.gz", gzip.compress(one.data, mtime=0))
    if chance.between(0, 2) == 0:
        chosen = some(chance, list(plain), chance.between(1, len(plain)))
        yield File(f"{place}/{chance.digits(4)}.zip", _zipped(chosen))


def _zipped(files: Sequence[File]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, file in enumerate(files):
            name = f"{number}/{file.path.rpartition('/')[2]}"
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), file.data)
    return target.getvalue()


def _damaged(chance: Chance, file: File) -> File:
    """The file cut short, with a byte flipped, or with a NUL in it."""
    head, _, name = file.path.rpartition("/")
    at = chance.between(1, len(file.data) - 1)
    data = bytearray(file.data)
    match chance.between(0, 2):
        case 0:
            del data[at:]
        case 1:
            data[at] ^= 1 << chance.between(0, 7)
        case _:
            data[at] = 0
    return File(f"{head}/damaged/{name}", bytes(data))


def _nonsense(chance: Chance, account: Account) -> Iterator[File]:
    """Files that are no statements."""
    place = f"{account.owner}/{account.folder}"
    kinds = (
        File(f"{place}/empty.csv", b""),
        File(f"{place}/photo.ofx", b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
        File(f"{place}/notes.txt", b"call the bank\n"),
        File(f"{place}/half.zip", _zipped([File("a.csv", b"Data,Valor\n")])[:-7]),
    )
    yield from some(chance, list(kinds), chance.between(0, 2))


def some(chance: Chance, choices: list[Thing], count: int) -> list[Thing]:
    """So many of the choices, in random order."""
    rest = list(choices)
    return [rest.pop(chance.between(0, len(rest) - 1)) for _ in range(min(count, len(rest)))]


def _apart(files: Sequence[File]) -> Iterator[File]:
    """No two files have one path: the second of a name goes one folder deeper."""
    seen: set[str] = set()
    for file in files:
        path = file.path
        while path in seen:
            head, _, name = path.rpartition("/")
            path = f"{head}/{len(seen)}/{name}"
        seen.add(path)
        yield replace(file, path=path)
