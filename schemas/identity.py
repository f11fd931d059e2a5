"""Ids that follow from content: the same text gives the same 32 hex digits, always."""

from hashlib import blake2b


def digest(text: str) -> str:
    """32 hex digits of BLAKE2b; stable between versions of every library."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


def twin_id(base_id: str, occurrence: int) -> str:
    """The transaction_id of the 1st, 2nd … of equal records; that of the 1st is their base_id."""
    return base_id if occurrence == 1 else digest(f"{base_id}#{occurrence}")
