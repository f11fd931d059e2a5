"""Every setting of the product, with its default. Only flows read them.

A setting comes from the environment (`BUFFET_DATA_HOME=…`) or from a file `.env`.
"""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """All settings; `docs/settings.md` is made from this class."""

    model_config = SettingsConfigDict(
        env_prefix="BUFFET_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
    )

    data_home: Annotated[
        Path, Field(description="Folder of inbox, archive, staging, marts and docs.")
    ] = Path("data")
    database_url: Annotated[
        SecretStr | None,
        Field(
            description="SQLAlchemy URL of the ledger (postgresql+psycopg://…), Postgres 14 to 18. "
            "Without it an embedded server runs below the data home."
        ),
    ] = None
    pg_bindir: Annotated[
        Path | None,
        Field(description="Folder with initdb and postgres for the embedded server."),
    ] = None
    default_owner: Annotated[
        str, Field(description="Owner of files that lie in no owner's folder.", min_length=1)
    ] = "me"
    quiet_seconds: Annotated[
        float,
        Field(description="A file in the inbox younger than this is left for the next run.", ge=0),
    ] = 2.0
    batch_files: Annotated[int, Field(description="Most files in one batch.", ge=1)] = 2000
    batch_bytes: Annotated[
        int, Field(description="Most bytes in one batch; a larger file is a batch alone.", ge=1)
    ] = 16 * 1024 * 1024
    keep_generations: Annotated[
        int, Field(description="Generations of the marts that stay for a rollback.", ge=1)
    ] = 7
    marts_memory: Annotated[
        str, Field(description="Memory limit of DuckDB while it builds, for example 2GB.")
    ] = "384MB"
    share_marts: Annotated[
        bool,
        Field(
            description="Make the copy of `buffet share` with each publication, as shared.duckdb "
            "beside the marts; everybody on this machine may read it."
        ),
    ] = False
    timezone: Annotated[
        str, Field(description="Where the owners live: decides which civil day a night sees.")
    ] = "America/Sao_Paulo"
    base_currency: Annotated[
        str,
        Field(
            description="Currency into which mart_net_worth_converted converts.",
            pattern=r"^[A-Z]{3}$",
        ),
    ] = "BRL"
    rate_days: Annotated[
        int,
        Field(description="So many days old may an exchange rate be that still converts.", ge=0),
    ] = 7
    use_proposals: Annotated[
        bool,
        Field(
            description="Read a CSV of an unknown bank as `buffet bank propose` reads it, "
            "if its balances prove that reading; else it waits in quarantine."
        ),
    ] = False

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(
                "there is no such time zone; write it like America/Sao_Paulo"
            ) from error
        return name

    @property
    def home(self) -> Path:
        """The data home as an absolute path."""
        return self.data_home.expanduser().absolute()

    @property
    def inbox(self) -> Path:
        """Where statements are dropped."""
        return self.home / "inbox"

    @property
    def accounts(self) -> Path:
        """What their owners say of accounts."""
        return self.home / "accounts.toml"

    @property
    def household(self) -> Path:
        """What their owners say of cards, subscriptions and plans."""
        return self.home / "household.toml"

    @property
    def rules(self) -> Path:
        """The owner's own rules for vendors and categories."""
        return self.home / "rules.toml"

    @property
    def rates(self) -> Path:
        """Exchange rates that somebody looked up."""
        return self.home / "rates.csv"

    @property
    def archive(self) -> Path:
        """Where the bytes of every claimed file stay, by their sha256."""
        return self.home / "archive"

    @property
    def staging(self) -> Path:
        """Working files of a run; removed when it ends."""
        return self.home / "staging"

    @property
    def marts(self) -> Path:
        """Where the marts are published."""
        return self.home / "marts"

    @property
    def docs(self) -> Path:
        """Where the audit's pages are written."""
        return self.home / "docs"
