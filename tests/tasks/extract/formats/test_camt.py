"""CAMT: who claims a file, and what is read of it."""

import codecs
import re

import pytest
from written_camt import (
    ACCOUNT,
    DAY,
    SPACE,
    balance,
    claims,
    detail,
    document,
    entry,
    good,
    one,
    refusal,
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (document(), ["camt053"]),
        ("<Document><BkToCstmrAcctRpt/></Document>", ["camt052"]),
        ("<a:Document><a:BkToCstmrDbtCdtNtfctn>", ["camt054"]),
        ("<Envelope><Document><BkToCstmrStmt>", ["camt053"]),
        ("<Document><BkToCstmrStmtV01>", ["camt053"]),
        (f"<Document{SPACE.format(version='02')}></Document>", ["camt053"]),
        ("<c:CBIBdyBkToCstmrStmtReq><c:CBIPrdcStmtReqLogMsg>", ["camt053"]),
        ("<CBIDlyStmtReqLogMsg>", ["camt053"]),
        ("<CBIBdyBkToCstmrStmtReq>", []),
        ("<Document><CstmrCdtTrfInitn>camt.053</CstmrCdtTrfInitn></Document>", []),
        ("<Document><!-- <BkToCstmrStmt> --></Document>", []),
        ("date,text\n2026-03-03,<BkToCstmrStmt>\n", []),
        ('<?xml version="1.0"?><OFX></OFX>', []),
        ("", []),
    ],
)
def test_exactly_one_name_claims_a_file_by_its_content(text: str, names: list[str]) -> None:
    assert claims(text) == names


@pytest.mark.parametrize("version", ["01", "02", "04", "08", "13"])
def test_every_version_is_read(version: str) -> None:
    assert one(document(entry(), version=version))["amount_text"] == "5.00"


def test_the_first_version_names_its_elements_otherwise() -> None:
    inside = (
        "<TxDtls><Refs><EndToEndId>E-7</EndToEndId></Refs>{}"
        "<RltdPties><Dbtr><Nm>Ida Lund</Nm></Dbtr></RltdPties></TxDtls>"
    )
    several = "".join(inside.format(f'<Amt Ccy="EUR">{part}</Amt>') for part in ("2.00", "3.00"))
    balances = balance("OPBD", "10.00") + balance("CLBD", "20.00")
    text = document(
        entry(more=DAY + inside.format("")),
        entry(more=DAY + several),
        balances=re.sub("</?CdOrPrtry>", "", balances),
        version="01",
        account="<Acct><Id><PrtryAcct><Id>0042</Id></PrtryAcct></Id><Ccy>EUR</Ccy></Acct>",
    )
    result = good(text.replace("BkToCstmrStmt", "BkToCstmrStmtV01"))
    row = result.statements.row(0, named=True)
    assert [row[name] for name in ("account_text", "opening_text", "closing_text")] == [
        "0042",
        "10.00",
        "20.00",
    ]
    assert result.records["counterparty"].to_list() == ["Ida Lund", None]
    assert result.details["amount_text"].to_list() == [None, "2.00", "3.00"]
    assert result.details["bank_ref"].to_list() == ["E-7"] * 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_documents_one_behind_the_other_are_all_read(encoding: str) -> None:
    first, second = document(entry("1")), document(entry("2"), entry("3"))
    told = {"utf-16": "UTF-16"}.get(encoding, "UTF-8")
    data = b"".join(one.replace("UTF-8", told).encode(encoding) for one in (first, second))
    assert good(data).records.select("statement_no", "amount_text", "place").rows() == [
        (1, "1", "/Documents/Document/BkToCstmrStmt/Stmt[1]/Ntry[1]"),
        (2, "2", "/Documents/Document[2]/BkToCstmrStmt/Stmt[1]/Ntry[1]"),
        (2, "3", "/Documents/Document[2]/BkToCstmrStmt/Stmt[1]/Ntry[2]"),
    ]


