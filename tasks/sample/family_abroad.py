"""Clara of the family: a job in Germany, savings there, an account and a card in the States."""

from datetime import date, timedelta

from tasks.sample.cards import Card
from tasks.sample.meant import Contract, Leg, Meaning, MeantDiary, given_back, workday
from tasks.sample.world import Chance, cents, month_end

GIRO, SAVINGS, CHECKING, CARD = (
    "commerzbank-giro",
    "commerzbank-geld",
    "chase-checking",
    "chase-card",
)
HOLDER = "Clara Mirandela Prado"

CONTRACTS = (
    Contract("flat", GIRO, "Miete Wohnung 12 Hausverwaltung Lindenhof GmbH", "Housing/Rent",
             ((0, "890.00"), (16, "925.00")), 1, kind="DIRECTDEBIT", waits=True),
    Contract("telekom", GIRO, "Telekom Deutschland GmbH Mobilfunk", "Bills/Phone",
             ((0, "39.95"), (11, "42.95")), 24, kind="DIRECTDEBIT", waits=True),
    Contract("radio", GIRO, "Rundfunk ARD, ZDF, DRadio", "", ((1, "55.08"),), 15, every=3,
             kind="DIRECTDEBIT", waits=True),
    Contract("car insurance", GIRO, "HUK-COBURG Versicherung", "Bills/Insurance",
             ((0, "412.60"), (12, "429.10"), (24, "436.00")), 4, every=12, kind="DIRECTDEBIT",
             waits=True),
    Contract("mortgage", CHECKING, "HARBOR MORTGAGE  ONLINE PMT  WEB ID: 0000000000",
             "Housing/Mortgage",
             ((0, "712.77"),), 3, kind="DIRECTDEBIT", waits=True),
)  # fmt: skip
ON_CARD = (
    Contract("hulu", CARD, "HULU 877-8244858 CA", "Bills/Subscriptions", ((0, "17.99"), (21,
             "18.99")), 11),
    Contract("paper", CARD, "NYTIMES*NYTIMES DISC", "", ((2, "17.00"),), 6, until=27),
    Contract("costco", CARD, "COSTCO ANNUAL RENEWAL", "", ((1, "60.00"), (25, "65.00")), 19,
             every=12),
)  # fmt: skip
LADEN = (
    ("REWE SAGT DANKE. 4421", "Food/Groceries", 8, 90),
    ("EDEKA Wucherpfennig", "Food/Groceries", 8, 80),
    ("Rossmann 1187", "Personal/Care", 5, 40),
    ("Apotheke am Markt", "Personal/Health", 6, 50),
    ("DB Vertrieb GmbH", "Transportation/Public Transit", 9, 90),
    ("Restaurant Zur Linde", "Food/Restaurants", 14, 70),
)
STORES = (
    ("TRADER JOE S #552", "Food/Groceries", 12, 120),
    ("SHELL OIL 57444", "Transportation/Gas", 25, 70),
    ("STARBUCKS STORE 08812", "Food/Restaurants", 4, 18),
    ("UBER   *TRIP", "Transportation/Rides", 8, 45),
    ("CVS/PHARMACY #04321", "Personal/Health", 6, 60),
    ("AMZN Mktp US*2K4", "Shopping/Online", 9, 140),
)


def live_afar(seed: int, months: list[date], last_due_on: date) -> tuple[MeantDiary, Card]:
    """The diary of Clara, and her card; see `live_at_home`."""
    diary = MeantDiary(seed, "clara")
    card = Card(diary, CARD, 31, 25, last_due_on)
    for position, month in enumerate(months):
        chance = Chance(seed, "family", "clara", month.isoformat())
        for contract in CONTRACTS:
            diary.charge(contract, position, month)
        for contract in ON_CARD:
            card.charge(contract, position, month)
        _in_germany(diary, chance, month)
        _save(diary, chance, position, month)
        _in_america(diary, card, chance, month)
    _pay_bills(diary, card, months[-1])
    return diary, card


