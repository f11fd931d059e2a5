"""The register of file formats: one folder a format, one line here."""

from tasks.extract.formats.bai2.reader import BAI2
from tasks.extract.formats.camt.reader import CAMT052, CAMT053, CAMT054
from tasks.extract.formats.cfonb.reader import CFONB
from tasks.extract.formats.cnab.reader import CNAB240, CNAB400
from tasks.extract.formats.coda.reader import CODA
from tasks.extract.formats.delimited.reader import CSV
from tasks.extract.formats.litas_esis.reader import LITAS_ESIS
from tasks.extract.formats.mt94x.reader import MT940, MT942
from tasks.extract.formats.norma43.reader import NORMA43
from tasks.extract.formats.ofx.reader import OFX1, OFX2, QFX
from tasks.extract.formats.pdf.reader import PDF, PDFTEXT
from tasks.extract.formats.platform_files.reader import (
    PLATFORM_CSV,
    PLATFORM_INVOICE,
    PLATFORM_STATEMENT,
)
from tasks.extract.formats.qif.reader import QIF
from tasks.extract.formats.workbook.reader import XLSX
from tasks.extract.source import Format

FORMATS: tuple[Format, ...] = (
    OFX1,
    OFX2,
    QFX,
    MT940,
    MT942,
    CAMT052,
    CAMT053,
    CAMT054,
    BAI2,
    QIF,
    CODA,
    NORMA43,
    CFONB,
    CNAB240,
    CNAB400,
    LITAS_ESIS,
    CSV,
    XLSX,
    PDF,
    PDFTEXT,
    PLATFORM_STATEMENT,
    PLATFORM_INVOICE,
    PLATFORM_CSV,
)
