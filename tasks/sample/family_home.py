"""Ana of the family: a salary, two accounts, a card and a broker, all in reais."""

from datetime import date, timedelta
from decimal import Decimal

from tasks.sample.cards import Card
from tasks.sample.instalments import purchases_of
from tasks.sample.meant import Contract, Leg, Meaning, MeantDiary, given_back, workday
from tasks.sample.world import Chance, cents, month_end

ITAU, NUBANK, CARD, XP = "itau-conta", "nubank-conta", "nubank-cartao", "xp-conta"
HOLDER = "Ana Beatriz Quintela"
PIX_TAIL = "•••.123.456-•• - {} Agência: 1 Conta: 1234567-8"
ITAU_BANK, NU_BANK = "ITAÚ UNIBANCO S.A. (0341)", "NU PAGAMENTOS - IP (0260)"

CONTRACTS = (
    Contract("rent", ITAU, "PIX TRANSF IMOBILIARIA CASA NOVA", "Housing/Rent",
             ((0, "2450.00"), (12, "2560.25"), (24, "2698.50")), 6, kind="PAYMENT", waits=True),
    Contract("condominium", ITAU, "PAG BOLETO CONDOMINIO ED JATOBA", "Housing/Maintenance",
             ((0, "612.48"), (18, "655.00")), 10, kind="PAYMENT", waits=True),
    Contract("internet", NUBANK, "Pagamento de boleto efetuado - CLARO NET", "Bills/Internet",
             ((0, "119.90"), (14, "129.90")), 18, kind="PAYMENT", waits=True),
    Contract("home insurance", ITAU, "DEB AUT PORTO SEGURO CIA", "Bills/Insurance",
             ((2, "187.35"), (14, "199.10"), (26, "204.70")), 22, every=3, kind="DIRECTDEBIT",
             waits=True),
)  # fmt: skip
ON_CARD = (
    Contract("netflix", CARD, "Netflix.com", "Bills/Subscriptions",
             ((0, "44.90"), (9, "55.90"), (28, "59.90")), 3),
    Contract("spotify", CARD, "Spotify", "Bills/Subscriptions",
             ((0, "21.90"), (20, "23.90"), (34, "25.90")), 12),
    Contract("disney", CARD, "Disney Plus", "Bills/Subscriptions", ((4, "43.90"),), 20, until=17),
    Contract("gym", CARD, "Smart Fit", "Personal/Sports", ((6, "119.90"), (19, "129.90")), 7,
             until=31),
    Contract("prime", CARD, "Amazon Prime", "Bills/Subscriptions", ((1, "166.80"),), 15, every=12),
    Contract("adobe", CARD, "Adobe", "Bills/Subscriptions", ((10, "95.00"),), 28),
)  # fmt: skip
MARKETS = ("PAO DE ACUCAR LJ 12", "CARREFOUR EXPRESS", "HORTIFRUTI JARDINS", "ACOUGUE BOI BOM")
SHOPS = (
    ("PADARIA BELLA PAULISTA", "Food/Groceries", 8, 40),
    ("DROGASIL 1875", "Personal/Health", 15, 160),
    ("POSTO IPIRANGA PINHEIROS", "Transportation/Gas", 80, 300),
    ("LIVRARIA DA VILA", "Education/Books", 25, 140),
    ("RESTAURANTE SABOR MINEIRO", "Food/Restaurants", 28, 120),
    ("PETZ VILA MADALENA", "Shopping/Pets", 40, 260),
)
ON_BILL = (
    ("Uber* Trip", "Transportation/Rides", 9, 58),
    ("iFood", "Food/Delivery", 28, 120),
    ("99app *99app", "Transportation/Rides", 8, 40),
    ("Mercadolivre*Mercadolivr", "Shopping/Online", 20, 400),
    ("Sem Parar", "Transportation/Parking and Tolls", 20, 90),
)
FRIENDS = ("Marina Coelho Brandt", "Otávio Reis Lacerda", "Lívia Sampaio Nunes")
PERSON = Meaning("expense", party="person")


