"""Tables without header, headers that banks share, and rows that are short."""

import pytest

from schemas.bank import header_cells
from tasks.extract.formats.delimited.reader import CSV
from tasks.extract.profiles import layout
from tasks.extract.source import Reading, Source


def source(text: str) -> Source:
    return Source(0, "x.csv", text.encode(), "x.csv")


def read(one: Source, *, layout: str) -> Reading:
    return CSV.read([one], layout)


ITAU_TXT = "01/03/2025;PIX;-1,00\n02/03/2025;TED;2,00\n"


def test_table_without_header_is_known_if_every_row_fits():
    assert [clue.layout for clue in CSV.sniff(source(ITAU_TXT))] == ["br_itau_conta_txt"]
    assert CSV.sniff(source(ITAU_TXT + "Total;1,00\n")) == []
    assert CSV.sniff(source("\n" + ITAU_TXT.replace("\n", "\r\n")))[0].layout == "br_itau_conta_txt"


def test_names_that_a_layout_gives_itself_are_no_header():
    saved = "data;lançamento;valor\n01/03/2025;Loja;1,00\n"  # of another table of the bank: a card
    assert CSV.sniff(source(saved)) == []


def test_row_unlike_the_others_of_a_table_without_header_is_broken():
    text = ITAU_TXT * 2 + "03/03/2025;no amount;\n"
    reading = read(source(text), layout="br_itau_conta_txt")
    assert reading.records["place"].to_list() == ["line 1", "line 2", "line 3", "line 4"]
    assert reading.findings.select("place", "code").rows() == [("line 5", "unreadable_row")]


def test_only_the_first_64_kb_decide_about_a_table_without_header():
    text = ITAU_TXT * 2000
    assert [clue.layout for clue in CSV.sniff(source(text))] == ["br_itau_conta_txt"]
    assert read(source(text), layout="br_itau_conta_txt").records.height == 4000


MERCADO = "RELEASE_DATE;TRANSACTION_TYPE;REFERENCE_ID;TRANSACTION_NET_AMOUNT;PARTIAL_BALANCE\n"


@pytest.mark.parametrize(
    ("rows", "layouts"),
    [
        ("01-03-2025;Transferência Pix enviada;1;-1,00;0,00", ["br_mercadopago_conta"]),
        (
            "01-03-2025;Rendimentos;1;1,00;1,00\n01-03-2025;Pix;1;-1,00;0,00",
            ["br_mercadopago_conta"],
        ),
        ("01-03-2025;Transferencia enviada;1;-1,00;0,00", ["xx_mercadopago_account"]),
        ("01-03-2025;Pago Boleto de autobús;1;-1,00;0,00", ["xx_mercadopago_account"]),
        ("01-03-2025;Pago con Pix Tienda del Sur;1;-1,00;0,00", ["xx_mercadopago_account"]),
        ("01-03-2025;Pix recebido Ana;1;1,00;1,00", ["br_mercadopago_conta"]),
        ("01-03-2025;Débito por dívida Fatura;1;-1,00;0,00", ["br_mercadopago_conta"]),
        ("01-03-2025;Saldo;1;-1,00;0,00", []),
        ("", []),
    ],
)
def test_header_that_banks_share_is_told_apart_by_the_rows_below_it(rows, layouts):
    assert [clue.layout for clue in CSV.sniff(source(MERCADO + rows))] == layouts


def test_header_that_banks_share_is_told_apart_by_a_line_above_it():
    header = '"Date","Action","Symbol","Description","Quantity","Price","Fees & Comm","Amount",'
    above = '"Transactions  for account Brokerage XXXX-0001 as of 03/31/2025 18:00:00 ET"\n'
    assert CSV.sniff(source(header)) == []
    assert [clue.layout for clue in CSV.sniff(source(above + header))] == ["us_schwab_brokerage"]


