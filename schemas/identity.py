"""Ids that follow from content: the same text gives the same 32 hex digits, always."""

from hashlib import blake2b

RECIPE = "1"
"""Version of the recipe of ids (`tasks/transform/identity.py`); part of every id, so that a change
of it can never pass unnoticed."""


def digest(text: str) -> str:
    """32 hex digits of BLAKE2b; stable between versions of every library."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


def twin_id(base_id: str, occurrence: int) -> str:
    """The transaction_id of the 1st, 2nd … of equal records; that of the 1st is their base_id."""
    return base_id if occurrence == 1 else digest(f"{base_id}#{occurrence}")