def test_documents_of_several_encodings_or_cut_short_are_refused() -> None:
    plain = document(entry(after="<AddtlNtryInf>Grüße</AddtlNtryInf>"))
    other = plain.replace("UTF-8", "ISO-8859-1")
    for data in (
        plain.encode() + other.encode("latin-1"),
        other.encode("latin-1") + plain.encode(),
        (plain + plain[:-20]).encode(),
        (plain[:-20] + plain).encode(),
    ):
        assert "not well-formed XML" in str(refusal(data))


def test_a_declaration_that_is_not_at_the_very_top_is_heeded() -> None:
    text = document(entry(after="<AddtlNtryInf>Łódź</AddtlNtryInf>"))
    told = text.replace("UTF-8", "ISO-8859-2").encode("iso-8859-2")
    assert one(b"\r\n  " + told)["description"] == "Łódź"
    assert one(f"<Envelope>{text}</Envelope>")["description"] == "Łódź"


def test_prefixes_and_missing_namespaces_do_not_matter() -> None:
    plain = document(*[entry()] * 4)
    prefixed = plain.replace("<", "<n:").replace("<n:/", "</n:").replace("<n:?", "<?")
    bare = plain.replace(SPACE.format(version="08"), "")
    for text in (prefixed.replace("xmlns=", "xmlns:n="), bare):
        assert good(text).records["amount_text"].to_list() == ["5.00"] * 4


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "latin-1", "utf-8-sig"])
def test_encodings_are_honoured(encoding: str) -> None:
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    declared = {"latin-1": "ISO-8859-1", "utf-8-sig": "UTF-8"}.get(encoding, "UTF-16")
    text = document(entry(after="<AddtlNtryInf>Grüße</AddtlNtryInf>")).replace("UTF-8", declared)
    assert one(marks.get(encoding, b"") + text.encode(encoding))["description"] == "Grüße"
    if encoding in marks:
        assert one(text.encode(encoding))["description"] == "Grüße"


def test_two_statements_and_their_accounts() -> None:
    text = document(entry("1"), entry("2"))
    second = f"<Stmt>{ACCOUNT.replace('12<', '99<')}{entry('3')}</Stmt></BkToCstmrStmt>"
    result = good(text.replace("</BkToCstmrStmt>", second))
    assert result.records.select("statement_no", "record_no", "place").rows() == [
        (1, 1, "/Document/BkToCstmrStmt/Stmt[1]/Ntry[1]"),
        (1, 2, "/Document/BkToCstmrStmt/Stmt[1]/Ntry[2]"),
        (2, 3, "/Document/BkToCstmrStmt/Stmt[2]/Ntry[1]"),
    ]
    assert [text[-2:] for text in result.statements["account_text"]] == ["12", "99"]


@pytest.mark.parametrize(("closing", "sign"), [("5.00", "-"), ("15.00", "")])
def test_a_reversal_is_flipped_only_where_the_balances_prove_it(closing: str, sign: str) -> None:
    balances = balance("OPBD", "10.00") + balance("CLBD", closing)
    text = document(entry(more="<RvslInd>true</RvslInd>" + DAY), balances=balances)
    assert one(text)["amount_text"] == f"{sign}5.00"


@pytest.mark.parametrize("kind", ["OPBD", "PRCD"])
@pytest.mark.parametrize(
    ("period", "day", "held_on"),
    [
        ("", "2026-03-02", "2026-03-02"),
        ("", "2026-03-03", "2026-03-02"),  # that of the closing balance
        ("2026-03-01", "2026-03-01", "2026-02-28"),
        ("2026-03-01", "2026-02-27", "2026-02-27"),
    ],
)
def test_an_opening_balance_holds_before_the_first_day(
    kind: str, period: str, day: str, held_on: str
) -> None:
    told = f"<FrToDt><FrDtTm>{period}T00:00:00</FrDtTm></FrToDt>" if period else ""
    balances = balance(kind, "10.00", day=day) + balance("CLBD", "15.00")
    row = good(document(entry(), balances=balances, account=ACCOUNT + told)).statements
    assert row["opening_on_text"][0] == held_on


