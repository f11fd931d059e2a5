"""Statements as CSV files, printed like the banks do: their headers, marks, order and noise."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from itertools import groupby

from tasks.sample.rendered import Rendered, brazilian, cell, day_pt, quoted, uuid
from tasks.sample.world import BANKS, Movement, Statement, next_month

Render = Callable[[Statement], Rendered]

CHASE_TYPES = {
    "DIRECTDEP": "ACH_CREDIT",
    "DIRECTDEBIT": "ACH_DEBIT",
    "FEE": "FEE_TRANSACTION",
    "ATM": "ATM",
    "POS": "DEBIT_CARD",
}
GERMAN_KINDS = {
    "DIRECTDEP": "Gutschrift",
    "DIRECTDEBIT": "Lastschrift",
    "FEE": "Zinsen/Entgelte",
    "CREDIT": "Gutschrift",
    "POS": "Lastschrift",
}


def nubank_conta(statement: Statement) -> Rendered:
    """Nubank account: point decimals, a stable UUID a movement, no balance."""
    rows = ["Data,Valor,Identificador,Descrição"]
    rows += [
        f"{m.booked_on:%d/%m/%Y},{m.amount:.2f},{uuid(m.ref)},{cell(m.description, ',')}"
        for m in statement.movements
    ]
    period = f"{day_pt(statement.starts_on)}_{day_pt(statement.ends_on)}"
    name = f"NU_{statement.account.digits}_{period}.csv"
    return _file(name, rows, "br_nubank_conta", stated="none")


def nubank_cartao(statement: Statement) -> Rendered:
    """Nubank card bill: ISO dates, a purchase is positive."""
    rows = ["date,title,amount"]
    rows += [
        f"{m.booked_on},{cell(m.description, ',')},{-m.amount:.2f}" for m in statement.movements
    ]
    return _file(_bill_name(statement), rows, "br_nubank_cartao", stated="none")


def nubank_cartao_category(statement: Statement) -> Rendered:
    """Nubank card bill of the older era, with the bank's own category."""
    rows = ["date,category,title,amount"]
    rows += [
        f"{m.booked_on},{'pagamento' if m.description == 'Pagamento recebido' else 'outros'},"
        f"{cell(m.description, ',')},{-m.amount:.2f}"
        for m in statement.movements
    ]
    return _file(_bill_name(statement), rows, "br_nubank_cartao", stated="none")


def itau_conta(statement: Statement) -> Rendered:
    """Itaú account: preamble, opening line, a balance line a day, announced entries at the end."""
    account = statement.account
    rows = [
        f"Atualização:;{statement.stated_on:%d/%m/%Y} 08:00:00;;;",
        f"Nome:;{account.holder.upper()};;;",
        f"Agência:;{account.branch};;;",
        f"Conta:;{account.number};;;",
        f"Periodo:;{statement.starts_on:%d/%m/%Y} até {statement.ends_on:%d/%m/%Y};;;",
        ";;;;",
        "Extrato de conta corrente;;;;",
        ";;;;",
        "data;lançamento;ag./origem;valor (R$);saldos (R$)",
    ]
    head = len(rows)
    rows.append("lançamentos;;;;")
    eve = statement.starts_on - timedelta(days=1)
    rows.append(f"{eve:%d/%m/%Y};SALDO ANTERIOR;;;{brazilian(statement.opening)}")
    for day, pairs in groupby(_running(statement), key=lambda pair: pair[0].booked_on):
        for m, balance in pairs:
            last = brazilian(balance)
            rows.append(_itau_row(m, account.branch))
        rows.append(f"{day:%d/%m/%Y};SALDO DO DIA;;;{last}")
    if statement.announced:
        rows.append("lançamentos futuros;;;;")
        rows += [_itau_row(m, account.branch) for m in statement.announced]
        rows.append(";LIMITE DA CONTA;;;5.000,00")
    name = f"extrato-itau-{account.digits}-{statement.ends_on:%m%Y}.csv"
    return _file(
        name,
        rows,
        "br_itau_conta",
        stated="both",
        encoding="latin-1",
        marker_count=len(rows) - head - len(statement.movements),
    )


def xp_conta(statement: Statement) -> Rendered:
    """XP account: newest first, two-digit years, `R$` in every amount, running balance."""
    rows = [
        f"{m.booked_on:%d/%m/%y};{_clock(position)};"
        f"{cell(m.description, ';')};{_reais(m.amount)};{_reais(balance)}"
        for position, (m, balance) in enumerate(_running(statement))
    ]
    rows.append("Data;Hora;Descricao;Valor;Saldo")
    name = f"extrato_xp_{statement.starts_on}_{statement.ends_on}.csv"
    return _file(name, rows[::-1], "br_xp_conta", stated="running", newline="\r\n")


