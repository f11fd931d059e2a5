"""What proves how a bank writes its table, and what does not."""

import re
from decimal import Decimal

import pytest

from tasks.extract import profiles
from tasks.extract.propose.layout import Naming
from tasks.extract.propose.proposal import Proposal, Verdict, propose, reading_of
from tasks.extract.read import read_batch
from tasks.extract.source import Source

HEADER = "Dia;Texto;Valor;Saldo\n"
ROWS = (
    "01/03/2026;Padaria;-12,50;987,50\n"
    "02/03/2026;Salario;1.000,00;1.987,50\n"
    "13/03/2026;Uber;-9,90;1.977,60\n"
    "14/03/2026;Mercado;-100,00;1.877,60\n"
)


def proposed(*files: str, **naming: str) -> Proposal:
    sources = [Source(no, f"{no}.csv", data.encode()) for no, data in enumerate(files)]
    return propose(sources, Naming(**naming))


def problem(*files: str) -> str:
    proposal = proposed(*files)
    assert proposal.verdict != Verdict.PROVEN
    return proposal.problem


def test_a_chain_of_balances_proves_the_reading() -> None:
    layout = reading_of(proposed(HEADER + ROWS))
    assert layout.columns.booked_on == "Dia"
    assert layout.columns.amount == "Valor"
    assert layout.columns.balance == "Saldo"
    assert layout.columns.description == ("Texto",)
    assert layout.conventions.date_formats == ("%d/%m/%Y",)
    assert (layout.conventions.decimal_mark, layout.conventions.group_mark) == (",", ".")


@pytest.mark.parametrize("ending", ["", ";"])
def test_a_header_may_end_with_a_delimiter_that_rows_lack(ending: str) -> None:
    rows = ROWS.replace("\n", f"{ending}\n")
    proposal = proposed(HEADER.replace("\n", ";\n") + rows)
    assert proposal.verdict == Verdict.PROVEN
    source = Source(0, "0.csv", (HEADER.replace("\n", ";\n") + rows).encode())
    (read,) = [read_batch([source], use_proposals=True).transactions]
    assert read["amount"].to_list() == [Decimal(x) for x in ("-12.50", "1000", "-9.90", "-100")]


def test_the_toml_is_ready_to_be_committed() -> None:
    proposal = proposed(HEADER + ROWS, name="pt_banco_conta", bank="Banco", country="PT")
    (reading,) = proposal.readings
    parsed = profiles.parse(reading.toml, "pt_banco_conta.toml")
    assert parsed == reading_of(proposal)
    assert (parsed.bank, parsed.country, parsed.account.currency) == ("Banco", "PT", "XXX")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{d}/{m}/2026 14:35", "%d/%m/%Y"),
        ("2026-{m}-{d}T00:00:00", "%Y-%m-%d"),
        ("{d} mar 2026", "%d %m %Y"),
        ("March {d}, 2026, 9:05 PM", "%m %d, %Y"),
    ],
)
def test_days_with_a_time_or_the_name_of_a_month(written: str, expected: str) -> None:
    rows = ROWS
    for day in ("01", "02", "13", "14"):
        rows = rows.replace(f"{day}/03/2026", written.format(d=day, m="03"))
    proposal = proposed(HEADER + rows)
    layout = reading_of(proposal)
    assert layout.conventions.date_formats == (expected,)
    batch = read_batch([Source(0, "a.csv", (HEADER + rows).encode())], use_proposals=True)
    assert [day.day for day in batch.transactions["booked_on"]] == [1, 2, 13, 14]


def test_a_day_in_a_zone_is_not_read() -> None:
    rows = ROWS.replace("/2026", "/2026 23:30Z")
    assert proposed(HEADER + rows).verdict != Verdict.PROVEN


def test_a_value_date_is_taken_with_or_without_a_time() -> None:
    for clock in ("", " 14:35"):
        rows = "".join(
            f"{line[:10]} 14:35;{line[:10]}{clock};{line[11:]}"
            for line in ROWS.splitlines(keepends=True)
        )
        layout = reading_of(proposed("Dia;Data valor;Texto;Valor;Saldo\n" + rows))
        assert layout.columns.valued_on == "Data valor"