def test_a_reversal_that_nothing_proves_stays_as_the_bank_says() -> None:
    balances = balance("OPBD", "10.00") + balance("CLBD", "99.00")
    for given_balances in ("", balances):
        text = document(entry(more="<RvslInd>true</RvslInd>" + DAY), balances=given_balances)
        assert one(text)["amount_text"] == "5.00"


def test_a_balance_without_a_side_is_a_credit_and_a_debit_has_a_minus() -> None:
    row = good(
        document(balances=balance("OPBD", "7", "") + balance("CLBD", "8", "DBIT"))
    ).statements
    assert row.select("opening_text", "closing_text").row(0) == ("7", "-8")


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("010", "015", ("10.00", "15.00")),
        ("OPBD", "CLBD", ("10.00", "15.00")),
        ("Opening Balance", "ClosingBooked", ("10.00", "15.00")),
        ("040", "045", (None, None)),  # available
        ("Opening available", "Closing day", (None, None)),
    ],
)
def test_a_balance_is_known_by_the_name_that_a_bank_has_for_it(
    first: str, last: str, told: tuple[str | None, str | None]
) -> None:
    balances = balance(last, "15.00") + balance("030", "1.00") + balance(first, "10.00")
    own = balances.replace("<Cd>", "<Prtry>").replace("</Cd>", "</Prtry>")
    row = good(document(entry(), balances=own)).statements
    assert row.select("opening_text", "closing_text").row(0) == told


@pytest.mark.parametrize("part", ["INTM", "BLCK", "PDNG"])
@pytest.mark.parametrize("step", [1, -1])
def test_a_balance_of_a_part_is_none_of_the_whole(part: str, step: int) -> None:
    told = f"</CdOrPrtry><SubTp><Cd>{part}</Cd></SubTp>"
    of_part = balance("CLBD", "3.00").replace("</CdOrPrtry>", told)
    closing = "".join([balance("CLBD", "15.00"), of_part][::step])
    row = good(document(entry(), balances=balance("OPBD", "10.00") + closing)).statements
    assert row["closing_text"][0] == "15.00"
    only = good(document(entry(), balances=balance("OPBD", "10.00") + of_part)).statements
    assert only["closing_text"][0] == "3.00"


@pytest.mark.parametrize("step", [1, -1])
def test_balances_of_several_days_may_stand_in_either_order(step: int) -> None:
    days = [
        balance("OPBD", "10.00", day="2026-03-02") + balance("CLBD", "12.00", day="2026-03-02"),
        balance("OPBD", "12.00", day="2026-03-03") + balance("CLBD", "15.00", day="2026-03-03"),
    ]
    row = good(document(entry(), balances="".join(days[::step]))).statements
    told = row.select("opening_text", "closing_text", "closing_on_text").row(0)
    assert told == ("10.00", "15.00", "2026-03-03")


@pytest.mark.parametrize(("interim", "closing"), [("15.00", "15.00"), ("14.00", None)])
def test_an_interim_balance_closes_only_what_it_proves(interim: str, closing: str | None) -> None:
    text = document(entry(), balances=balance("OPBD", "10.00") + balance("ITBD", interim))
    assert good(text).statements["closing_text"][0] == closing


@pytest.mark.parametrize(
    ("more", "day"),
    [
        (DAY + "<ValDt><Dt>2026-03-09</Dt></ValDt>", "2026-03-03"),
        ("<BookgDt><DtTm>2026-03-03T23:59:00-11:00</DtTm></BookgDt>", "2026-03-03"),
        ("<ValDt><Dt>2026-03-09</Dt></ValDt>", "2026-03-09"),
        (detail("<RltdDts><IntrBkSttlmDt>2026-03-01</IntrBkSttlmDt></RltdDts>"), "2026-03-01"),
        ("", "2026-03-04"),
    ],
)
def test_the_day_is_the_first_that_the_bank_gives(more: str, day: str) -> None:
    assert one(document(entry(more=more)))["booked_text"] == day