def xp_cartao(statement: Statement) -> Rendered:
    """XP card bill: `R$` in every amount, a purchase is positive, the instalment has a column."""
    rows = ["Data;Estabelecimento;Portador;Valor;Parcela"]
    holder = statement.account.holder.upper()
    for m in statement.movements:
        found = re.search(r" ((?:\d+ )?de \d+)$", m.description)
        store = m.description[: found.start()] if found else m.description
        part = {"": "-", "de 1": " de 1"}.get(text := found[1] if found else "", text)
        cells = (f"{m.booked_on:%d/%m/%Y}", cell(store, ";"), holder, _reais(-m.amount), part)
        rows.append(";".join(cells))
    name = f"Fatura{next_month(statement.ends_on).replace(day=8)}.csv"
    return _file(name, rows, "br_xp_cartao", stated="none", encoding="utf-8-sig")


def inter_conta(statement: Statement) -> Rendered:
    """Inter account: preamble with account, period and closing balance; running balance."""
    period = f"{statement.starts_on:%d/%m/%Y} a {statement.ends_on:%d/%m/%Y}"
    rows = [
        " Extrato Conta Corrente ",
        f"Conta ;{statement.account.number}",
        f"Período ;{period}",
        f"Saldo ;{brazilian(statement.closing)}",
        "",
        "Data Lançamento;Histórico;Descrição;Valor;Saldo",
    ]
    for m, balance in _running(statement):
        title, _, text = m.description.partition(": ")
        rows.append(
            f"{m.booked_on:%d/%m/%Y};{cell(title, ';')};{cell(text, ';')};"
            f"{brazilian(m.amount)};{brazilian(balance)}"
        )
    name = f"Extrato-{period.replace('/', '-').replace(' ', '-')}.csv"
    return _file(name, rows, "br_inter_conta", stated="both")


def commerzbank_giro(statement: Statement) -> Rendered:
    """Commerzbank giro account: newest first, decimal comma, the account in every row."""
    number, code = statement.account.digits, BANKS["commerzbank"].code
    tail = f"EUR;{number};{code};{german_iban(code, number)}"
    rows = [
        f"{m.booked_on:%d.%m.%Y};{m.booked_on:%d.%m.%Y};{GERMAN_KINDS.get(m.kind, 'Überweisung')};"
        f"{quoted(m.description)};{f'{m.amount:.2f}'.replace('.', ',')};{tail}"
        for m in statement.movements
    ]
    rows.append(
        "Buchungstag;Wertstellung;Umsatzart;Buchungstext;Betrag;Währung;"
        "Auftraggeberkonto;Bankleitzahl Auftraggeberkonto;IBAN Auftraggeberkonto"
    )
    name = f"Umsaetze_KtoNr{number}_EUR_{statement.stated_on:%d-%m-%Y}_0800.CSV"
    return _file(
        name, rows[::-1], "de_commerzbank_giro", stated="none", encoding="cp1252", newline="\r\n"
    )


def chase_checking(statement: Statement) -> Rendered:
    """Chase checking account: newest first, month before day, running balance."""
    rows = []
    for m, balance in _running(statement):
        side = "CREDIT" if m.amount > 0 else "DEBIT"
        day = f"{m.booked_on.month}/{m.booked_on.day}/{m.booked_on.year}"
        kind = CHASE_TYPES.get(m.kind, "MISC_" + side)
        rows.append(f"{side},{day},{quoted(m.description)},{m.amount:.2f},{kind},{balance:.2f},")
    rows.append("Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #")
    name = f"Chase{statement.account.number[-4:]}_Activity_{statement.ends_on:%Y%m%d}.CSV"
    return _file(name, rows[::-1], "us_chase_checking", stated="running")


DELIMITED: dict[str, Render] = {
    "br_nubank_conta": nubank_conta,
    "br_nubank_cartao": nubank_cartao,
    "br_nubank_cartao_category": nubank_cartao_category,
    "br_itau_conta": itau_conta,
    "br_xp_conta": xp_conta,
    "br_xp_cartao": xp_cartao,
    "br_inter_conta": inter_conta,
    "de_commerzbank_giro": commerzbank_giro,
    "us_chase_checking": chase_checking,
}


def german_iban(bank_code: str, number: str) -> str:
    """The IBAN of a German account, with its check digits (ISO 13616: mod 97, DE is 1314)."""
    account = f"{bank_code}{number.zfill(10)}"
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"


def _file(
    name: str,
    rows: list[str],
    layout: str,
    *,
    stated: str,
    encoding: str = "utf-8",
    newline: str = "\n",
    marker_count: int = 0,
) -> Rendered:
    data = (newline.join(rows) + newline).encode(encoding)
    return Rendered(name, data, "csv", layout, stated, marker_count)


def _running(statement: Statement) -> Iterable[tuple[Movement, Decimal]]:
    return zip(statement.movements, statement.balances, strict=True)


def _itau_row(m: Movement, branch: str) -> str:
    return f"{m.booked_on:%d/%m/%Y};{cell(m.description, ';')};{branch};{brazilian(m.amount)};"


def _clock(position: int) -> str:
    """A time of day that grows with the position, from eight in the morning."""
    return f"{8 + position // 3600 % 16:02d}:{position // 60 % 60:02d}:{position % 60:02d}"


def _bill_name(statement: Statement) -> str:
    return f"Nubank_{next_month(statement.ends_on).replace(day=8)}.csv"


def _reais(amount: Decimal) -> str:
    return f"{'-' if amount < 0 else ''}R$ {brazilian(abs(amount))}"
