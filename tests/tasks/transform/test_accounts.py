"""Whose a statement is, however its file names the account."""

from datetime import UTC, datetime

import polars as pl
import pytest

from schemas.accounts import KnownAccount
from schemas.files import FILE
from schemas.statement import PROVED
from tasks.transform.accounts import is_iban, owned, plain_ref, shown

IBAN = "NL91ABNA0417164300"
AT = datetime(2026, 1, 10, 6, tzinfo=UTC)


def account_of(
    ref: str | None = None,
    *,
    institution: str | None = "itau",
    folder: str | None = None,
    owner: str = "ana",
    kind: str = "bank",
    currency: str | None = "EUR",
    said: tuple[KnownAccount, ...] = (),
) -> dict[str, object]:
    statement = {
        "file_no": 0,
        "statement_no": 1,
        "institution": institution,
        "account_ref": ref,
        "account_kind": kind,
        "currency": currency,
    }
    file = {"file_no": 0, "owner": owner, "account_name": folder, "layout": "x", "claimed_at": AT}
    rows = owned(pl.DataFrame([statement], PROVED), pl.DataFrame([file], FILE), said)
    return rows.accounts.row(0, named=True)


def id_of(*args: object, **kwargs: object) -> object:
    return account_of(*args, **kwargs)["account_id"]


def test_an_iban_is_one_account_whatever_institution_stands_beside_it() -> None:
    found = {id_of(IBAN, institution=name) for name in (None, "abnanl2a", "ABN AMRO")}
    assert len(found | {id_of(f"{IBAN}EUR")}) == 1


def test_a_number_that_only_looks_like_an_iban_is_of_its_institution() -> None:
    assert not is_iban("NL92ABNA0417164300")
    assert id_of("NL92ABNA0417164300", institution="a") != id_of(
        "NL92ABNA0417164300", institution="b"
    )


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        ("0341/01234/0056789-0", "341/1234/567890"),
        ("nl91 abna 0417 1643 00", IBAN),
        (f"{IBAN}EUR", IBAN),
        (f"{IBAN}EURO", f"{IBAN}EURO"),
        ("000", "0"),
        ("12.345-6", "123456"),
    ],
)
def test_references_are_compared_in_one_form(printed: str, plain: str) -> None:
    assert plain_ref(printed) == plain


def test_in_an_accounts_folder_its_number_names_it_with_or_without_the_branch() -> None:
    assert id_of("1/5678", folder="conta") == id_of("5678", folder="conta")
    assert id_of("1/5678") != id_of("5678")
    assert id_of("1/5678", folder="conta", institution=None) != id_of("5678", folder="conta")


JOINT = (KnownAccount("ana", "conta", "itau", ("1234/567890", IBAN, "folder extratos")),)


def test_what_the_owner_says_is_one_account_is_one() -> None:
    ids = {
        id_of("1234/567890", said=JOINT),
        id_of(IBAN, institution=None, said=JOINT),
        id_of(None, institution=None, folder="extratos", said=JOINT),
    }
    assert len(ids) == 1
    assert account_of(IBAN, said=JOINT)["account_name"] == "conta"
    assert account_of(IBAN, said=JOINT)["institution"] == "itau"


def test_what_the_owner_says_holds_for_that_owner_kind_and_currency_alone() -> None:
    mine = id_of(IBAN, said=JOINT)
    assert id_of(IBAN, owner="bia", said=JOINT) != mine
    assert id_of(IBAN, kind="card", said=JOINT) != mine
    assert id_of(IBAN, currency="USD", said=JOINT) != mine


def test_a_reference_behind_its_institution_is_of_that_institution_alone() -> None:
    said = (KnownAccount("ana", "conta", "itau", ("itau:567890", "xp:1")),)
    assert id_of("567890", institution="itau", said=said) == id_of("1", institution="xp", said=said)
    assert id_of("567890", institution="inter", said=said) == id_of("567890", institution="inter")


def test_names_of_one_account_do_not_depend_on_the_order_of_its_files() -> None:
    rows = [
        {
            "file_no": number,
            "statement_no": 1,
            "institution": institution,
            "account_ref": IBAN,
            "account_kind": "bank",
            "currency": "EUR",
        }
        for number, institution in enumerate([None, "ing", "abn"])
    ]
    files = [
        {"file_no": number, "owner": "ana", "account_name": name, "layout": "", "claimed_at": AT}
        for number, name in enumerate([None, "b", "a"])
    ]
    seen = set()
    for step in (1, -1):
        statements = pl.DataFrame(rows[::step], PROVED)
        seen |= set(owned(statements, pl.DataFrame(files, FILE)).accounts.rows())
    ((_, _, institution, _, name, *_),) = seen
    assert (institution, name) == ("abn", "a")


@pytest.mark.parametrize(
    ("ref", "folder", "said"),
    [
        ("0341/01234-567890", None, "itau ••••7890 of ana (bank, EUR)"),
        (None, "cartao", "itau, folder cartao of ana (bank, EUR)"),
        (None, "conta 12345678", "itau, folder conta ••••5678 of ana (bank, EUR)"),
        (None, None, "itau, without number and folder of ana (bank, EUR)"),
        (IBAN, "conta", "itau, joined as conta of ana (bank, EUR)"),
    ],
)
def test_a_message_names_an_account_by_its_folder_or_the_tail_of_its_number(
    ref: str | None, folder: str | None, said: str
) -> None:
    found = account_of(ref, folder=folder, said=JOINT)
    assert shown({name: str(value) for name, value in found.items()}) == said
