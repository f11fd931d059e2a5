"""The register of file formats: one folder a format, one line here."""

from tasks.extract.formats.delimited.reader import CSV
from tasks.extract.formats.ofx.reader import OFX1, OFX2, QFX
from tasks.extract.source import Format

FORMATS: tuple[Format, ...] = (OFX1, OFX2, QFX, CSV)
