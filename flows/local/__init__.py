"""The clock and the window on one machine: a Prefect server, a worker, and the audit's pages.

`python -m flows.local up` starts them, `down` stops them, `status` says what runs. All of it stays
below `prefect` in the data home and listens on 127.0.0.1 alone; nobody's own Prefect is touched.
"""

from flows.local.environment import prefect_environment
from flows.local.parts import pages_url

__all__ = ["pages_url", "prefect_environment"]