def test_a_file_of_the_newest_row_first_is_proven() -> None:
    lines = ROWS.splitlines(keepends=True)
    assert proposed(HEADER + "".join(lines[::-1])).verdict == Verdict.PROVEN


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("01/03/2026;A;-1,00;99,00\n", "no balance follows"),
        ("01/03/2026;A;0,00;99,00\n02/03/2026;B;0,00;99,00\n13/03/2026;C;0,00;99,00\n", "balance"),
        (
            "".join(f"{day}/03/2026;A;-5,00;{100 - 5 * day},00\n" for day in range(10, 17)),
            "all amounts",
        ),
        (
            "".join(
                f"0{month}/0{month}/2026;A;{amount};{balance}\n"
                for month, amount, balance in (
                    (1, "-1,00", "9,00"),
                    (2, "3,50", "12,50"),
                    (3, "-2,25", "10,25"),
                    (4, "-0,25", "10,00"),
                    (5, "7,00", "17,00"),
                )
            ),
            "day and month are the same",
        ),
        (ROWS.replace("/2026", "/26").replace("13/03", "03/03").replace("14/03", "04/03"), "day"),
        (ROWS + "15/03/2026;Pendente;-5,00;\n", "no balance checks the row"),
        (ROWS + ";Resto;-5,00;\n", "neither a movement nor a balance nor a total"),
        (ROWS + "15/03/2026;Ajuste;-5,00;1.000,00\n", "no balance follows"),
        ("28/02/2026;Saldo;1.000,00;1.000,00\n" + ROWS, "opening balance"),
    ],
)
def test_what_is_open_is_named_and_nothing_is_used(rows: str, says: str) -> None:
    assert says in problem(HEADER + rows)


def test_thousands_or_thousandths_are_not_decided() -> None:
    rows = "01/03/2026;A;-1.250;98.750\n13/03/2026;B;2.000;100.750\n14/03/2026;C;-3.500;97.250\n"
    assert "decimal mark" in problem(HEADER + rows + "15/03/2026;D;-1.500;95.750\n")


def test_days_before_the_thirteenth_need_another_file() -> None:
    first = "".join(
        line.replace("13/03", "03/03").replace("14/03", "04/03")
        for line in ROWS.splitlines(keepends=True)
    )
    assert "the day may be" in problem(HEADER + first)
    second = HEADER + ROWS.replace("Padaria", "Livraria")
    assert proposed(HEADER + first, second).verdict == Verdict.PROVEN


def test_totals_repeated_headers_and_opening_rows_are_told_apart() -> None:
    lines = ROWS.splitlines(keepends=True)
    opening = ";SALDO ANTERIOR;;1.000,00\n"
    middle = "".join(lines[:2]) + HEADER + "".join(lines[2:])
    layout = reading_of(proposed(HEADER + opening + middle + "Total;;877,60;\n"))
    assert layout.rows.footers == ("^Total;;",)
    assert [(m.pattern, m.states) for m in layout.rows.markers] == [("SALDO ANTERIOR", "opening")]


def test_a_total_that_is_not_the_total_is_not_a_total() -> None:
    assert "neither" in problem(HEADER + ROWS + "Total;;877,61;\n")


def test_a_balance_of_the_day_proves_amounts_but_is_not_a_running_balance() -> None:
    rows = (
        "01/03/2026;A;-10,00;85,00\n01/03/2026;B;-5,00;85,00\n02/03/2026;C;20,00;105,00\n"
        "13/03/2026;D;-2,50;101,25\n13/03/2026;E;-1,25;101,25\n14/03/2026;F;7,00;108,25\n"
    )
    layout = reading_of(proposed(HEADER + rows))
    assert layout.columns.balance is None


@pytest.mark.parametrize(
    "header", ["Dia;Texto;Valor;Saldo devedor\n", "Dia;Texto;Valor do cartão;Saldo\n"]
)
def test_the_balance_of_a_card_may_be_a_debt(header: str) -> None:
    assert "debt" in problem(header + ROWS)


def test_columns_that_contradict_their_names_are_not_believed() -> None:
    rows = (
        "01/03/2026;A;12,50;;987,50\n02/03/2026;B;;1000,00;1987,50\n"
        "13/03/2026;C;9,90;;1977,60\n14/03/2026;D;100,00;;1877,60\n"
    )
    assert proposed("Dia;Texto;Débito;Crédito;Saldo\n" + rows).verdict == Verdict.PROVEN
    assert "its name denies" in problem("Dia;Texto;Crédito;Débito;Saldo\n" + rows)


