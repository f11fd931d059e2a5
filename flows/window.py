"""Where the window on the nights is: is a Prefect API configured, and does it answer?

Asked without loading Prefect, which takes seconds.
"""

import os
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import urlopen

from flows.local import prefect_environment
from schemas.errors import SettingsError
from schemas.settings import Settings

_PATIENCE_S = 3.0


def api_url(settings: Settings) -> str | None:
    """The URL of the Prefect API: what PREFECT_API_URL names, or the server of `make up`, or null.

    Profiles of Prefect are not asked: a person's own server is no place for a bank's data.
    """
    return os.environ.get("PREFECT_API_URL") or prefect_environment(settings).get("PREFECT_API_URL")


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
