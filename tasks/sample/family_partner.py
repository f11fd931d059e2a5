"""Bruno of the family: two accounts at other banks, a card that dates by purchase, and a broker."""

from datetime import date, timedelta

from tasks.sample.cards import Card
from tasks.sample.family_home import PERSON, short
from tasks.sample.instalments import purchases_of
from tasks.sample.meant import Contract, Leg, Meaning, MeantDiary, given_back, workday
from tasks.sample.world import Chance, cents, month_end

INTER, ITAU, CARD, XP = "inter-conta", "itau-conta", "xp-cartao", "xp-conta"
HOLDER = "Bruno Tavares Lund"

CONTRACTS = (
    Contract("health plan", INTER, "Pagamento efetuado: UNIMED SEGUROS SAUDE", "Personal/Health",
             ((0, "389.90"), (12, "421.10"), (24, "449.75")), 10, kind="PAYMENT", waits=True),
    Contract("phone", INTER, "Débito automático: VIVO MOVEL", "Bills/Phone",
             ((0, "64.99"), (15, "69.99")), 21, kind="DIRECTDEBIT", waits=True),
    Contract("school", ITAU, "PAG BOLETO COLEGIO SANTA RITA", "Education/Courses",
             ((0, "1480.00"), (12, "1620.00"), (24, "1755.00")), 8, kind="PAYMENT", waits=True),
    Contract("school of the other child", ITAU, "PAG BOLETO COLEGIO SANTA RITA",
             "Education/Courses",
             ((0, "980.00"), (12, "1060.00"), (24, "1150.00")), 8, kind="PAYMENT", waits=True),
)  # fmt: skip
ON_CARD = (
    Contract("youtube", CARD, "GOOGLE YOUTUBE", "Bills/Subscriptions", ((0, "24.90"), (17,
             "26.90")), 9),
    Contract("icloud", CARD, "APPLE.COM/BILL", "Bills/Subscriptions", ((3, "14.90"),), 25),
    Contract("apple music", CARD, "APPLE.COM/BILL", "Bills/Subscriptions", ((8, "15.90"),), 9),
    Contract("hbo", CARD, "HBO MAX", "Bills/Subscriptions", ((0, "34.90"), (8, "39.90")), 14,
             until=22),
    Contract("dentist plan", CARD, "AMIL DENTAL", "Personal/Health", ((5, "142.50"),), 16, every=3),
    Contract("antivirus", CARD, "KASPERSKY BR", "", ((2, "89.90"), (26, "94.90")), 23, every=12),
)  # fmt: skip
SHOPS = (
    ("Supermercado Boa Compra", "Food/Groceries", 30, 320),
    ("Drogaria Pacheco", "Personal/Health", 12, 120),
    ("Auto Posto Shell Centro", "Transportation/Gas", 90, 280),
    ("Barbearia do Zé", "Personal/Care", 45, 70),
    ("Pizzaria Bella Napoli", "Food/Restaurants", 45, 160),
)
ON_BILL = (
    ("UBER *TRIP", "Transportation/Rides", 9, 58),
    ("IFD*IFOOD CLUB", "Food/Delivery", 28, 120),
    ("RAPPI*RAPPI BRASIL", "Food/Delivery", 20, 140),
    ("ESTAPAR SHOPPING", "Transportation/Parking and Tolls", 12, 40),
    ("CINEMARK", "Personal/Entertainment", 30, 120),
    ("AMAZON BR", "Shopping/Online", 25, 380),
)
CLIENTS = ("Estudio Caju Ltda", "Clinica Bem Viver Ltda")
FRIENDS = ("Rafael Nogueira Pires", "Sofia Almeida Prado")


def live_beside(seed: int, months: list[date], last_due_on: date) -> tuple[MeantDiary, Card]:
    """The diary of Bruno, and his card; see `live_at_home`."""
    diary = MeantDiary(seed, "bruno")
    card = Card(diary, CARD, 31, 8, last_due_on, "{} {} de {}".format, is_dated_by_cycle=False)
    for position, month in enumerate(months):
        chance = Chance(seed, "family", "bruno", month.isoformat())
        for contract in CONTRACTS:
            diary.charge(contract, position, month)
        for contract in ON_CARD:
            card.charge(contract, position, month)
        _earn(diary, chance, month)
        _shop(diary, chance, month)
        _use_card(card, chance, position, month)
        _move(diary, chance, position, month)
        _invest(diary, chance, month)
    _pay_bills(diary, card, months[-1])
    return diary, card


