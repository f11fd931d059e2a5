"""rates.csv: exact, and refused with the line that makes no sense."""

from datetime import date
from decimal import Decimal

import pytest

from schemas.errors import SettingsError
from tasks.enrich.rates import read_rates

HEADER = "day,currency,quote_currency,rate,source\n"


def test_a_rate_is_exact_to_the_twelfth_digit() -> None:
    found = read_rates(HEADER + '2026-03-31,USD,BRL,5.123456789012,"Banco, X"\r\n\r\n')
    assert found.rows() == [
        (date(2026, 3, 31), "USD", "BRL", Decimal("5.123456789012"), "Banco, X", 2)
    ]


def test_without_the_file_there_are_none() -> None:
    assert read_rates(None).height == read_rates(HEADER).height == 0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("31/03/2026,USD,BRL,5.1,PTAX", '"31/03/2026" is no day'),
        ("2026-02-30,USD,BRL,5.1,PTAX", '"2026-02-30" is no day'),
        ("2026-03-31,US$,BRL,5.1,PTAX", r'"US\$" is no currency'),
        ("2026-03-31,USD,usd,5.1,PTAX", '"usd" is no currency'),
        ("2026-03-31,USD,USD,1,PTAX", "USD is quoted in itself"),
        ('2026-03-31,USD,BRL,"5,1",PTAX', '"5,1" is no rate'),
        ("2026-03-31,USD,BRL,0.000,PTAX", '"0.000" is no rate'),
        ("2026-03-31,USD,BRL,-5.1,PTAX", '"-5.1" is no rate'),
        ("2026-03-31,USD,BRL,1e3,PTAX", '"1e3" is no rate'),
        ("2026-03-31,USD,BRL,5.1234567890123,PTAX", "is no rate"),
        ("2026-03-31,USD,BRL,5.1, ", "nobody says so"),
        ("2026-03-31,USD,BRL,5.1", "4 cells, not 5"),
        ('2026-03-31,USD,BRL,5.1,"PTAX', "not CSV"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(line: str, problem: str) -> None:
    good = "2026-03-30,USD,BRL,5.0,PTAX\n"
    with pytest.raises(SettingsError, match=problem) as caught:
        read_rates(f"{HEADER}{good}{line}\n")
    assert caught.value.where == "rates.csv: line 3"
    assert caught.value.remedy


def test_one_source_tells_a_day_once() -> None:
    line = "2026-03-31,USD,BRL,{},{}\n"
    lines = [line.format("5.1", "PTAX"), line.format("5.2", "ECB"), line.format("5.1", "PTAX")]
    with pytest.raises(SettingsError, match="twice, first in line 2") as caught:
        read_rates(HEADER + "".join(lines))
    assert caught.value.where == "rates.csv: line 4"


def test_another_header_is_refused() -> None:
    with pytest.raises(SettingsError, match="the header is another one"):
        read_rates("date,currency,quote,rate,source\n")