def _in_germany(diary: MeantDiary, chance: Chance, month: date) -> None:
    end = month_end(month).day
    salary, on = Meaning("income", "Income/Salary"), workday(month.replace(day=27))
    text = "Lohn/Gehalt Nordlicht Maschinenbau GmbH"
    diary.live(GIRO, on, "DIRECTDEP", cents(348_461), text, salary)
    fee = Meaning("fee_interest", "Fees & Interest/Bank Fees", "unknown")
    text = "Kontoführungsentgelt"
    diary.live(GIRO, month_end(month), "FEE", -cents(490), text, fee)
    for _ in range(chance.between(6, 10)):
        on, (shop, category, low, high) = (
            month.replace(day=chance.between(1, end)),
            chance.pick(LADEN),
        )
        text, meaning = f"{shop}//Hamburg {on} KFN 1 VJ 2812", Meaning("expense", category)
        diary.live(GIRO, on, "POS", -chance.money(low, high), text, meaning)
    price, on = chance.money(30, 90), month.replace(day=chance.between(5, 16))
    meaning = Meaning("expense", "Personal/Clothing")
    diary.live(GIRO, on, "POS", -price, f"Schuhhaus Wilms//Kiel {on} KFN 1 VJ 2812", meaning)
    if month.month % 2:
        on += timedelta(days=chance.between(2, 9))
        text = f"Erstattung Schuhhaus Wilms//Kiel {on} KFN 1 VJ 2812"
        diary.live(GIRO, on, "CREDIT", price, text, given_back(meaning))


def _save(diary: MeantDiary, chance: Chance, position: int, month: date) -> None:
    """A standing order into savings; a part comes back now and then, some days on the way."""
    on = workday(month.replace(day=2))
    out = Leg(GIRO, on, f"Dauerauftrag {HOLDER} Sparen")
    came = Leg(SAVINGS, workday(on, chance.between(0, 1)), f"Gutschrift {HOLDER} Sparen")
    diary.move(out, came, cents(40_000), "own_transfer")
    if position % 4 == 3:
        amount = cents(40_000 if position % 8 == 7 else chance.between(10, 30) * 1000)
        out = Leg(SAVINGS, on, f"Überweisung {HOLDER} Rückzahlung")
        came = Leg(GIRO, workday(on, 1), f"Gutschrift {HOLDER} Rückzahlung")
        diary.move(out, came, amount, "own_transfer")
    if month.month % 3 == 0:
        earned = Meaning("fee_interest", "Income/Interest", "unknown")
        diary.live(SAVINGS, month_end(month), "INT", chance.money(5, 40), "Habenzinsen", earned)


def _in_america(diary: MeantDiary, card: Card, chance: Chance, month: date) -> None:
    end = month_end(month).day
    rent, on = Meaning("income", "Income/Rental Income"), workday(month.replace(day=1))
    text = "RENT INCOME  MAPLE STREET  PPD ID: 0000000000"
    diary.live(CHECKING, on, "DIRECTDEP", cents(245_000), text, rent)
    fee = Meaning("fee_interest", "Fees & Interest/Bank Fees", "unknown")
    diary.live(CHECKING, month.replace(day=20), "FEE", -cents(1200), "MONTHLY SERVICE FEE", fee)
    on = month.replace(day=chance.between(2, 26))
    cash = Meaning("expense", "Other/Cash", "unknown")
    text = f"ATM WITHDRAWAL  001234  {on:%m/%d}MAPLE ST"
    diary.live(CHECKING, on, "ATM", -cents(chance.between(2, 8) * 2000), text, cash)
    for _ in range(chance.between(6, 10)):
        on, (text, category, low, high) = (
            month.replace(day=chance.between(1, end)),
            chance.pick(STORES),
        )
        card.spend(on, "POS", -chance.money(low, high), text, Meaning("expense", category))


def _pay_bills(diary: MeantDiary, card: Card, last_month: date) -> None:
    for due, amount in card.owed():
        on = workday(due)
        lands = workday(on, due.month % 3 and 1)
        if lands > month_end(last_month) or card.due_on(lands) > card.last_due_on:
            continue
        out = Leg(CHECKING, on, f"Payment to Chase card ending in 4321 {on:%m/%d}", "PAYMENT")
        came = Leg(card.page_of(lands), lands, "Payment Thank You-Mobile", "CREDIT")
        diary.move(out, came, amount, "card_payment")
