"""The register of file formats: one module a format, one line here."""

from tasks.extract.formats.delimited import CSV
from tasks.extract.formats.ofx import OFX1, OFX2, QFX
from tasks.extract.source import Format

FORMATS: tuple[Format, ...] = (OFX1, OFX2, QFX, CSV)
