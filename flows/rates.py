"""rates.csv: exchange rates that somebody looked up, read once when a run begins."""

from pathlib import Path

from schemas.errors import SettingsError
from tasks.enrich.rates import read_rates


def read_own_rates(path: Path) -> str | None:
    """The text of rates.csv, found to make sense; null without the file.

    Raises:
        SettingsError: a line says what no rate can be.
    """
    if not path.exists():
        return None
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(path.name, f"not UTF-8: {error}", "save it as UTF-8") from error
    read_rates(text)
    return text
