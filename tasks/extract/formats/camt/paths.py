"""The elements of an entry that are read, as paths below `Ntry` and below `TxDtls`.

A step `Pty`, which versions since 2019 put around the name of a party, is left out of the paths.
"""

_AMOUNTS = tuple(
    f"AmtDtls/{kind}/{part}"
    for kind in ("InstdAmt", "TxAmt", "CntrValAmt")
    for part in ("Amt/@Ccy", "Amt", "CcyXchg/XchgRate")
)
_KIND = (
    "BkTxCd/Domn/Cd",
    "BkTxCd/Domn/Fmly/Cd",
    "BkTxCd/Domn/Fmly/SubFmlyCd",
    "BkTxCd/Prtry/Cd",
)

ENTRY = (
    "NtryRef",
    "Amt/@Ccy",
    "Amt",
    "CdtDbtInd",
    "RvslInd",
    "Sts",
    "Sts/Cd",
    "Sts/Prtry",
    "BookgDt/Dt",
    "BookgDt/DtTm",
    "ValDt/Dt",
    "ValDt/DtTm",
    "AcctSvcrRef",
    *_KIND,
    *_AMOUNTS,
    "AddtlNtryInf",
)
"""What an entry says of itself."""

DETAIL = (
    "Refs/AcctSvcrRef",
    "Refs/InstrId",
    "Refs/EndToEndId",
    "Refs/TxId",
    "Amt/@Ccy",
    "Amt",
    "CdtDbtInd",
    *_AMOUNTS,
    *_KIND,
    "RltdPties/Dbtr/Nm",
    "RltdPties/UltmtDbtr/Nm",
    "RltdPties/Cdtr/Nm",
    "RltdPties/UltmtCdtr/Nm",
    "RmtInf/Ustrd",
    "RmtInf/Strd/CdtrRefInf/Ref",
    "RmtInf/Strd/RfrdDocInf/Nb",
    "RmtInf/Strd/AddtlRmtInf",
    "RltdDts/AccptncDtTm",
    "RltdDts/IntrBkSttlmDt",
    "AddtlTxInf",
)
"""What one of its details says."""

REPEATED = frozenset(
    {
        "RmtInf/Ustrd",
        "RmtInf/Strd/CdtrRefInf/Ref",
        "RmtInf/Strd/RfrdDocInf/Nb",
        "RmtInf/Strd/AddtlRmtInf",
        "AddtlTxInf",
    }
)
"""Where an element may stand several times and all are read; of all others the first one is."""

DETAIL_MARK = "TxDtls"
"""The step before the paths of a detail, where they stand beside those of its entry; and a column
of its own, which is filled where an entry has exactly one detail."""

RAW = "raw"
"""The column of the XML text of an entry."""

ROW = (RAW, *ENTRY, DETAIL_MARK, *(f"{DETAIL_MARK}/{path}" for path in DETAIL))
"""One entry as a tuple: its own XML text, its cells, and those of its only detail."""
