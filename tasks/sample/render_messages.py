"""Statements as the messages that banks send to companies: MT940, CAMT.053, BAI2; and as QIF."""

from datetime import date
from decimal import Decimal
from html import escape

from tasks.sample.rendered import Rendered
from tasks.sample.world import BANKS, Movement, Statement

_SWIFT_KINDS = {"FEE": "NCHG", "DIRECTDEBIT": "NDDT", "ATM": "NMSC"}
_LINE, _LINES = 65, 6
_BAI_CREDIT, _BAI_DEBIT = "142", "455"


def mt940(statement: Statement) -> Rendered:
    """MT940 as German banks write it: one message, the text in numbered subfields."""
    account = statement.account
    lines = [
        f":20:{statement.ends_on:%y%m%d}0001",
        f":25:{BANKS[account.bank].code}/{account.digits}",
        f":28C:{statement.ends_on:%m}/1",
        f":60F:{_balance(statement.opening, statement.starts_on, account.currency)}",
    ]
    for m in statement.movements:
        kind = _SWIFT_KINDS.get(m.kind, "NTRF")
        lines.append(
            f":61:{m.booked_on:%y%m%d%m%d}{_side(m.amount)}{_comma(m.amount)}{kind}NONREF//{m.ref[:16].upper()}"
        )
        lines.append(":86:" + "\n".join(_subfields(m)))
    lines += [f":62F:{_balance(statement.closing, statement.ends_on, account.currency)}", "-"]
    data = "\r\n".join("\r\n".join(line.split("\n")) for line in lines) + "\r\n"
    name = f"{account.digits}_{statement.ends_on:%Y%m%d}.sta"
    return Rendered(name, data.encode(), "mt940", "", "both")


def camt053(statement: Statement) -> Rendered:
    """CAMT.053 of 2019 (001.08): one entry a movement, each with one detail."""
    account, bank = statement.account, BANKS[statement.account.bank]
    made = f"<CreDtTm>{statement.stated_on}T06:00:00Z</CreDtTm>"
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>',
        f"<GrpHdr><MsgId>M{statement.ends_on:%Y%m%d}</MsgId>{made}</GrpHdr>",
        f"<Stmt><Id>S{statement.ends_on:%Y%m%d}</Id>{made}",
        f"<FrToDt><FrDtTm>{statement.starts_on}T00:00:00</FrDtTm>",
        f"<ToDtTm>{statement.ends_on}T23:59:59</ToDtTm></FrToDt>",
        f"<Acct><Id><Othr><Id>{account.digits}</Id></Othr></Id><Ccy>{account.currency}</Ccy>",
        f"<Svcr><FinInstnId><Nm>{escape(bank.title)}</Nm></FinInstnId></Svcr></Acct>",
        _camt_balance("OPBD", statement.opening, account.currency, str(statement.starts_on)),
        _camt_balance("CLBD", statement.closing, account.currency, str(statement.ends_on)),
    ]
    parts += [_camt_entry(m, account.currency) for m in statement.movements]
    parts.append("</Stmt></BkToCstmrStmt></Document>")
    name = f"camt.053_{account.digits}_{statement.ends_on:%Y%m%d}.xml"
    return Rendered(name, "\n".join([*parts, ""]).encode(), "camt053", "", "both")


def bai2(statement: Statement) -> Rendered:
    """BAI2: one group, one account, amounts in cents, control totals and counts at each level."""
    account, day = statement.account, f"{statement.ends_on:%y%m%d}"
    opening, closing = _cents(statement.opening), _cents(statement.closing)
    records = [f"03,{account.digits},{account.currency},010,{opening},,,015,{closing},,/"]
    for m in statement.movements:
        code = _BAI_CREDIT if m.amount > 0 else _BAI_DEBIT
        text = m.description.replace("/", " ").replace(",", " ")
        records.append(
            f"16,{code},{_cents(abs(m.amount))},V,{m.booked_on:%y%m%d},,{m.ref[:16]},,{text}"
        )
    total = _cents(
        sum((abs(m.amount) for m in statement.movements), statement.opening + statement.closing)
    )
    records.append(f"49,{total},{len(records) + 1}/")
    records.insert(0, f"02,RECEIVER,SENDER,1,{day},2359,{account.currency},2/")
    records.append(f"98,{total},1,{len(records) + 1}/")
    records.insert(0, f"01,SENDER,RECEIVER,{day},0600,1,,,2/")
    records.append(f"99,{total},1,{len(records) + 1}/")
    name = f"bai_{account.digits}_{statement.ends_on:%Y%m%d}.bai2"
    return Rendered(name, "\r\n".join([*records, ""]).encode(), "bai2", "", "both")


def qif(statement: Statement) -> Rendered:
    """QIF of one bank account, day before month; days after the twelfth settle the order."""
    lines = ["!Type:Bank"]
    for m in statement.movements:
        lines += [f"D{m.booked_on:%d/%m/%Y}", f"T{m.amount:,.2f}", f"P{m.description}", "^"]
    name = f"{statement.account.digits}_{statement.ends_on:%Y%m}.qif"
    return Rendered(name, "\n".join([*lines, ""]).encode(), "qif", "", "none")


def _balance(amount: Decimal, day: date, currency: str) -> str:
    return f"{_side(amount)}{day:%y%m%d}{currency}{_comma(amount)}"


def _side(amount: Decimal) -> str:
    return "D" if amount < 0 else "C"


def _comma(amount: Decimal) -> str:
    return f"{abs(amount):.2f}".replace(".", ",")


def _cents(amount: Decimal) -> str:
    return f"{amount * 100:.0f}"


def _subfields(m: Movement) -> list[str]:
    """The text of an entry in subfields of 27 characters, cut into lines of 65."""
    text = m.description
    pieces = [text[start : start + 27] for start in range(0, len(text), 27)]
    flat = "166?00" + m.kind + "".join(f"?{20 + n}{piece}" for n, piece in enumerate(pieces))
    return [flat[start : start + _LINE] for start in range(0, len(flat), _LINE)][:_LINES]


def _camt_balance(code: str, amount: Decimal, currency: str, day: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{abs(amount):.2f}</Amt>{_camt_side(amount)}'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _camt_side(amount: Decimal) -> str:
    return f"<CdtDbtInd>{'DBIT' if amount < 0 else 'CRDT'}</CdtDbtInd>"


def _camt_entry(m: Movement, currency: str) -> str:
    party = "Dbtr" if m.amount > 0 else "Cdtr"
    family = "RCDT" if m.amount > 0 else "ICDT"
    text = escape(m.description)
    name = text.partition(": ")[2] or text
    return (
        f'<Ntry><Amt Ccy="{currency}">{abs(m.amount):.2f}</Amt>{_camt_side(m.amount)}'
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{m.booked_on}</Dt></BookgDt>"
        f"<ValDt><Dt>{m.booked_on}</Dt></ValDt><AcctSvcrRef>{m.ref[:16]}</AcctSvcrRef>"
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{m.ref}</EndToEndId></Refs>"
        f'<Amt Ccy="{currency}">{abs(m.amount):.2f}</Amt>{_camt_side(m.amount)}'
        f"<RltdPties><{party}><Pty><Nm>{name}</Nm></Pty></{party}></RltdPties>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


MESSAGES = {"mt940": mt940, "camt053": camt053, "bai2": bai2, "qif": qif}