def live_at_home(seed: int, months: list[date], last_due_on: date) -> tuple[MeantDiary, Card]:
    """The diary of Ana, and her card.

    Args:
        seed: the seed of the world.
        months: first days of consecutive months.
        last_due_on: the due day after which no bill is told.
    """
    diary = MeantDiary(seed, "ana")
    card = Card(diary, CARD, 25, 2, last_due_on, "{} - Parcela {}/{}".format)
    for position, month in enumerate(months):
        chance = Chance(seed, "family", "ana", month.isoformat())
        for contract in CONTRACTS:
            diary.charge(contract, position, month)
        for contract in ON_CARD:
            card.charge(contract, position, month)
        _earn(diary, chance, month)
        _shop(diary, chance, month)
        _use_card(card, chance, position, month)
        _move(diary, chance, position, month)
        _invest(diary, chance, month)
        _friends(diary, chance, position, month)
    _pay_bills(diary, card, months[-1])
    return diary, card


def short(name: str, on: date) -> str:
    """How Itaú prints the other side of a Pix: ten signs of the name, then day and month."""
    return f"PIX TRANSF  {name.upper()[:10]}{on:%d/%m}"


def _earn(diary: MeantDiary, chance: Chance, month: date) -> None:
    salary = Meaning("income", "Income/Salary")
    on = workday(month.replace(day=5))
    diary.live(ITAU, on, "DIRECTDEP", Decimal("11742.35"), "REMUNERACAO/SALARIO", salary)
    fee = Meaning("fee_interest", "Fees & Interest/Bank Fees", "unknown")
    diary.live(
        ITAU, workday(month.replace(day=15)), "FEE", Decimal("-39.90"), "TAR PACOTE ITAU", fee
    )
    earned = Meaning("fee_interest", "Income/Interest", "unknown")
    text = "REND PAGO APLIC AUT MAIS"
    diary.live(ITAU, month_end(month), "INT", cents(chance.between(3, 290)), text, earned)


def _shop(diary: MeantDiary, chance: Chance, month: date) -> None:
    end = month_end(month).day
    groceries = Meaning("expense", "Food/Groceries")
    for _ in range(chance.between(4, 6)):
        on = month.replace(day=chance.between(1, end))
        text = f"RSHOP-{chance.pick(MARKETS)}-{on:%d/%m}"
        diary.live(ITAU, on, "POS", -chance.money(60, 420), text, groceries)
    power = Meaning("expense", "Housing/Utilities")
    on = workday(month.replace(day=11))
    diary.live(ITAU, on, "DIRECTDEBIT", -chance.money(120, 260), "DA ENEL DIST SP", power)
    for _ in range(chance.between(5, 9)):
        on = month.replace(day=chance.between(1, end))
        shop, category, low, high = chance.pick(SHOPS)
        text, meaning = f"Compra no débito - {shop}", Meaning("expense", category)
        diary.live(NUBANK, on, "POS", -chance.money(low, high), text, meaning)
    coffee = Meaning("expense", "Food/Restaurants")
    for _ in range(2):  # twins
        text = "Compra no débito - CAFE DO CENTRO"
        diary.live(NUBANK, month.replace(day=17), "POS", Decimal("-7.50"), text, coffee)
    cash = Meaning("expense", "Other/Cash", "unknown")
    on = month.replace(day=chance.between(1, end))
    diary.live(ITAU, on, "ATM", -cents(chance.between(1, 6) * 5_000), "SAQUE 24H 001234", cash)


def _use_card(card: Card, chance: Chance, position: int, month: date) -> None:
    end = month_end(month).day
    for _ in range(chance.between(7, 12)):
        text, category, low, high = chance.pick(ON_BILL)
        on = month.replace(day=chance.between(1, end))
        card.spend(on, "POS", -chance.money(low, high), text, Meaning("expense", category))
    for purchase in purchases_of("ana", chance, position, month, rest_first=False):
        card.buy(purchase)
    meal, on = chance.money(28, 60), month.replace(day=chance.between(14, 24))
    meaning = Meaning("expense", "Food/Delivery")
    card.spend(on, "POS", -meal, "iFood", meaning)
    on += timedelta(days=chance.between(1, 9))
    card.spend(on, "CREDIT", meal, 'Estorno de "iFood"', given_back(meaning))


