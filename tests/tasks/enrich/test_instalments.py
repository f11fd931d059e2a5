"""The number and the count of an instalment, and never a date."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.enrich.instalments import instalment_of


def found(text: str | None) -> tuple[int | None, int | None]:
    number, count = instalment_of("text")
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    row = frame.select(number.alias("no"), count.alias("count"))
    assert set(row.dtypes) == {pl.Int32}
    return row.row(0)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("Magalu (2/2)", (2, 2)),
        ("Magalu - Parcela 3/10", (3, 10)),
        ("LOJA PARC 02/05", (2, 5)),
        ("LOJA PARC02/05 CURITIBA", (2, 5)),
        ("LOJA PARCELA 2 DE 5", (2, 5)),
        ("7 de 10", (7, 10)),
        ("LOJA 07 DE 10", (7, 10)),
        ("LOJA 3/10", (3, 10)),
        ("LOJA 13/24", (13, 24)),
        ("LOJA 01/36", (1, 36)),
        ("LOJA (99/99)", (99, 99)),
    ],
)
def test_instalments_as_banks_print_them(text: str, pair: tuple[int, int]) -> None:
    assert found(text) == pair


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "LOJA", "Única", "-", " de 1", "LOJA 1/1", "LOJA (1/1)", "PARC 10/03"),
        *("PARC 0/3", "LOJA 03/10", "UBER TRIP  07/18", "PIX TRANSF ANA07/03", "10/12"),
        *("LOJA 03/10/2025", "LOJA 3/10/25", "LOJA 25/12", "LOJA 2025/3/10", "PARC 03/100"),
        *("RUA 7 DE SETEMBRO", "05 de 10 de 2025", "TED 102.0348.ANA", "24/7 MARKET"),
    ],
)
def test_what_is_no_instalment(text: str | None) -> None:
    assert found(text) == (None, None)


@given(st.dates(), st.sampled_from(["%d/%m", "%m/%d", "%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d"]))
def test_a_day_is_never_an_instalment(day, pattern: str) -> None:
    if day.year < 1000:
        return  # years of four digits alone
    assert found(f"LOJA SOL {day.strftime(pattern)}") == (None, None)


@given(st.integers(2, 99).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
def test_every_stated_instalment_is_found(pair: tuple[int, int]) -> None:
    number, count = pair
    assert found(f"LOJA PARC {number:02}/{count:02}") == pair
    assert found(f"LOJA - Parcela {number}/{count}") == pair
    assert found(f"{number} de {count}") == pair
