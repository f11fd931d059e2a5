"""All that a run works by is in memory before it begins, whatever becomes of the files meanwhile.

The queries of the ledger are constants of modules; this loads those modules, and reads what stands
beside them: layouts, rules, hints, the marts. So an upgrade in the middle of a night cannot mix two
codes: the night ends with the one that it began with, and the next one begins with the new.
"""

import warnings
from importlib import import_module

from flows.night import plain_doors


def preload(*, audits: bool) -> None:
    """Load the code of every stage, and read every file of ours that the stages read.

    Args:
        audits: the run asks Great Expectations, which take two seconds to load.

    Raises:
        SettingsError: a layout or rule of the house is not valid.
        PublishError: a mart of the house is not valid.
    """
    from tasks.enrich import hints, rules
    from tasks.extract import readers, typed
    from warehouse.marts import catalog

    plain_doors()
    import_module("flows.rereading")
    readers.reader_of(None, None)  # the layouts of all formats
    typed.institutions()
    rules.read_rules(None)
    hints.brokers()
    catalog.load_catalog()
    if audits:
        with warnings.catch_warnings():
            # Great Expectations 1.24 imports modules that Python 3.11 deprecates
            warnings.simplefilter("ignore")
            import_module("warehouse.quality.expectations")