def test_bytes_that_fit_several_code_pages_need_a_word_that_decides() -> None:
    rows = ROWS.replace("Padaria", "Café")
    data = (HEADER + rows).encode("cp1252")
    assert "encoding" in propose([Source(0, "a.csv", data)]).problem
    data = (HEADER.replace("Texto", "Descrição") + rows).encode("cp1252")
    assert reading_of(propose([Source(0, "a.csv", data)])).table.encodings == ("cp1252",)


@pytest.mark.parametrize("data", [b"", b"\0\0", b"%PDF-1.7\n%\xff\xfe", b'a;b;c\n"', b"a;b;c\n1"])
def test_what_is_no_table_is_said_so(data: bytes) -> None:
    proposal = propose([Source(0, "a.csv", data)])
    assert (proposal.verdict, proposal.readings) == (Verdict.UNPROVEN, ())


def test_a_table_that_is_cut_anywhere_is_survived() -> None:
    whole = (HEADER + ROWS).encode()
    for size in range(0, len(whole), 7):
        assert propose([Source(0, "a.csv", whole[:size])]).verdict in Verdict


def test_a_batch_uses_proposals_only_where_they_are_proven_and_allowed() -> None:
    files = [HEADER + ROWS, HEADER + ROWS[:66], "hello world"]
    sources = [Source(no, f"{no}.csv", data.encode()) for no, data in enumerate(files)]
    plain = read_batch(sources)
    assert [file.error.code for file in plain.files if file.error] == ["unknown_format"] * 3
    batch = read_batch(sources, use_proposals=True)
    good, open_one, other = batch.files
    assert good.error is None
    assert good.layout.startswith("xx_unnamed_")
    assert [str(amount.normalize()) for amount in batch.transactions["amount"]][:1] == ["-12.5"]
    assert batch.transactions.height == 4
    assert open_one.error is not None
    assert "unproven" in open_one.error.problem
    assert "buffet bank propose" in open_one.error.remedy
    assert other.error is not None
    assert other.error.problem == "no reader recognises its content"


def test_files_of_one_header_are_read_each_by_its_own_proof() -> None:
    other = HEADER + ROWS.translate(str.maketrans(",.", ".,"))
    sources = [
        Source(no, f"{no}.csv", data.encode()) for no, data in enumerate((HEADER + ROWS, other))
    ]
    batch = read_batch(sources, use_proposals=True)
    assert [file.error for file in batch.files] == [None, None]
    halves = batch.transactions.partition_by("file_no")
    assert halves[0]["amount"].to_list() == halves[1]["amount"].to_list()


def test_a_large_file_is_proven_whole() -> None:
    balance, lines = 0, []
    for number in range(20_000):
        amount = (-1) ** number * (number % 977 + 1)
        balance += amount
        day = f"{2020 + number // 4000}-{number % 4000 // 400 + 1:02}-15"
        lines.append(f"{day},Shop {number % 7},{amount / 100:.2f},{(balance + 5000) / 100:.2f}\n")
    data = "Day,Text,Value,Saldo\n" + "".join(lines)
    assert proposed(data).verdict == Verdict.PROVEN
    assert "no balance follows" in problem(data + "2026-01-01,X,5.00,1.00\n")


def test_a_row_without_a_day_that_happens_to_be_the_sum_is_no_total() -> None:
    assert "neither" in problem(HEADER + ROWS + ";Pendente;877,60;\n")


def test_a_person_who_says_that_it_is_a_card_gets_a_draft() -> None:
    proposal = proposed(HEADER + ROWS, kind="card")
    assert (proposal.verdict, len(proposal.readings)) == (Verdict.UNPROVEN, 1)
    assert "debt" in proposal.problem


BARE = HEADER.replace(";Saldo", "")
BARE_ROWS = "".join(f"{line.rpartition(';')[0]}\n" for line in ROWS.splitlines())
ABOVE = "Conta;12.345-6\nSaldo anterior em 28/02/2026;1.000,00\n"
BELOW = "Saldo final: R$ 1.877,60\n"