def test_the_invoices_that_a_payment_names_are_told() -> None:
    invoices = "".join(
        f"<Strd><RfrdDocInf><Nb>{number}</Nb></RfrdDocInf></Strd>" for number in ("4711", "4712")
    )
    more = "<Strd><CdtrRefInf><Ref>RF42</Ref></CdtrRefInf></Strd>"
    for inside, told in ((invoices, "4711 4712"), (more + invoices, "RF42 4711 4712")):
        after = detail(f"<RmtInf>{inside}</RmtInf>")
        result = good(document(*[entry(after=after)] * 3))
        assert [*result.records["description"], *result.details["description"]] == [told] * 6


@pytest.mark.parametrize("nothing", ["NOTPROVIDED", "NOT PROVIDED", "NOTAVAILABLE", "-"])
def test_a_reference_that_was_not_provided_is_none(nothing: str) -> None:
    refs = f"<Refs><InstrId>I1</InstrId><EndToEndId>{nothing}</EndToEndId></Refs>"
    result = good(document(entry(after=detail(refs))))
    assert result.details["bank_ref"].to_list() == ["I1"]
    ref = f"<AcctSvcrRef>{nothing}</AcctSvcrRef>"
    names = f"<Dbtr><Nm>{nothing}</Nm></Dbtr><UltmtDbtr><Nm>Ida Lund</Nm></UltmtDbtr>"
    text = document(
        entry(after=ref),
        entry(after=ref + detail(f"<Refs><TxId>T1</TxId></Refs><RltdPties>{names}</RltdPties>")),
    )
    rows = good(text).records.select("bank_ref", "counterparty").rows()
    assert rows == [(None, None), ("T1", "Ida Lund")]


def test_the_other_party_of_a_reversal_keeps_its_part() -> None:
    parties = "<RltdPties><Dbtr><Nm>Payer</Nm></Dbtr><Cdtr><Nm>Payee</Nm></Cdtr></RltdPties>"
    more = "{}" + DAY + detail(parties)
    for side, name, reversed_name in (("CRDT", "Payer", "Payee"), ("DBIT", "Payee", "Payer")):
        row = one(document(entry(side=side, more=more.format(""))))
        assert row["counterparty"] == name
        row = one(document(entry(side=side, more=more.format("<RvslInd>true</RvslInd>"))))
        assert row["counterparty"] == reversed_name


REVERSAL = "<RvslInd>true</RvslInd>" + DAY
OWNED = ACCOUNT.replace("</Acct>", "<Ownr><Nm>Bakery  Birch</Nm></Ownr></Acct>")


def party(role: str, name: str, number: str = "") -> str:
    """One party of a detail, and perhaps its account."""
    account = f"<{role}Acct><Id><IBAN>{number}</IBAN></Id></{role}Acct>" if number else ""
    return f"<{role}><Pty><Nm>{name}</Nm></Pty></{role}>{account}"


def parties_of(text: str) -> list[object]:
    """The counterparties of the entries, and those of the details."""
    result = good(text)
    return [*result.records["counterparty"], *result.details["counterparty"]]


@pytest.mark.parametrize("own", ["CRDT", "DBIT"])
@pytest.mark.parametrize(("side", "closing"), [("DBIT", "15.00"), ("CRDT", "5.00")])
def test_a_flipped_reversal_has_the_parties_of_its_own_direction(
    side: str, closing: str, own: str
) -> None:
    roles = ("Dbtr", "Cdtr") if side == "DBIT" else ("Cdtr", "Dbtr")
    named = "".join(map(party, roles, ("Bakery Birch", "Mill Maple")))
    inside = f"<CdtDbtInd>{own}</CdtDbtInd><RltdPties>{named}</RltdPties>"
    balances = balance("OPBD", "10.00") + balance("CLBD", closing)
    text = document(
        entry(side=side, more=REVERSAL, after=detail(inside)), balances=balances, account=OWNED
    )
    assert one(text)["amount_text"] == {"15.00": "5.00", "5.00": "-5.00"}[closing]
    assert parties_of(text) == ["Mill Maple"] * 2


