"""What is learned from persons, when, and how surely."""

import subprocess
import sys
from decimal import Decimal

import polars as pl
import pytest

from schemas.words import CATEGORY_WORD
from tasks.enrich.categories import categories
from tasks.enrich.learning import EXAMPLE, FEWEST_EXAMPLES, SUGGESTION, THRESHOLD, suggestions
from tasks.enrich.rules import Rules
from tasks.enrich.vendors import named_texts, vendors

BREAD = ["QUINTAL SOL", "QUINTAL LUA", "QUINTAL MAR", "QUINTAL RIO", "QUINTAL VERDE"]
BOLTS = ["ZIMBRO AZUL", "ZIMBRO MAR", "ZIMBRO RIO", "ZIMBRO SOL", "ZIMBRO VERDE"]


def examples(owner: str = "ana") -> pl.DataFrame:
    rows = [(owner, text, "Food/Groceries") for text in BREAD]
    rows += [(owner, text, "Shopping/Home") for text in BOLTS]
    return pl.DataFrame(rows, schema=EXAMPLE, orient="row")


def asked(*texts: str, owner: str = "ana") -> pl.DataFrame:
    return pl.DataFrame({"owner": [owner] * len(texts), "text": texts})


def test_a_name_like_confirmed_ones_goes_where_they_went() -> None:
    found = suggestions(examples(), asked("ZIMBRO NOVO", "QUINTAL NOVO", "ZIMBRO NOVO"))
    assert found.schema == SUGGESTION
    assert found.select("text", "suggested", "next_likely", "example_count").rows() == [
        ("QUINTAL NOVO", "Food/Groceries", "Shopping/Home", 10),
        ("ZIMBRO NOVO", "Shopping/Home", "Food/Groceries", 10),
    ]
    assert all(THRESHOLD <= score < 1 for score in found.get_column("likely"))


def test_a_text_without_a_known_piece_is_as_likely_of_any() -> None:
    more = pl.concat(
        [
            examples(),
            pl.DataFrame(
                [("ana", f"QUINTAL {n}", "Food/Groceries") for n in "ABCDEFGH"],
                schema=EXAMPLE,
                orient="row",
            ),
        ]
    )
    assert suggestions(more, asked("WWW")).get_column("likely").to_list() == [Decimal("0.5000")]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_examples_changes_nothing(seed: int) -> None:
    texts = asked("QUINTAL NOVO", "ZIMBRO NOVO", "SOL E MAR")
    mixed = pl.concat([examples(), examples()]).sample(fraction=1, shuffle=True, seed=seed)
    assert suggestions(mixed, texts).equals(suggestions(examples(), texts))


def test_too_few_examples_teach_nothing() -> None:
    assert examples().height == FEWEST_EXAMPLES
    assert suggestions(examples().head(9), asked("QUINTAL NOVO")).is_empty()
    one = examples().with_columns(pl.lit("Food/Groceries").alias("category"))
    assert suggestions(one, asked("QUINTAL NOVO")).is_empty()
    assert suggestions(examples(), asked("QUINTAL NOVO", owner="bia")).is_empty()
    assert suggestions(examples(), asked().cast(pl.String)).is_empty()


def test_the_library_is_loaded_only_to_learn() -> None:
    code = (
        "import sys, tasks.enrich.categories, polars as pl;"
        "from tasks.enrich.learning import EXAMPLE, suggestions;"
        "suggestions(EXAMPLE.to_frame(), EXAMPLE.to_frame());"
        "sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_persons_said_of_vendors_is_learned_for_new_ones(movements, shipped: Rules) -> None:
    new = ["QUINTAL NOVO", "XYWQ", "QUINTAL NOVO", "PIX TRANSF QUINTAL NETO"]
    frame = movements(*BREAD, *BOLTS, *new, {"owner": "bia", "description": "QUINTAL NOVO"})
    found, _ = vendors(frame, named_texts(frame, shipped))
    rows = frame.join(found, on="transaction_id", maintain_order="left").with_columns(
        pl.lit("expense").alias("flow_class")
    )
    said = pl.DataFrame(
        [
            {"said_id": number, "owner": "ana", "scope": "vendor", "vendor": text, "category": path}
            for number, (_, text, path) in enumerate(examples().rows())
        ],
        schema=CATEGORY_WORD,
    )
    told = categories(rows, shipped, said).tail(5)
    score, unsure, again, friend, other = told.drop("transaction_id", "category_key").rows()
    assert score == again
    assert score[:2] == ("learned", "learned from 10 texts")
    assert THRESHOLD <= score[2] < 1
    assert score[3] == "Shopping/Home"
    # below the threshold it is a hint to persons; friends and other owners get none
    assert unsure[:3] == ("nobody", "nobody said", None)
    assert unsure[3] in {"Food/Groceries", "Shopping/Home"}
    assert friend == other == ("nobody", "nobody said", None, None)