def _earn(diary: MeantDiary, chance: Chance, month: date) -> None:
    end = month_end(month).day
    paid = Meaning("income")
    for client in CLIENTS:
        on = workday(month.replace(day=chance.between(1, 24)))
        text = f"Pix recebido: {client}"
        diary.live(INTER, on, "CREDIT", chance.money(4200, 7600), text, paid)
    friend = chance.pick(FRIENDS)
    on, text = month.replace(day=chance.between(1, end)), f"Pix recebido: {friend}"
    income = Meaning("income", party="person")
    diary.live(INTER, on, "CREDIT", chance.money(20, 200), text, income)
    interest = Meaning("fee_interest", "Income/Interest", "unknown")
    text = "REND PAGO APLIC AUT MAIS"
    diary.live(ITAU, month_end(month), "INT", cents(chance.between(3, 290)), text, interest)


def _shop(diary: MeantDiary, chance: Chance, month: date) -> None:
    end = month_end(month).day
    for _ in range(chance.between(6, 10)):
        on = month.replace(day=chance.between(1, end))
        shop, category, low, high = chance.pick(SHOPS)
        text, meaning = f"Compra no débito: {shop}", Meaning("expense", category)
        diary.live(INTER, on, "POS", -chance.money(low, high), text, meaning)
    for _ in range(chance.between(1, 2)):
        on, friend = month.replace(day=chance.between(1, end)), chance.pick(FRIENDS)
        text = f"Pix enviado: {friend}"
        diary.live(INTER, on, "PAYMENT", -chance.money(15, 180), text, PERSON)
    water = Meaning("expense", "Housing/Utilities")
    on = workday(month.replace(day=19))
    diary.live(ITAU, on, "DIRECTDEBIT", -chance.money(60, 140), "DA SABESP SAO PAULO", water)


def _use_card(card: Card, chance: Chance, position: int, month: date) -> None:
    end = month_end(month).day
    for _ in range(chance.between(7, 12)):
        text, category, low, high = chance.pick(ON_BILL)
        on = month.replace(day=chance.between(1, end))
        card.spend(on, "POS", -chance.money(low, high), text, Meaning("expense", category))
    for purchase in purchases_of("bruno", chance, position, month, rest_first=True):
        card.buy(purchase)
    if position % 3 == 0:
        price, on = chance.money(80, 300), month.replace(day=chance.between(2, 18))
        meaning = Meaning("expense", "Personal/Clothing")
        card.spend(on, "POS", -price, "RIACHUELO", meaning)
        on += timedelta(days=chance.between(2, 10))
        card.spend(on, "CREDIT", price, "ESTORNO RIACHUELO de 1", given_back(meaning))


def _move(diary: MeantDiary, chance: Chance, position: int, month: date) -> None:
    """To the account that pays the school; on Fridays a TED takes until Monday or Tuesday."""
    on = month.replace(day=3)
    amount = cents(chance.between(28, 34) * 10_000)
    if position % 2:
        out, lands = f"Pix enviado: {HOLDER}", on
        came = short(HOLDER, on)
    else:
        on = workday(on)
        out, lands = f"TED enviada: {HOLDER}", workday(on, chance.between(0, 2))
        came = f"TED 077.0001.{HOLDER.upper()[:11]}"
    diary.move(Leg(INTER, on, out), Leg(ITAU, lands, came), amount, "own_transfer")
    if position % 5 == 2:  # it goes back the same day, or so it seems: another comes in
        text = "Pix recebido: Rafael Nogueira Pires"
        meaning = Meaning("income", party="person")
        diary.live(INTER, on, "CREDIT", amount, text, meaning)


def _invest(diary: MeantDiary, chance: Chance, month: date) -> None:
    left = month.replace(day=chance.between(12, 26))
    amount = cents(chance.between(5, 20) * 10_000)
    out = Leg(INTER, left, f"Pix enviado: {HOLDER}")
    came = Leg(XP, left, f"Pix recebido de {HOLDER} - Banco Inter")
    diary.move(out, came, amount, "investment")
    if month.month % 4 == 0:  # some of it comes back
        on = workday(month.replace(day=27))
        back = Leg(INTER, workday(on, chance.between(0, 1)), f"TED recebida: {HOLDER}")
        out = Leg(XP, on, f"TED enviada para {HOLDER} - Banco Inter")
        diary.move(out, back, chance.money(300, 900), "investment")


def _pay_bills(diary: MeantDiary, card: Card, last_month: date) -> None:
    for due, amount in card.owed():
        on = workday(due)
        lands = workday(on, 1) if due.month % 3 == 0 else on
        if lands > month_end(last_month) or card.due_on(lands) > card.last_due_on:
            continue
        out = Leg(INTER, on, "Pagamento efetuado: Fatura cartão XP", "PAYMENT")
        came = Leg(card.page_of(lands), lands, "Pagamentos Validos Normais de 1", "CREDIT")
        if amount > 0:
            diary.move(out, came, amount, "card_payment")