def test_opening_and_closing_balance_around_a_table_prove_it() -> None:
    layout = reading_of(proposed(ABOVE + BARE + BARE_ROWS + BELOW))
    assert layout.columns.balance is None
    assert layout.rows.footers == ("^Saldo final: R\\$",)
    (opening,) = layout.preamble
    april = "Saldo anterior em 31/03/2026;1.877,60"
    match = re.search(opening, april)
    assert match is not None
    assert match["opening"] == "1.877,60"
    assert not re.search(opening, f"{april} D")


def test_stated_balances_reach_the_statement_where_a_layout_can_say_it() -> None:
    rows = ";Saldo anterior;1.000,00\n" + BARE_ROWS + "31/03/2026;Saldo final;1.877,60\n"
    batch = read_batch([Source(0, "a.csv", (BARE + rows).encode())], use_proposals=True)
    assert batch.transactions.height == 4
    (statement,) = batch.statements.iter_rows(named=True)
    assert (statement["opening_balance"], statement["closing_balance"]) == (1000, Decimal("1877.6"))


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("Saldo anterior;1.000,00\n", ""),
        ("Saldo anterior;1.000,00\n", "Saldo final;1.877,61\n"),
        ("Saldo anterior;1.000,00 D\n", "Saldo final;1.877,60\n"),
        ("Saldo anterior;-R$ 1.000,00\n", "Saldo final;1.877,60\n"),
        ("Saldo anterior;(1.000,00)\n", "Saldo final;1.877,60\n"),
        ("Saldo anterior;1.000,00;7\n", "Saldo final;1.877,60\n"),
        ("Saldo anterior;1.000,00\nSaldo anterior;2,00\n", "Saldo final;1.877,60\n"),
        ("Saldo anterior;1.000,00\n", "Saldo final disponível;1.877,60\n"),
        ("Total anterior;1.000,00\n", "Total;1.877,60\n"),
        ("Fatura\nSaldo anterior;1.000,00\n", "Saldo final;1.877,60\n"),
        ("Saldo anterior;1.000,00\n", "Saldo final;1.877,60\nOutra linha 5,00\n"),
        ("Saldo anterior;1.000,00\n", "Saldo final;1.877,60\n14/03/2026;Depois;0,00\n"),
    ],
)
def test_stated_balances_that_are_not_plain_prove_nothing(above: str, below: str) -> None:
    assert proposed(above + BARE + BARE_ROWS + below).verdict != Verdict.PROVEN


def test_amounts_that_add_up_to_nothing_have_no_sign() -> None:
    rows = "01/03/2026;A;-12,50\n13/03/2026;B;20,00\n14/03/2026;C;-7,50\n"
    text = "Saldo anterior;5,00\n" + BARE + rows + "Saldo final;5,00\n"
    assert proposed(text).verdict == Verdict.AMBIGUOUS


def test_stated_balances_of_other_amounts_than_the_chain_leave_two_readings() -> None:
    lines = [line.rpartition(";") for line in ROWS.splitlines()]
    other = zip(lines, ("5,25", "-1,00", "2,50", "0,25"), strict=True)
    rows = "".join(f"{head};{amount};{balance}\n" for (head, _, balance), amount in other)
    table = HEADER.replace("Valor", "Valor;Outro") + rows
    assert proposed(table).verdict == Verdict.PROVEN
    above = "Saldo anterior;1,00\nSaldo final;8,00\n"
    assert proposed(above + table).verdict == Verdict.AMBIGUOUS


def test_a_draft_keeps_to_the_names_of_its_columns() -> None:
    rows = "01/03/2026;Padaria;12,50;\n13/03/2026;Uber;9,90;\n14/03/2026;Salario;;1.000,00\n"
    proposal = proposed("Dia;Texto;Debito;Credito\n" + rows)
    assert proposal.verdict == Verdict.UNPROVEN
    assert 'credit = "Credito"\ndebit = "Debito"' in proposal.readings[0].toml


def amounts(text: str) -> list[Decimal]:
    batch = read_batch([Source(0, "0.csv", text.encode())], use_proposals=True)
    assert [file.error for file in batch.files] == [None]
    return batch.transactions["amount"].to_list()


INDIAN = [Decimal(one) for one in ("-12345.50", "150000", "-10000000", "-999")]


