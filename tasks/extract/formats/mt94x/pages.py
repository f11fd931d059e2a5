"""The code page of an MT940 or MT942 file, which names none: it is that of the account's country.

Nearly every byte is a letter in each of them. The country is that of the IBAN, or of the currency:
accounts in euros are kept in Warsaw too. Where several code pages are in use there, it is the one
in which most bytes are letters of its language: Polish and Czech banks write that of DOS still.
"""

import codecs
import re
from collections.abc import Sequence

_IBAN = rb":25P?:[/ ]*(?:[A-Z]{6}[A-Z0-9]{2,5}/)?(%b)\d\d[A-Z0-9 ]{10}"
_CURRENCY = rb":(?:6[02][FM]:[CD]\d{6}|34F:)(%b)[A-Z]"
_CENTRE, _CYRILLIC = ("cp1250", "iso8859-2", "cp852"), ("cp1251", "cp866")
_TURKISH, _BALTIC, _GREEK = ("cp1254", "cp857"), ("cp1257", "cp775"), ("cp1253", "cp737")
_RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_LITHUANIAN, _LATVIAN, _ESTONIAN = "ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž"
_HELLENIC = "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώ"
_PAGES = {
    b"PL": (_CENTRE, "ąćęłńóśźż"),
    b"CZ": (_CENTRE, "áčďéěíňóřšťúůýž"),
    b"SK": (_CENTRE, "áäčďéíĺľňóôŕšťúýž"),
    b"HU": (_CENTRE, "áéíóöőúüű"),
    b"RO": (_CENTRE, "ăâîşţ"),
    b"MD": (_CENTRE, "ăâîşţ"),
    **dict.fromkeys((b"BA", b"HR", b"ME", b"RS", b"SI"), (_CENTRE, "čćđšž")),
    **dict.fromkeys((b"BG", b"BY", b"KG", b"KZ", b"MK", b"RU", b"UA"), (_CYRILLIC, _RUSSIAN)),
    b"TR": (_TURKISH, "çğıöşü"),
    b"LT": (_BALTIC, _LITHUANIAN),
    b"LV": (_BALTIC, _LATVIAN),
    b"EE": (_BALTIC, _ESTONIAN),
    **dict.fromkeys((b"CY", b"GR"), (_GREEK, _HELLENIC)),
    b"CN": (("gb2312",), ""),
}
_WESTERN = "äöüßåæøéèêëàâçñíóúáôîûïìùãõ"
_KNOWN = b"|".join(_PAGES)
_ELSEWHERE = [re.compile(place % _KNOWN) for place in (_IBAN, _CURRENCY)]
_CONTROL = re.compile("[\x80-\x9f]")
_ASCII = bytes(range(0x80))
_SPACE = b"\xa0"  # "á" in DOS, a blank in the others, where it may stand in any text

EASTERN = re.compile(b"|".join(place % b"(?:%b)" % _KNOWN for place in (_IBAN, _CURRENCY)))
"""An account or a balance in a country whose code page is not that of the west."""


def code_page(head: bytes) -> str:
    """The code page in which a file was written, "" for that of the west.

    In the west it is that of Windows, unless bytes are no characters there and more of them are
    letters in that of DOS.

    Args:
        head: the first bytes of the file.
    """
    if head.isascii():
        return ""
    for match in filter(None, (place.search(head) for place in _ELSEWHERE)):
        pages, letters = _PAGES[match[1]]
        if fitting := [page for page in pages if _fits(head, page)]:
            return _likeliest(head, fitting, letters)
    is_dos = not _fits(head, "cp1252") and _likeliest(head, ["latin-1", "cp850"]) == "cp850"
    return "cp850" if is_dos else ""


def _fits(head: bytes, page: str) -> bool:
    """Are all bytes characters of this code page?"""
    try:
        return not _CONTROL.search(codecs.getincrementaldecoder(page)().decode(head))
    except UnicodeDecodeError:
        return False


def _likeliest(head: bytes, pages: Sequence[str], letters: str = _WESTERN) -> str:
    """The code page in which most bytes are these letters, small or capital."""

    def count(page: str) -> int:
        signs = (letters + letters.upper()).encode(page, errors="ignore").replace(_SPACE, b"")
        return len(head) - len(head.translate(None, signs.translate(None, _ASCII)))

    return max(pages, key=count)
