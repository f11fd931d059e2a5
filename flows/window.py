"""Where the window on the nights is: is a Prefect API configured, and does it answer?

Asked without loading Prefect, which takes seconds.
"""

import os
import tomllib
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from schemas.errors import SettingsError

_PATIENCE_S = 3.0


def api_url() -> str | None:
    """The URL of the Prefect API: PREFECT_API_URL, or that of the active profile, or null."""
    if url := os.environ.get("PREFECT_API_URL"):
        return url
    folder = Path(os.environ.get("PREFECT_HOME") or Path.home() / ".prefect")
    path = Path(os.environ.get("PREFECT_PROFILES_PATH") or folder / "profiles.toml")
    if not path.is_file():
        return None
    try:
        known = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(
            path.name, "the profiles of Prefect cannot be read", "mend it, or set PREFECT_API_URL"
        ) from error
    name = os.environ.get("PREFECT_PROFILE") or known.get("active")
    url = known.get("profiles", {}).get(name, {}).get("PREFECT_API_URL")
    return str(url) if url else None


def insist(url: str) -> None:
    """Be sure that something answers at the URL.

    Raises:
        SettingsError: nothing does.
    """
    if not url.startswith(("http://", "https://")):
        raise SettingsError("PREFECT_API_URL", "is no http address", "correct it, or unset it")
    try:
        with urlopen(f"{url.rstrip('/')}/health", timeout=_PATIENCE_S):  # noqa: S310 - checked above
            return
    except HTTPError:
        return  # an answer, if not a friendly one: Prefect itself will say what it wants
    except (OSError, ValueError, HTTPException) as error:
        raise SettingsError(
            "PREFECT_API_URL",
            f"a Prefect API is configured, and nothing answers there: {type(error).__name__}",
            "make up starts it; buffet run --no-prefect works without it",
        ) from error