@pytest.mark.parametrize(
    "row", ["18/04/2018,18/04/2018,FEE,6.66,", "18/04/2018,18/04/2018,FEE,6.66"]
)
def test_bank_that_leaves_out_empty_cells_has_short_rows(row):
    header = "Transaction date,Value date,Description,Withdrawals (SGD),Deposits (SGD)"
    reading = read(source(f"{header}\n{row}\n,,more\n"), layout="sg_ocbc_account")
    assert reading.records.select("description", "debit_text", "credit_text").rows() == [
        ("FEE more", "6.66", "")
    ]
    assert reading.files[0].raw_count == 2


def test_payment_that_was_not_carried_out_moved_nothing():
    (header,) = layout("cz_equabank_account").table.headers
    blank = dict.fromkeys(header_cells(header, ";"), "")
    paid = blank | {"Datum zaúčtování": "2026/03/02", "Částka CZK": "-1 234,50"}
    refused = paid | {"Důvod neprovedení": "Nedostatek prostředků"}
    rows = "\n".join(";".join(cells.values()) for cells in (paid, refused))
    reading = read(source(f"{header}\n{rows}\n"), layout="cz_equabank_account")
    assert reading.records["amount_text"].to_list() == ["-1 234,50"]
    assert (reading.files[0].raw_count, reading.files[0].marker_count) == (2, 1)


def test_row_without_balance_is_not_booked_yet():
    rows = (
        'DEBIT,07/09/2026,"CO NAME:MODEL ENTRY DESCR:GAS",-12.50,ACH_DEBIT, ,,\n'
        'DEBIT,07/09/2026,"MODEL BAKERY",-7.00,DEBIT_CARD,,,\n'
        'CREDIT,07/08/2026,"MODEL PAYROLL",900.00,ACH_CREDIT,1000.00,,\n'
    )
    header = "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n"
    reading = read(source(header + rows), layout="us_chase_checking")
    assert reading.records["is_pending"].to_list() == [True, True, False]
    assert reading.findings.is_empty()


@pytest.mark.parametrize(
    ("layout", "zone", "day"),
    [("us_paypal_activity", "PST", "01/13/2026"), ("gb_paypal_activity", "GMT", "13/01/2026")],
)
def test_memo_of_paypal_moves_nothing(layout, zone, day):
    header = (
        "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,From Email Address,"
        "To Email Address,Transaction ID,Item Title,Item ID,Reference Txn ID,Receipt ID,Balance,"
        "Note"
    )
    rows = [
        f'"{day}","10:00:00","{zone}","Shop {number}","{kind}","{status}","EUR","{net}","0.00",'
        f'"{net}","","","T{number}","","","","","{balance}",""'
        for number, (kind, status, net, balance) in enumerate(
            [
                ("General Authorization", "Pending", "-40.00", "0.00"),
                ("General Authorization", "Completed", "-9.00", "0.00"),
                ("Shopping Cart Item", "Completed", "9.00", "0.00"),
                ("Bank Deposit to PP Account", "Pending", "9.00", "9.00"),
                ("Express Checkout Payment", "Completed", "-9.00", "0.00"),
                ("Account Hold for Open Authorization", "Completed", "-5.00", "-5.00"),
            ]
        )
    ]
    text = "\n".join([header, *rows, ""])
    assert [clue.layout for clue in CSV.sniff(source(text))] == [layout]
    reading = read(source(text), layout=layout)
    assert reading.records["amount_text"].to_list() == ["9.00", "-9.00", "-5.00"]
    assert (reading.files[0].raw_count, reading.files[0].marker_count) == (6, 3)


def test_rest_of_the_last_bill_is_no_purchase():
    rows = (
        "2026-03-02,Saldo restante da fatura anterior,200.00\n"
        "2026-03-02,Pagamento recebido,-300.00\n"
        "2026-03-05,Padaria Modelo,12.50\n"
    )
    reading = read(source("date,title,amount\n" + rows), layout="br_nubank_cartao")
    assert reading.records["amount_text"].to_list() == ["-300.00", "12.50"]
    assert (reading.files[0].raw_count, reading.files[0].marker_count) == (3, 1)


