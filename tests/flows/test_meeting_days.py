"""Exports that meet within a day, newest row first, night by night: published, and to the cent."""

from decimal import Decimal

from flows.house import plan_of, run_night
from flows.night import plain_doors
from schemas.settings import Settings
from warehouse.marts.reader import query

HEADER = (
    '"Datum";"Naam / Omschrijving";"Rekening";"Tegenrekening";"Code";"Af Bij";"Bedrag (EUR)";'
    '"Mutatiesoort";"Mededelingen";"Saldo na mutatie";"Tag"'
)


def row(day: int, text: str, amount: str, balance: str) -> str:
    cells = (f"202603{day:02}", text, "NL12INGB0000999001", "", "BA", "Af", amount, "Kaart", text)
    return ";".join(f'"{cell}"' for cell in (*cells, balance, ""))


MARCH = [
    [row(10, "Cafe Sol", "5,00", "94,00"), row(9, "Bakker", "1,00", "99,00")],
    [row(11, "Bakker", "1,00", "88,00"), row(10, "Cafe Sol", "5,00", "89,00")],
    [
        row(11, "Bakker", "1,00", "88,00"),
        row(10, "Cafe Sol", "5,00", "89,00"),
        row(10, "Cafe Sol", "5,00", "94,00"),
    ],
]
"""Each export opens where the one before closed, but the last, which tells two of their days."""


def test_a_second_coffee_in_an_export_of_its_own_is_published(settings: Settings) -> None:
    for number, rows in enumerate(MARCH):
        path = settings.inbox / "ana" / f"{number}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([HEADER, *rows]) + "\n")
        receipt, _ = run_night(settings, plan_of(settings), plain_doors(), tell=lambda *_: None)
        assert receipt.status == "published", receipt.audit
    told = "SELECT count(*), sum(amount) FROM fct_transactions"
    assert query(settings.marts / "buffet.duckdb", told).rows() == [(4, Decimal(-12))]
