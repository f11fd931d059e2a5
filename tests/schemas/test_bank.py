"""A layout that contradicts itself cannot be built."""

import tomllib

import pytest
from pydantic import ValidationError

from schemas.bank import BankLayout, header_key
from schemas.statement import Convention

TEXT = """
name = "br_exemplo_conta"
bank = "Exemplo"
title = "Exemplo, conta"
country = "BR"
valid_from = 2020-01-01
[account]
kind = "bank"
currency = "BRL"
[table]
encodings = ["utf-8"]
delimiter = ";"
headers = ["Data;Texto;Valor;Saldo", "Data;Texto;Valor"]
[columns]
booked_on = "Data"
amount = "Valor"
balance = "Saldo"
description = ["Texto"]
[conventions]
date_formats = ["%d/%m/%Y"]
decimal_mark = ","
group_mark = "."
currency_signs = ["R$"]
"""


def layout(*changes: tuple[str, str]) -> BankLayout:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return BankLayout.model_validate(tomllib.loads(text))


def test_layout_knows_its_headers_and_conventions():
    known = layout()
    assert known.headers == (("Data", "Texto", "Valor", "Saldo"), ("Data", "Texto", "Valor"))
    assert known.header_keys["data", "texto", "valor"] == ("Data", "Texto", "Valor")
    assert known.convention == Convention(
        date_formats=("%d/%m/%Y",),
        decimal_mark=",",
        group_mark=".",
        currency_signs=("R$",),
        source_rank=3,
    )


def test_layout_cannot_be_changed():
    with pytest.raises(ValidationError):
        layout().bank = "Other"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "valid_from = 2020-01-01",
            "valid_from = 2020-01-01\nvalid_to = 2019-01-01",
            "valid_to lies",
        ),
        ('balance = "Saldo"', 'balance = "Sald"', "no header has the column 'Sald'"),
        ('"Data;Texto;Valor"', '"Data;Texto;Saldo"', "lacks the column 'Valor'"),
        ('"Data;Texto;Valor"', '"Data;Texto;Valor;Texto"', "has the column 'Texto' twice"),
        ('"Data;Texto;Valor"', '"DATA;Texto; valor ;Saldo"', "lacks the column 'Data'"),
        ('"Data;Texto;Valor"', '" Data;Texto;Valor;Saldo"', "two headers are the same"),
        ('"Data;Texto;Valor"', '"Data"', "fewer than two columns"),
        ('group_mark = "."', 'group_mark = ","', "must differ"),
        ('group_mark = "."', 'sign = "marked"', "needs the columns amount and mark"),
        ('group_mark = "."', 'sign = "columns"', "needs the columns credit and debit"),
        ('amount = "Valor"', 'amount = "Valor"\nmark = "Texto"', "needs the columns amount,"),
        ('["utf-8"]', '["utf-9"]', "not an encoding"),
        ('delimiter = ";"', 'delimiter = ";;"', "delimiter"),
        ('country = "BR"', "country = \"BR\"\npreamble = ['Conta: (\\d+)']", "needs named groups"),
        ('country = "BR"', "country = \"BR\"\npreamble = ['(?P<conta>x)']", "needs named groups"),
        ('country = "BR"', "country = \"BR\"\nfile_name = '('", "not a regular expression"),
        ("[conventions]", "[rows]\nstop = '('\n[conventions]", "not a regular expression"),
        ("[conventions]", "[rows]\nskip = ['x']\n[conventions]", "Extra inputs"),
    ],
)
def test_layout_that_contradicts_itself_is_refused(old, new, message):
    with pytest.raises(ValidationError, match=message):
        layout((old, new))


def test_header_key_ignores_case_blanks_quotes_and_unicode_form():
    assert header_key(' "DATA" ; Descric\u0327a\u0303o', ";") == ("data", "descrição")