MERCURY = (
    "Date (UTC),Description,Amount,Status,Source Account,Bank Description,Reference,Note,"
    "Last Four Digits,Name On Card,{}Category,GL Code,Timestamp,Original Currency,{}\n"
    "03-02-2026,Shop,-5.00,Sent,Main,SHOP,,,,,,{}03-02-2026 10:00:00,,,{}\n"
)
ING = (
    '"Datum";"Naam / Omschrijving";"Rekening";"Tegenrekening";"Code";"Af Bij";"Bedrag (EUR)";'
    '"MutatieSoort";"Mededelingen"\n'
    '"20260302";"Winkel";"NL00INGB0000000001";"";"BA";"Af";"5.00";"Pin";"a"\n'
)
FIDELITY = "Run Date,{}Action,Symbol,Description,Type,{}Amount ($),{}Settlement Date\n"
FEES = "Commission ($),Fees ($),Accrued Interest ($),"
ONE_ACCOUNT = (
    FIDELITY.format("", f"Quantity,Price ($),{FEES}", "Cash Balance ($),")
    + "03/02/2026,YOU SOLD MODEL CORP (Cash),MODL,MODEL CORP,Cash,1,5,,,,5.00,5.00,03/03/2026\n"
)
ACCOUNTS = (
    FIDELITY.format("Account,Account Number,", f"Price ($),Quantity,{FEES}", "")
    + "03/02/2026,Individual,X01,YOU SOLD MODEL (Cash),MODL,,Cash,5,-1,,,,$5.00,03/03/2026\n"
)
VENMO = (
    "Account Statement - (@Ana-Model) ,,,,,,,,,,,,,,,,,,,,,\n"
    "Account Activity,,,,,,,,,,,,,,,,,,,,,\n"
    ",ID,Datetime,Type,Status,Note,From,To,Amount (total),Amount (tip),Amount (tax),Amount (fee),"
    "Tax Rate,Tax Exempt,Funding Source,Destination,Beginning Balance,Ending Balance,"
    "Statement Period Venmo Fees,Terminal Location,Year to Date Venmo Fees,Disclaimer\n"
    ",,,,,,,,,,,,,,,,$10.00,,,,,\n"
    ",1,2026-03-02T10:00:00,Payment,Complete,Rent,Ana,Bob,- $5.00,,0,,0,,,,,,,Venmo,,\n"
    ',,,,,,,,,,,,,,,,,$5.00,$0.00,,$0.00,"In case of errors\nwrite to us"\n'
)
MORE = ("Mercury Category,", "Check Number,Tags,Cardholder Email,Tracking ID", ",,", ",,")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (MERCURY.format("", "Check Number,Tags", ",", ""), "us_mercury_accounts"),
        (MERCURY.format(*MORE), "us_mercury_accounts"),
        (ING, "nl_ing_account"),
        (ONE_ACCOUNT, "us_fidelity_history"),
        (ACCOUNTS, "us_fidelity_history"),
        (VENMO, "us_venmo_history"),
    ],
)
def test_variants_of_a_header(text, name):
    assert [clue.layout for clue in CSV.sniff(source(text))] == [name]
    assert read(source(text), layout=name).records["amount_text"].str.contains("5.00").all()
    assert read(source(text), layout=name).findings.is_empty()


def test_another_table_below_is_not_read_under_the_first_header():
    header = "Date,Status,Type,CheckNumber,Description,Withdrawal,Deposit,RunningBalance"
    rows = "03/02/2026,Posted,ACH,,Model Power,$5.00,,$95.00\n"
    later = rows.replace("03/02", "03/03")
    once_more = read(source(f"{header}\n{rows}{header}\n{later}"), layout="us_schwab_checking")
    assert (once_more.records.height, once_more.files[0].marker_count) == (2, 1)
    other = header.replace("Withdrawal,Deposit", "Deposit,Withdrawal")
    refused = read(source(f"{header}\n{rows}{other}\n{rows}"), layout="us_schwab_checking")
    assert "line 3" in str(refused.files[0].error)
    assert "another table begins here" in str(refused.files[0].error)


