"""CAMT: what is booked, what is announced, what nobody knows, and what is doubtful in the whole."""

import pytest
from written_camt import ACCOUNT, DAY, balance, document, entry, good, one


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


BALANCES = balance("OPBD", "10.00") + balance("CLBD", "15.00")
LAST = "<{0}Pgntn><PgNb>1</PgNb><LastPgInd>{1}</LastPgInd></{0}Pgntn>"


@pytest.mark.parametrize(
    ("balances", "account", "told"),
    [
        (BALANCES, ACCOUNT, []),
        (BALANCES.replace("EUR", "USD", 1), ACCOUNT, [("balance_unreadable", "Bal")]),
        (BALANCES.replace("EUR", "USD"), "", 2 * [("balance_unreadable", "Bal")]),
        (BALANCES, LAST.format("Stmt", "true") + ACCOUNT, []),
        (
            BALANCES,
            LAST.format("Stmt", "false") + ACCOUNT,
            [("statement_unreadable", "StmtPgntn/LastPgInd")],
        ),
        (
            BALANCES,
            LAST.format("Rpt", "0") + ACCOUNT,
            [("statement_unreadable", "RptPgntn/LastPgInd")],
        ),
        (
            balance("OPBD", "20.00") + balance("CLBD", "15.00"),
            ACCOUNT,
            [("reversal_turned", "Ntry")],
        ),
    ],
)
def test_what_makes_a_statement_doubtful_is_remarked_on(
    balances: str, account: str, told: list[tuple[str, str]]
) -> None:
    more = DAY if not told or told[0][0] != "reversal_turned" else f"<RvslInd>true</RvslInd>{DAY}"
    findings = good(document(entry(more=more), balances=balances, account=account)).findings
    paths = [place.partition("/Stmt[1]/")[2] for place in findings["place"]]
    assert list(zip(findings["code"], paths, strict=True)) == told
    assert not findings["is_set_aside"].any()
    assert findings["message"].is_unique().all()


def test_a_message_may_say_that_a_page_of_it_is_missing() -> None:
    text = document(entry(), balances=BALANCES)
    text = text.replace("</CreDtTm>", "</CreDtTm>" + LAST.format("Msg", "false"), 1)
    assert good(text).findings["place"].str.ends_with("GrpHdr/MsgPgntn/LastPgInd").to_list() == [
        True
    ]
