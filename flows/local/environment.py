"""What Prefect is told: where it keeps its things, that it stays at home, and that it is quiet.

Prefect reads these when it is imported, so they have to be in the environment before that.
"""

import os
import sys
from pathlib import Path

from flows.local.parts import HOST, prefect_home, running, url_of
from schemas.settings import Settings

QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "GX_ANALYTICS_ENABLED": "false",
}
SERVER = {
    # Slots of the concurrency limit: kept in memory, a server that is killed loses one for ever.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
        "prefect.server.concurrency.lease_storage.filesystem"
    ),
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    # A week is planned ahead; more would come due all at once after a long absence.
    "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS": "7",
}
NEIGHBOURS = "127.0.0.1,localhost"


def prefect_environment(settings: Settings) -> dict[str, str]:
    """The environment of a run in this process, to be set before Prefect is imported.

    The run reports to the API that PREFECT_API_URL names; else to the server that `up` started;
    else to a server of its own that ends with it and keeps the same book, so that a later `up`
    shows the run.
    """
    if os.environ.get("PREFECT_API_URL"):
        return QUIET | {"PREFECT_SERVER_EPHEMERAL_ENABLED": "false"}
    server = running(settings).get("server")
    if server is not None:
        return client_environment(settings, url_of(server))
    home = prefect_home(settings)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return (
        _common(settings)
        | SERVER
        | {
            "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
            "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        }
    )


def client_environment(settings: Settings, url: str) -> dict[str, str]:
    """The environment of whoever talks to our server; if it is away, that is an error."""
    return _common(settings) | {
        "PREFECT_API_URL": f"{url}/api",
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
    }


def server_environment(settings: Settings, port: int) -> dict[str, str]:
    """The environment of the server itself: heard on this machine, asked by its own pages only."""
    return (
        client_environment(settings, f"http://{HOST}:{port}")
        | SERVER
        | {
            "PREFECT_SERVER_API_HOST": HOST,
            "PREFECT_SERVER_API_PORT": str(port),
            "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://{HOST}:{port},http://localhost:{port}",
        }
    )


def own_environment() -> dict[str, str]:
    """The caller's environment, this Python first, without the caller's own Prefect.

    No profile, key or address of theirs gets in.
    """
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PREFECT_")}
    here = str(Path(sys.executable).parent)
    return kept | {"PATH": os.pathsep.join([here, kept.get("PATH", os.defpath)])}


def _common(settings: Settings) -> dict[str, str]:
    home = prefect_home(settings)
    return QUIET | {
        "BUFFET_DATA_HOME": str(settings.home),
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_PROFILE": "ephemeral",
        "NO_PROXY": NEIGHBOURS,
        "no_proxy": NEIGHBOURS,
    }
