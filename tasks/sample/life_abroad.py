"""A month abroad: customers in Brazil, a job in Germany, a flat let in the United States."""

from datetime import date

from tasks.sample.diary import Diary, Habit
from tasks.sample.world import Chance, cents, month_end

INTER, GIRO, CHECKING = "inter-conta", "commerzbank-giro", "chase-checking"

HABITS = (
    Habit(INTER, 5, "PAYMENT", "-189.90", "Pagamento efetuado: Plano de Saúde Vida Plena"),
    Habit(INTER, 22, "POS", "-9.00", "Compra no débito: Pão de Queijo da Serra"),
    Habit(INTER, 22, "POS", "-9.00", "Compra no débito: Pão de Queijo da Serra"),
    Habit(INTER, 28, "FEE", "-12.30", "Tarifa: Emissão de TED"),
    Habit(GIRO, 1, "DIRECTDEBIT", "-890.00", "Miete Wohnung 12 Hausverwaltung Lindenhöfe"),
    Habit(GIRO, 15, "FEE", "-4.90", "Kontoführungsentgelt"),
    Habit(GIRO, 27, "DIRECTDEP", "2984.61", "Gehalt Nordlicht Maschinenbau GmbH"),
    Habit(CHECKING, 1, "DIRECTDEP", "1850.00", "RENT INCOME  MAPLE STREET  PPD ID: 0000000000"),
    Habit(CHECKING, 3, "DIRECTDEBIT", "-412.77", "HARBOR MORTGAGE  ONLINE PMT  WEB ID: 0000000000"),
    Habit(CHECKING, 20, "FEE", "-12.00", "MONTHLY SERVICE FEE"),
)

CUSTOMERS = ("Estúdio Baobá Ltda", "Oficina do Vento ME", "Clínica Ipê Amarelo")
STALLS = ("Feira da Rua Azul", "Mercado Bom Preço", "Drogaria São Lucas", "Uber Trip", "iFood")
LADEN = ("REWE Markt", "Bäckerei Krümel", "Apotheke am Grün", "Bücher & Mehr")
STORES = ("GREEN VALLEY GROCERY", "SMITH & DAUGHTERS BAKERY", "RIVERSIDE GAS", "UBER TRIP")


def live_abroad(seed: int, owner: str, months: list[date]) -> Diary:
    """The diary of a household with accounts in three currencies.

    Args:
        seed: the seed of the world.
        owner: folder of the owner.
        months: first days of consecutive months.
    """
    diary = Diary(seed, owner)
    for month in months:
        chance = Chance(seed, owner, month.isoformat())
        diary.keep(HABITS, month)
        _in_brazil(diary, chance, month)
        _in_germany(diary, chance, month)
        _in_america(diary, chance, month)
    return diary


def _in_brazil(diary: Diary, chance: Chance, month: date) -> None:
    end = month_end(month).day
    for _ in range(chance.between(2, 4)):
        on = month.replace(day=chance.between(1, end))
        text = f"Pix recebido: {chance.pick(CUSTOMERS)}"
        diary.book(INTER, on, "CREDIT", chance.money(400, 1600), text)
    for _ in range(chance.between(8, 12)):
        on = month.replace(day=chance.between(1, end))
        text = f"Compra no débito: {chance.pick(STALLS)}"
        diary.book(INTER, on, "POS", -chance.money(9, 210), text)
    on = month.replace(day=25)
    diary.book(INTER, on, "INT", cents(chance.between(15, 890)), "Rendimento: Porquinho Objetivo")


def _in_germany(diary: Diary, chance: Chance, month: date) -> None:
    end = month_end(month).day
    for _ in range(chance.between(6, 9)):
        on = month.replace(day=chance.between(1, end))
        shop = chance.pick(LADEN)
        text = f"{shop}//Hamburg {on.isoformat()} KFN 1 VJ 2812"
        diary.book(GIRO, on, "POS", -chance.money(4, 95), text)
    on = month.replace(day=18)
    bought = chance.money(30, 60)
    diary.book(GIRO, on, "POS", -bought, "Schuhhaus Möwe//Kiel KFN 1 VJ 2812")
    diary.book(GIRO, on.replace(day=21), "CREDIT", bought, "Erstattung Schuhhaus Möwe//Kiel")


def _in_america(diary: Diary, chance: Chance, month: date) -> None:
    end = month_end(month).day
    for _ in range(chance.between(7, 11)):
        on = month.replace(day=chance.between(1, end))
        text = f"{chance.pick(STORES)}  {on:%m/%d}"
        diary.book(CHECKING, on, "POS", -chance.money(5, 140), text)
    on = month.replace(day=chance.between(2, 26))
    withdrawn = cents(chance.between(2, 8) * 2000)
    diary.book(CHECKING, on, "ATM", -withdrawn, f"ATM WITHDRAWAL  001234  {on:%m/%d}MAPLE ST")
    diary.book(CHECKING, month_end(month), "INT", cents(chance.between(2, 180)), "INTEREST PAYMENT")
