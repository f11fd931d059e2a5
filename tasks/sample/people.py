"""Who lives in the world: invented people, and the accounts of their households."""

from decimal import Decimal

from tasks.sample.world import Account, Chance

PEOPLE = (
    ("ana", "Ana Beatriz Quintela"),
    ("bruno", "Bruno Tavares Lund"),
    ("carla", "Carla Mirandela Prado"),
    ("diego", "Diego Valverde Holm"),
    ("elisa", "Elisa Montenegro Dias"),
    ("fabio", "Fábio Serrano Winter"),
)
"""Folder and name; when more owners are wanted than there are people, folders get a number."""

Household = tuple[Account, ...]

TWO_OWNERS = 7
"""Accounts of one household at home and one abroad."""

CARD_DEBT = Decimal("934.56")
"""What the card owes before the first month; the first payment settles it."""


def households(seed: int, accounts: int | None) -> tuple[Household, ...]:
    """People with their accounts, every other one with a life abroad.

    Args:
        seed: the seed of the world.
        accounts: so many accounts in all; None means two owners with all of theirs.
    """
    made: list[Household] = []
    missing = TWO_OWNERS if accounts is None else accounts
    while missing > 0:
        owner, holder = _person(len(made))
        household = (_abroad if len(made) % 2 else _at_home)(
            owner, holder, Chance(seed, owner, "accounts")
        )
        made.append(household[:missing])
        missing -= len(made[-1])
    return tuple(made)


def _person(position: int) -> tuple[str, str]:
    generation, which = divmod(position, len(PEOPLE))
    owner, holder = PEOPLE[which]
    return (f"{owner}-{generation + 1}" if generation else owner), holder


def _at_home(owner: str, holder: str, chance: Chance) -> Household:
    """A salary in Brazil: an account for bills, one for small things, a card, a broker."""
    return (
        Account(
            owner,
            holder,
            "itau-conta",
            "itau",
            chance.digits(4),
            _with_check(chance, 5),
            Decimal("3214.07"),
        ),
        Account(
            owner,
            holder,
            "nubank-conta",
            "nubank",
            "1",
            _with_check(chance, 8),
            Decimal("641.20"),
        ),
        Account(
            owner,
            holder,
            "nubank-cartao",
            "nubank",
            "",
            chance.digits(4),
            -CARD_DEBT,
        ),
        Account(
            owner,
            holder,
            "xp-conta",
            "xp",
            "0001",
            _with_check(chance, 7),
            Decimal("25000.00"),
        ),
    )


def _abroad(owner: str, holder: str, chance: Chance) -> Household:
    """A freelance life: customers in Brazil, a job in Germany, a flat let in the United States."""
    return (
        Account(
            owner,
            holder,
            "inter-conta",
            "inter",
            "0001",
            _with_check(chance, 8),
            Decimal("1820.55"),
        ),
        Account(
            owner,
            holder,
            "commerzbank-giro",
            "commerzbank",
            "",
            chance.digits(9),
            Decimal("2750.10"),
        ),
        Account(
            owner,
            holder,
            "chase-checking",
            "chase",
            "",
            chance.digits(9),
            Decimal("4105.33"),
        ),
    )


def _with_check(chance: Chance, count: int) -> str:
    return f"{chance.digits(count)}-{chance.digits(1)}"
