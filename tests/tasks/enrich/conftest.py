"""Movements for the tests of enrichment, written in a line each."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from schemas.enrichment import MOVEMENT

Movements = Callable[..., pl.DataFrame]


@pytest.fixture
def movements() -> Movements:
    """Make MOVEMENT rows of (account, day, amount, text[, code]); an account is "kind name"."""

    def make(*rows: tuple[str, ...], owner: str = "ana", currency: str = "BRL") -> pl.DataFrame:
        return pl.DataFrame(
            [
                {
                    "transaction_id": f"t{number:02}",
                    "owner": owner,
                    "account_id": account,
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