def test_two_exports_in_one_file_do_not_double_the_days_that_both_have():
    rows = [f"0{day}/03/2026,{day}.00,id{day},a" for day in (1, 2, 2, 3)]
    first, second = "\n".join([NUBANK, *rows[:3]]), "\n".join([NUBANK, *rows[2:]])
    refused = read(source(f"{first}\n{second}\n"), layout="br_nubank_conta").files[0].error
    assert refused is not None
    assert "line 6: this row stands in the table above as well" in str(refused)
    alone = read(source(f"{first}\n{NUBANK}\n{rows[3]}\n"), layout="br_nubank_conta")
    assert alone.records.height == 4  # equal rows below one header are two movements


NUBANK = "Data,Valor,Identificador,Descrição"
BRADESCO = "Data;Histórico;Docto.;Crédito (R$);Débito (R$);Saldo (R$)"
BILL = (
    "Situação da Fatura: ABERTA;;;\nData: 10/06/2026 08:00;;;\n{}\n"
    "Data;Histórico;Valor(US$);Valor(R$)\n02/06;PADARIA MODELO;0,00;30,00\n"
)


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        (f"01/03/2025,1.00,a,x\n{NUBANK}\n02/03/2025,2.00,b,y", "br_nubank_conta", 1),
        (f"\n01/03/2025,1.00,a,x\n{NUBANK}", "br_nubank_conta", 2),
        (f"\r01/03/2025,1.00,a,x\r{NUBANK}\r", "br_nubank_conta", 2),
        (f"Conta;9\n05/03/2025;PIX;1;;9,00;1,00\n{BRADESCO}\n", "br_bradesco_conta", 2),
        (f"05/03/2025;PIX;1;9,00\n{BRADESCO}\n", "br_bradesco_conta", 1),  # cells left out
        (BILL.format("01/06;LOJA MODELO;0,00;20,00"), "br_bradesco_cartao", 3),  # without a year
        ("2025-01-02,a,5.00,95.00\nDate,Description,Amount,Balance\n", "xx_plain_balances", 1),
    ],
)
def test_row_of_the_table_above_its_header_refuses_the_file(text, name, line):
    (file,) = read(source(text), layout=name).files
    assert f"line {line}" in str(file.error)
    assert "a row of the table stands above its header" in str(file.error)


@pytest.mark.parametrize(
    "above",
    [
        "Extrato,,,\nPeríodo,01/03/2025,31/03/2025,",
        "01/03/2025,Conta 1.00,,",  # a day, but no amount in its column
        "Total,1.00,a,x",  # an amount, but no day
        "01/03/2025,1.00,a",  # fewer cells than the table has
    ],
)
def test_other_lines_above_the_header_are_no_rows_of_the_table(above):
    reading = read(source(f"{above}\n{NUBANK}\n02/03/2025,2.00,b,y"), layout="br_nubank_conta")
    assert [file.error for file in reading.files] == [None]
    assert reading.records["amount_text"].to_list() == ["2.00"]


FOLLOWING = ["2026-03-04,Shop,-10.00,990.00", "2026-03-14,Transfer,200.00,1190.00"]


@pytest.mark.parametrize(
    ("first", "is_read"),
    [
        ("2026-03-03,Shop,-5.00,1000.00", True),
        ("2026-03-03,Total Energy,-5.00,1000.00", True),
        ("2026-03-03,Card payment declined,-70.00,1000.00", False),
        ("2026-03-03,Balance brought forward,0.00,1000.00", False),
        ("2026-03-03,Opening balance,1000.00,1000.00", False),
    ],
)
@pytest.mark.parametrize("is_newest_first", [False, True])
def test_the_row_that_follows_from_nothing_may_not_say_that_it_is_none(
    first, is_read, is_newest_first
):
    rows = [first, *FOLLOWING]
    text = "\n".join(
        ["Date,Description,Amount,Balance", *(rows[::-1] if is_newest_first else rows)]
    )
    (file,) = read(source(text), layout="xx_plain_balances").files
    assert (file.error is None) == is_read
