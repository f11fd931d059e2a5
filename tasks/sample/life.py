"""A month at home: salary, rent, market, card, broker; all in reais."""

from datetime import date
from decimal import Decimal

from tasks.sample.diary import Diary, Habit
from tasks.sample.people import CARD_DEBT
from tasks.sample.world import Chance, cents, month_end

ITAU, NUBANK, CARD, XP = "itau-conta", "nubank-conta", "nubank-cartao", "xp-conta"

HABITS = (
    Habit(ITAU, 5, "DIRECTDEP", "8742.35", "REMUNERAÇÃO/SALÁRIO AURORA TECIDOS"),
    Habit(ITAU, 6, "PAYMENT", "-2450.00", "PIX TRANSF IMOBILIÁRIA VERDE MAR"),
    Habit(ITAU, 15, "FEE", "-39.90", "TAR PACOTE DE SERVIÇOS"),
    Habit(ITAU, 20, "PAYMENT", "-612.48", "PAGTO CONDOMÍNIO EDIFÍCIO JATOBÁ"),
    Habit(NUBANK, 17, "POS", "-7.50", "Compra no débito - CAFÉ GIRASSOL"),
    Habit(NUBANK, 17, "POS", "-7.50", "Compra no débito - CAFÉ GIRASSOL"),
    Habit(NUBANK, 18, "PAYMENT", "-99.90", "Pagamento de boleto efetuado - FIBRA VELOZ TELECOM"),
    Habit(CARD, 3, "POS", "-55.90", "Netflix.com"),
    Habit(CARD, 12, "POS", "-23.90", "Spotify"),
    Habit(CARD, 19, "POS", "-18.50", "Padaria Sol Nascente"),
    Habit(CARD, 19, "POS", "-18.50", "Padaria Sol Nascente"),
)
"""Two equal coffees and two equal breads on one day are two movements each."""

MARKETS = ("RSHOP-MERCADO GIRASSOL", "RSHOP-HORTIFRÚTI DA PRAÇA", "RSHOP-AÇOUGUE SÃO JORGE")
SHOPS = ("PADARIA PÃO DOURADO", "FARMÁCIA BOA SAÚDE", "LIVRARIA PENA & TINTA", "CANTINA DA NONNA")
FRIENDS = ("Marina Coelho Brandt", "Otávio Reis Lacerda", "Lívia Sampaio Nunes")
OWN_TAIL = "•••.000.000-•• - ITAÚ UNIBANCO S.A. (0341) Agência: 1 Conta: 1234567-8"
PIX_TAIL = "•••.000.000-•• - BANCO EXEMPLO S.A. (0999) Agência: 1 Conta: 1234567-8"
FIRST_INSTALMENT = 3


def live_at_home(seed: int, owner: str, holder: str, months: list[date]) -> Diary:
    """The diary of a household in Brazil.

    Args:
        seed: the seed of the world.
        owner: folder of the owner.
        holder: the owner's name.
        months: first days of consecutive months.
    """
    diary = Diary(seed, owner)
    owed = CARD_DEBT
    for position, month in enumerate(months):
        chance = Chance(seed, owner, month.isoformat())
        diary.keep(HABITS, month)
        _move_money(diary, chance, month, holder)
        _shop(diary, chance, month)
        _invest(diary, chance, month)
        _pay_bill(diary, month, owed)
        _use_card(diary, chance, month, FIRST_INSTALMENT + position)
        owed = CARD_DEBT - sum(m.amount for m in diary.page(CARD))
    return diary


def _move_money(diary: Diary, chance: Chance, month: date, holder: str) -> None:
    """Transfers between own accounts: the same amount and day on both sides."""
    short = " ".join(holder.upper().split()[:2])
    on = month.replace(day=7)
    amount = cents(chance.between(8, 14) * 10_000)
    diary.book(ITAU, on, "XFER", -amount, f"PIX TRANSF {short}{on:%d/%m}")
    diary.book(
        NUBANK, on, "XFER", amount, f"Transferência recebida pelo Pix - {holder} - {OWN_TAIL}"
    )
    on = month.replace(day=10)
    amount = cents(chance.between(3, 9) * 10_000)
    diary.book(ITAU, on, "XFER", -amount, f"TED 102.0348.{short} XP")
    diary.book(XP, on, "XFER", amount, f"TED recebida de {holder} - Itaú")