@pytest.mark.parametrize(
    ("side", "named", "found"),
    [
        ("CRDT", party("Dbtr", "Mill Maple"), "Mill Maple"),
        ("DBIT", party("Cdtr", "Mill Maple"), "Mill Maple"),
        ("CRDT", party("Dbtr", "Mill Maple", "DE00000000000000000099"), "Mill Maple"),
        ("CRDT", party("Dbtr", "BAKERY BIRCH"), None),  # owns the account by name
        ("DBIT", party("Cdtr", "B. Birch", "DE00 0000 0000 0000 0000 12"), None),  # by number
        ("CRDT", party("Dbtr", "Mill Maple") + party("Cdtr", "Farm Fir"), "Farm Fir"),
        ("CRDT", party("Dbtr", "Bakery Birch") + party("Cdtr", "Farm Fir"), "Farm Fir"),
    ],
)
def test_the_only_party_of_a_reversal_is_taken_in_either_role_unless_it_is_the_owner(
    side: str, named: str, found: str | None
) -> None:
    inside = f"<RltdPties>{named}</RltdPties>"
    single = entry(side=side, more=REVERSAL, after=detail(inside))
    for entries in ([single], [single] * 3):
        count = 2 * len(entries)
        assert parties_of(document(*entries, account=OWNED)) == [found] * count


def test_the_only_party_of_a_reversal_is_taken_where_nobody_is_said_to_own_the_account() -> None:
    text = document(
        entry(more=REVERSAL, after=detail(f"<RltdPties>{party('Dbtr', 'Farm Fir')}</RltdPties>")),
        account="<Acct><Ccy>EUR</Ccy></Acct>",
    )
    assert parties_of(text) == ["Farm Fir"] * 2
    prefixed = text.replace("<", "<n:").replace("<n:/", "</n:").replace("<n:?", "<?")
    assert parties_of(prefixed.replace("xmlns=", "xmlns:n=")) == ["Farm Fir"] * 2


def test_the_details_of_a_reversal_are_looked_at_one_by_one() -> None:
    named = [
        party("Cdtr", "Mill Maple", "DE00000000000000000099"),
        party("Cdtr", "B. Birch", "DE00000000000000000012"),
        party("Dbtr", "Farm Fir") + party("Cdtr", "B. Birch"),
    ]
    details = "".join(f"<TxDtls><RltdPties>{each}</RltdPties></TxDtls>" for each in named)
    batch = entry(side="DBIT", more=REVERSAL, after=f"<NtryDtls>{details}</NtryDtls>")
    text = document(batch, entry(), account=OWNED)
    assert parties_of(text) == [None, None, "Mill Maple", None, "Farm Fir"]


def test_a_payment_does_not_take_the_party_of_the_other_role() -> None:
    inside = f"<RltdPties>{party('Dbtr', 'Mill Maple')}</RltdPties>"
    payment = entry(side="DBIT", after=detail(inside))
    reversal = entry(side="DBIT", more=REVERSAL, after=detail(inside))
    assert parties_of(document(payment, reversal)) == [None, "Mill Maple"] * 2


def test_blanks_between_tags_are_left_out_of_the_raw_text_and_no_others() -> None:
    text = entry(after="\n  <AddtlNtryInf>two  blanks</AddtlNtryInf>\n")
    assert one(document(text))["raw_text"] == text.replace("\n  ", "").replace("\n", "")


def test_entries_in_comments_are_not_read_and_not_counted() -> None:
    hidden = f"<!-- {entry()} --><?note {entry()} ?>"
    text = document(entry("1"), entry("2"), hidden, entry("3"))
    assert good(text).records["amount_text"].to_list() == ["1", "2", "3"]
    odd = document(entry("1"), entry("2", after="<AddtlNtryInf><![CDATA[<Ntry>]]></AddtlNtryInf>"))
    assert good(odd).records["description"].to_list() == [None, "<Ntry>"]


def test_a_file_that_forges_our_mark_of_read_entries_is_read_in_full() -> None:
    text = document(entry("1"), "<run-of-common-entries/>", entry("2"), entry("3"))
    assert good(text).records["amount_text"].to_list() == ["1", "2", "3"]
