"""Movements with the columns that a test cares about; the others are plain."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from schemas.enrichment import MOVEMENT
from tasks.enrich.rules import Rules, read_rules

Movements = Callable[..., pl.DataFrame]

_PLAIN = {
    "owner": "ana",
    "account_id": "a1",
    "account_name": "conta",
    "account_kind": "bank",
    "institution": "itau",
    "booked_on": date(2025, 3, 1),
    "amount": Decimal("-10.00"),
    "currency": "BRL",
    "status": "booked",
    "format": "csv",
    "file_sha256": "f1",
}


@pytest.fixture
def movements() -> Movements:
    """MOVEMENT from texts, or from rows that name what differs from the plain."""

    def make(*rows: str | dict[str, object]) -> pl.DataFrame:
        full = [
            {
                **_PLAIN,
                "transaction_id": f"{number:032x}",
                **({"description": row} if isinstance(row, str) else row),
            }
            for number, row in enumerate(rows)
        ]
        return pl.DataFrame(full, schema=MOVEMENT)

    return make


@pytest.fixture
def written() -> Movements:
    """MOVEMENT from (account, day, amount, text[, code]); an account is "kind name"."""

    def make(*rows: tuple[str, ...], owner: str = "ana", currency: str = "BRL") -> pl.DataFrame:
        return pl.DataFrame(
            [
                {
                    "transaction_id": f"t{number:02}",
                    "owner": owner,
                    "account_id": account,
                    "account_name": account,
                    "account_kind": account.split()[0],
                    "institution": account.split()[-1],
                    "booked_on": date.fromisoformat(day),
                    "amount": Decimal(amount),
                    "currency": currency,
                    "description": text,
                    "counterparty": None,
                    "kind_code": code[0] if code else None,
                    "status": "booked",
                    "format": "ofx",
                    "file_sha256": "f1",
                }
                for number, (account, day, amount, text, *code) in enumerate(rows, 1)
            ],
            schema=MOVEMENT,
        )

    return make


@pytest.fixture(scope="session")
def shipped() -> Rules:
    """The shipped rules alone."""
    return read_rules(None)