def _move(diary: MeantDiary, chance: Chance, position: int, month: date) -> None:
    """Pix to the second account; now and then two of one amount, or to two accounts at once."""
    on, times = month.replace(day=7), 2 if position % 6 == 2 else 1
    amount = cents(chance.between(8, 14) * 10_000)
    arrives = f"Transferência recebida pelo Pix - {HOLDER} - {PIX_TAIL.format(ITAU_BANK)}"
    for _ in range(times):
        out = Leg(ITAU, on, short(HOLDER, on))
        diary.move(out, Leg(NUBANK, on, arrives), amount, "own_transfer")
    if position % 7 == 4:  # the same amount, and it is somebody else's
        friend = chance.pick(FRIENDS)
        diary.live(ITAU, on, "PAYMENT", -amount, short(friend, on), PERSON)
    left = month.replace(day=chance.between(9, 14))
    lands = workday(left, chance.between(0, 1))
    invested = amount if position % 5 == 3 else cents(chance.between(3, 9) * 10_000)
    left, lands = (on, on) if position % 5 == 3 else (left, lands)
    out = Leg(ITAU, left, f"TED 102.0348.{HOLDER.upper()[:11]} XP")
    diary.move(out, Leg(XP, lands, f"TED recebida de {HOLDER} - Itaú"), invested, "investment")


def _invest(diary: MeantDiary, chance: Chance, month: date) -> None:
    bond = "CDB BANCO MERIDIANO"
    inside = Meaning("transfer_out", "Transfers/Own Accounts", "unknown")
    diary.live(
        XP, month.replace(day=20), "DEBIT", -chance.money(150, 300), f"Aplicação {bond}", inside
    )
    earned = chance.money(90, 140)
    tax = (earned * Decimal("0.225")).quantize(Decimal("0.01"))
    interest = Meaning("fee_interest", "Income/Interest", "unknown")
    diary.live(XP, month.replace(day=26), "INT", earned, f"Rendimento {bond}", interest)
    taxes = Meaning("fee_interest", "Fees & Interest/Taxes", "unknown")
    diary.live(XP, month.replace(day=26), "FEE", -tax, f"IRRF sobre rendimento {bond}", taxes)


def _friends(diary: MeantDiary, chance: Chance, position: int, month: date) -> None:
    """Pix with persons; every fourth month one pays what she pays another one the same day."""
    end = month_end(month).day
    earned = Meaning("income", party="person")
    tail = PIX_TAIL.format("BANCO EXEMPLO S.A. (0999)")
    for _ in range(chance.between(1, 3)):
        on, friend = month.replace(day=chance.between(1, end)), chance.pick(FRIENDS)
        text = f"Transferência enviada pelo Pix - {friend} - {tail}"
        diary.live(NUBANK, on, "PAYMENT", -chance.money(15, 180), text, PERSON)
    on, friend, amount = (
        month.replace(day=chance.between(1, end)),
        FRIENDS[0],
        chance.money(20, 150),
    )
    text = f"Transferência recebida pelo Pix - {friend} - {tail}"
    diary.live(NUBANK, on, "CREDIT", amount, text, earned)
    if position % 4 == 1:
        diary.live(ITAU, on, "PAYMENT", -amount, short(FRIENDS[1], on), PERSON)


def _pay_bills(diary: MeantDiary, card: Card, last_month: date) -> None:
    """From the account of the card's bank on the day, or by a boleto that takes a day or more."""
    for number, (due, amount) in enumerate(card.owed()):
        on = workday(due)
        if on > month_end(last_month) or card.due_on(on) > card.last_due_on:
            continue
        if number % 2:
            out, lands = Leg(NUBANK, on, "Pagamento de fatura", "PAYMENT"), on
        else:
            text = "PAG BOLETO NU PAGAMENTOS SA" if number % 4 else "PAGTO FATURA CARTAO NUBANK"
            out, lands = Leg(ITAU, on, text, "PAYMENT"), workday(on, 1)
        came = Leg(card.page_of(lands), lands, "Pagamento recebido", "CREDIT")
        if amount > 0:
            diary.move(out, came, amount, "card_payment")
