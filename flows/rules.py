"""rules.toml: the owner's own rules of meaning, read once when a run begins."""

from pathlib import Path

from schemas.errors import SettingsError
from tasks.enrich.rules import read_rules


def read_own_rules(path: Path) -> str | None:
    """The text of rules.toml, found to make sense; null without the file.

    Raises:
        SettingsError: it is not TOML, or says what no rule can say.
    """
    if not path.exists():
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(path.name, f"not UTF-8: {error}", "save it as UTF-8") from error
    read_rules(text)
    return text
