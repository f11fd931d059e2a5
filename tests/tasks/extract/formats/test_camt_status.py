"""CAMT: what is booked, what is announced, and what nobody knows."""

import pytest
from written_camt import DAY, document, entry, good, one


@pytest.mark.parametrize(
    ("status", "is_pending"),
    [
        ("<Sts>BOOK</Sts>", False),
        ("<Sts><Cd>BOOK</Cd></Sts>", False),
        ("", False),
        ("<Sts>PDNG</Sts>", True),
        ("<Sts><Cd>PDNG</Cd></Sts>", True),
        ("<Sts><Cd>FUTR</Cd></Sts>", True),
        ("<Sts>INFO</Sts>", True),
        ("<Sts><Prtry>PDNG</Prtry></Sts>", True),
        ("<Sts><Prtry>BOOK</Prtry></Sts>", False),
        ("<Sts>pdng</Sts>", True),
    ],
)
def test_only_what_is_booked_is_booked(status: str, is_pending: bool) -> None:
    assert one(document(entry(more=status + DAY)))["is_pending"] is is_pending


@pytest.mark.parametrize(
    "status", ["<Sts>Rejected</Sts>", "<Sts><Prtry>REJECTED</Prtry></Sts>", "<Sts>B00K</Sts>"]
)
def test_what_has_an_unknown_status_is_set_aside(status: str) -> None:
    result = good(document(entry(more=status + DAY), entry(more="<Sts>BOOK</Sts>" + DAY)))
    assert result.records.height == 1
    found = result.findings.select("code", "record_no", "is_set_aside").rows()
    assert found == [("status_unknown", 1, True)]
