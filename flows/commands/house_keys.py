"""The keys of the house: settings with an error that a person understands, and the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from schemas.errors import SettingsError
from schemas.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy as sa


def settings() -> Settings:
    """The settings from the environment and `.env`.

    Raises:
        SettingsError: one of them does not make sense.
    """
    from pydantic import ValidationError

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(
            f"BUFFET_{name}", first["msg"], "correct it in the environment or in .env"
        ) from None


@contextmanager
def ledger(known: Settings) -> "Iterator[sa.Engine]":
    """The ledger, opened for one command and closed however the command ends.

    Raises:
        LedgerUnavailable: no server.
        LedgerOutdated: the schema is of another time.
    """
    from flows.house import open_ledger

    engine = open_ledger(known)
    try:
        yield engine
    finally:
        engine.dispose()