def _shop(diary: Diary, chance: Chance, month: date) -> None:
    """Market, power, small things and friends."""
    end = month_end(month).day
    for _ in range(chance.between(4, 6)):
        on = month.replace(day=chance.between(1, end))
        diary.book(ITAU, on, "POS", -chance.money(60, 420), chance.pick(MARKETS))
    on = month.replace(day=11)
    diary.book(ITAU, on, "DIRECTDEBIT", -chance.money(120, 260), "DÉB AUT ENERGIA LUZ DO VALE")
    diary.book(
        ITAU, month_end(month), "INT", cents(chance.between(3, 290)), "REND PAGO APLIC AUT MAIS"
    )
    for _ in range(chance.between(7, 11)):
        on = month.replace(day=chance.between(1, end))
        shop = chance.pick(SHOPS)
        diary.book(NUBANK, on, "POS", -chance.money(8, 120), f"Compra no débito - {shop}")
    for _ in range(chance.between(2, 3)):
        on, friend = month.replace(day=chance.between(1, end)), chance.pick(FRIENDS)
        text = f"Transferência enviada pelo Pix - {friend} - {PIX_TAIL}"
        diary.book(NUBANK, on, "PAYMENT", -chance.money(15, 180), text)
    on, friend = month.replace(day=chance.between(1, end)), chance.pick(FRIENDS)
    text = f"Transferência recebida pelo Pix - {friend} - {PIX_TAIL}"
    diary.book(NUBANK, on, "CREDIT", chance.money(20, 150), text)


def _invest(diary: Diary, chance: Chance, month: date) -> None:
    """A bond bought, its yield, and the tax on it."""
    on = month.replace(day=13)
    diary.book(XP, on, "DEBIT", -chance.money(150, 300), "Aplicação CDB BANCO GIRASSOL")
    on = month.replace(day=26)
    earned = chance.money(90, 140)
    tax = (earned * Decimal("0.225")).quantize(Decimal("0.01"))
    diary.book(XP, on, "INT", earned, "Rendimento CDB BANCO GIRASSOL")
    diary.book(XP, on, "FEE", -tax, "IRRF sobre rendimento CDB BANCO GIRASSOL")


def _pay_bill(diary: Diary, month: date, owed: Decimal) -> None:
    """Last month's card bill: out of the account and into the card on one day."""
    on = month.replace(day=8)
    diary.book(ITAU, on, "PAYMENT", -owed, "PAGTO FATURA CARTÃO NUBANK")
    diary.book(CARD, on, "CREDIT", owed, "Pagamento recebido")


def _use_card(diary: Diary, chance: Chance, month: date, instalment: int) -> None:
    """Rides, meals, an instalment, a purchase abroad with its tax, a meal given back."""
    end = month_end(month).day
    for text, count, low, high in (("Uber Trip", 5, 9, 48), ("iFood", 4, 28, 110)):
        for _ in range(chance.between(count - 1, count + 1)):
            on = month.replace(day=chance.between(1, end))
            diary.book(CARD, on, "POS", -chance.money(low, high), text)
    if instalment <= 10:
        text = f"Magalu - Parcela {instalment}/10"
        diary.book(CARD, month.replace(day=14), "POS", Decimal("-120.00"), text)
    on = month.replace(day=16)
    abroad = chance.money(90, 130)
    tax = (abroad * Decimal("0.035")).quantize(Decimal("0.01"))
    diary.book(CARD, on, "POS", -abroad, "Northwind Cloud *Hosting")
    diary.book(CARD, on, "FEE", -tax, 'IOF de "Northwind Cloud *Hosting"')
    meal, on = chance.money(28, 60), month.replace(day=21)
    diary.book(CARD, on, "POS", -meal, "iFood")
    diary.book(CARD, on.replace(day=23), "CREDIT", meal, 'Estorno de "iFood"')
