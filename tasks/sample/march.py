"""March 2025: sixteen movements whose every number is worked out by hand, the fixture of the marts.

Itaú Conta      1 000.00 -> 3 315.44      salary, rent, transfer, investment, card bill, market
Nubank Conta      200.00 -> 1 141.10      the transfer's other side, a dinner
XP             25 000.00 -> 26 500.00     the investment's other side
Nubank card    bill of 2 April 199.40     26 February to 25 March, and one movement after it
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Literal

from tasks.sample.render import RENDERERS
from tasks.sample.truth import Shown
from tasks.sample.world import Account, Movement, Statement, state

Export = Literal["ofx", "csv"]

OWNER, HOLDER = "ana", "Ana Beatriz Quintela"
ITAU = Account(OWNER, HOLDER, "itau-conta", "itau", "0934", "45678-9", Decimal("1000.00"))
NUBANK = Account(OWNER, HOLDER, "nubank-conta", "nubank", "1", "12345678-9", Decimal("200.00"))
CARD = Account(OWNER, HOLDER, "nubank-cartao", "nubank", "", "4321", Decimal("-934.56"))
XP = Account(OWNER, HOLDER, "xp-conta", "xp", "0001", "7654321-0", Decimal("25000.00"))

MARCH = date(2025, 3, 1), date(2025, 3, 31)
BILLS = {
    "Nubank_2025-04-02.csv": (date(2025, 2, 26), date(2025, 3, 25)),
    "Nubank_2025-05-02.csv": (date(2025, 3, 26), date(2025, 4, 25)),
}
PIX_FROM = "•••.000.000-•• - ITAÚ UNIBANCO S.A. (0341) Agência: 934 Conta: 45678-9"

LIFE = {
    ITAU: (
        ("2025-03-05", "8500.00", "DIRECTDEP", "REMUNERAÇÃO/SALÁRIO AURORA TECIDOS"),
        ("2025-03-06", "-2450.00", "PAYMENT", "PIX TRANSF IMOBILIÁRIA VERDE MAR"),
        ("2025-03-07", "-1000.00", "XFER", "PIX TRANSF ANA BEATRIZ07/03"),
        ("2025-03-10", "-1500.00", "XFER", "TED 102.0348.ANA BEATRIZ XP"),
        ("2025-03-12", "-934.56", "PAYMENT", "PAGTO FATURA CARTÃO NUBANK"),
        ("2025-03-15", "-320.40", "POS", "RSHOP-MERCADO GIRASSOL"),
        ("2025-03-20", "20.40", "CREDIT", "ESTORNO RSHOP-MERCADO GIRASSOL"),
    ),
    NUBANK: (
        (
            "2025-03-07",
            "1000.00",
            "XFER",
            f"Transferência recebida pelo Pix - {HOLDER} - {PIX_FROM}",
        ),
        ("2025-03-09", "-58.90", "POS", "Compra no débito - CANTINA DA NONNA"),
    ),
    CARD: (
        ("2025-02-27", "-45.90", "POS", "iFood"),
        ("2025-03-02", "-55.90", "POS", "Netflix.com"),
        ("2025-03-08", "-120.00", "POS", "Magalu - Parcela 3/10"),
        ("2025-03-12", "934.56", "CREDIT", "Pagamento recebido"),
        ("2025-03-14", "-23.50", "POS", "Metrô Bilhete Único"),
        ("2025-03-18", "45.90", "CREDIT", 'Estorno de "iFood"'),
        ("2025-03-28", "-18.00", "POS", "Cantina da Nonna"),
    ),
    XP: (("2025-03-10", "1500.00", "XFER", f"TED recebida de {HOLDER} - Itaú"),),
}


def march_2025(folder: Path, *, a1: Export = "ofx", a2: Export = "csv") -> None:
    """Write the fixture below `folder/ana/`: five files of four accounts.

    Args:
        folder: where the files go.
        a1: how Itaú exports its account; write the other one into another folder.
        a2: how Nubank exports its account.
    """
    _write(folder, ITAU, *MARCH, "ofx1_itau" if a1 == "ofx" else "br_itau_conta")
    _write(folder, NUBANK, *MARCH, "ofx1_nubank" if a2 == "ofx" else "br_nubank_conta")
    _write(folder, XP, *MARCH, "br_xp_conta")
    for name, (starts_on, ends_on) in BILLS.items():
        _write(folder, CARD, starts_on, ends_on, "br_nubank_cartao", name=name)


def march_statement(account: Account, starts_on: date, ends_on: date) -> Statement:
    """The statement of one of the four accounts."""
    life = (
        Movement(
            date.fromisoformat(day),
            Decimal(amount),
            text,
            kind,
            sha256(f"march/{account.folder}/{number}".encode()).hexdigest()[:32],
        )
        for number, (day, amount, kind, text) in enumerate(LIFE[account])
    )
    return state(account, starts_on, ends_on, life)


def _write(
    folder: Path, account: Account, starts_on: date, ends_on: date, style: str, *, name: str = ""
) -> None:
    statement = march_statement(account, starts_on, ends_on)
    rendered = RENDERERS[style](statement)
    if name:
        rendered = replace(rendered, name=name)
    Shown(account, rendered, statement).write(folder)