@pytest.mark.parametrize(
    ("amount", "balance"),
    [
        ("-12,345.50|1,50,000.00|-1,00,00,000.00|-999.00", ""),
        ("12,345.50 Dr|1,50,000.00 Cr|1,00,00,000.00 Dr|999.00 Dr", ""),
        ("12,345.50DR.|1,50,000.00CR.|1,00,00,000.00DR.|999.00DR.", ""),
        ("DR 12,345.50|CR 1,50,000.00|DR 1,00,00,000.00|Dr.999.00", ""),
        ("DR ₹12,345.50|CR ₹1,50,000.00|DR ₹1,00,00,000.00|DR ₹ 999.00", ""),
        ("12,345.50|1,50,000.00 CR|1,00,00,000.00|999.00", ""),
        ("(12,345.50)|1,50,000.00|(1,00,00,000.00)|(999.00)", ""),
        ("12,345.50-|1,50,000.00|1,00,00,000.00-|999.00-", ""),
        ("-₹12,345.50|₹1,50,000.00|-₹ 1,00,00,000.00|INR -999.00", ""),
        ("-12,345.50|1,50,000.00|-1,00,00,000.00|-999.00", " Cr"),
        ("12,345.50 Dr|1,50,000.00 Cr|1,00,00,000.00 Dr|999.00 Dr", " Cr"),
    ],
)
def test_signs_of_many_kinds_and_groups_of_lakhs(amount: str, balance: str) -> None:
    balances = ("2,87,654.50", "4,37,654.50", "95,62,345.50", "95,63,344.50")
    owed = (balance or "", balance or "", " Dr", " Dr")
    days = ("01/03/2026", "02/03/2026", "13/03/2026", "14/03/2026")
    held = balances[:2] + tuple(f"{'' if balance else '-'}{one}" for one in balances[2:])
    sided = [f"{one}{side if balance else ''}" for one, side in zip(held, owed, strict=True)]
    rows = "".join(
        f"{day};Shop {day};{cell};{after}\n"
        for day, cell, after in zip(days, amount.split("|"), sided, strict=True)
    )
    if "INR" in amount:
        assert "several signs" in problem("Day;Text;Amount;Balance\n" + rows)
        rows = rows.replace("INR ", "₹")
    assert amounts("Day;Text;Amount;Balance\n" + rows) == INDIAN


def test_a_balance_of_a_debt_all_along_is_told_by_its_mark() -> None:
    rows = (
        "01/03/2026;A;1.000,00;;2.100,00 D\n02/03/2026;B;;500,00;1.600,00 D\n"
        "13/03/2026;C;40,00;;1.640,00 D\n14/03/2026;D;;2.000,00;360,00 C\n"
    )
    text = "Dia;Texto;Débito;Crédito;Saldo\n" + rows
    assert amounts(text) == [Decimal(one) for one in ("-1000", "500", "-40", "2000")]
    batch = read_batch([Source(0, "0.csv", text.encode())], use_proposals=True)
    assert batch.transactions["balance_after"].to_list()[-2:] == [Decimal(-1640), Decimal(360)]


def test_cells_of_most_rows_may_hold_line_ends() -> None:
    rows = re.sub(r";(\w+);", r';"Compra\n\1\nLoja 1";', ROWS)
    assert amounts("Conta;1\n\n" + HEADER + rows) == [
        Decimal(one) for one in ("-12.50", "1000", "-9.90", "-100")
    ]
    batch = read_batch([Source(0, "0.csv", (HEADER + rows).encode())], use_proposals=True)
    assert "Padaria" in batch.transactions["description"][0]
    assert proposed(HEADER + rows[:-3]).verdict != Verdict.PROVEN


def test_a_column_of_marks_is_taken_before_one_that_describes() -> None:
    rows = (
        "01/03/2026;Loja;12,50;D;987,50\n02/03/2026;Firma;1.000,00;C;1.987,50\n"
        "13/03/2026;Loja;9,90;D;1.977,60\n14/03/2026;Loja;100,00;D;1.877,60\n"
    )
    layout = reading_of(proposed("Dia;Texto;Valor;Lado;Saldo\n" + rows))
    assert (layout.columns.mark, layout.columns.description) == ("Lado", ("Texto",))
