"""CAMT in the envelopes of the CBI consortium, as Italian banks send it."""

import re

import pytest
from written_camt import balance, document, entry, good


@pytest.mark.parametrize("message", ["CBIDlyStmtReqLogMsg", "CBIPrdcStmtReqLogMsg"])
def test_an_envelope_of_the_italian_banks_holds_a_statement(message: str) -> None:
    text = document(*(entry(f"{n}.00") for n in range(1, 9)), balances=balance("OPBD", "10.00"))
    inside = re.sub("(</?)", r"\1s:", text[text.index("<GrpHdr") : text.index("</BkToCstmrStmt>")])
    envelope = (
        '<c:CBIBdyBkToCstmrStmtReq xmlns:c="urn:CBI:xsd:CBIBdyBkToCstmrStmtReq.00.01.02" '
        f'xmlns:s="urn:CBI:xsd:{message}.00.01.02"><c:PhyMsgInf/><c:CBIEnvelBkToCstmrStmtReqLogMsg>'
        f"<c:CBIBkToCstmrStmtReqLogMsg><c:{message}>{inside}</c:{message}>"
        "</c:CBIBkToCstmrStmtReqLogMsg></c:CBIEnvelBkToCstmrStmtReqLogMsg>"
        "</c:CBIBdyBkToCstmrStmtReq>"
    )
    found, usual = good(envelope), good(text)
    drop = ("place", "raw_text")
    assert found.records.drop(drop).equals(usual.records.drop(drop))
    assert found.statements.equals(usual.statements)
