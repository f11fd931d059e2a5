"""rules.toml: what it may say, what goes first, and what it is told when it makes no sense."""

import polars as pl
import pytest

from schemas.errors import SettingsError
from tasks.enrich.rules import Rules, read_rules

OWN = """
[[category]]
path = "Rent/Personal"

[[category]]
path = "food/groceries"
is_active = false

[[vendor]]
name = "Padaria do João"
texts = ["padaria (do )?joão"]

[[rule]]
id = "bread"
vendor = "Padaria do João"
amount_to = 20.50
category = "Groceries"
"""


def test_the_owners_rules_go_before_the_shipped_ones() -> None:
    shipped, mine = read_rules(None), read_rules(OWN)
    assert (mine.own_rules, mine.own_vendors) == (1, 1)
    assert [rule.id for rule in mine.rules] == ["bread", *(rule.id for rule in shipped.rules)]
    assert mine.rules[0].category == "Food/Groceries"
    assert str(mine.rules[0].amount_to) == "20.50"
    assert mine.vendors[0].name == "PADARIA DO JOAO"
    assert mine.version != shipped.version == read_rules("").version


def test_one_name_on_two_levels_is_two_categories() -> None:
    rules = read_rules(OWN)
    assert rules.path_of("Personal") == "Personal/(direct)"
    assert rules.path_of("Rent/Personal") == "Rent/Personal"
    assert rules.path_of("Housing/Rent") == "Housing/Rent"
    assert len({one.path for one in rules.categories}) == len(rules.categories)


def test_a_name_in_another_case_is_the_same_category() -> None:
    (one,) = (one for one in read_rules(OWN).categories if one.path == "Food/Groceries")
    assert not one.is_active
    (one,) = (one for one in read_rules(None).categories if one.path == "Food/Groceries")
    assert one.is_active


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[rule]", "not TOML"),
        ('[[rule]]\nid = "x"\ncategory = "Food"\n', 'rule "x" has no condition'),
        ('[[rule]]\nid = "x"\ncategory = "Food"\ntext = "a"\ncolor = 1\n', "rule.0.color"),
        ('[[rule]]\nid = "x"\ncategory = "Food"\ndirection = "up"\n', "rule.0.direction"),
        ('[[rule]]\nid = "x"\ncategory = "Foot"\ntext = "a"\n', 'no category "Foot"'),
        ('[[rule]]\nid = "x"\ncategory = "A/B/C"\ntext = "a"\n', "category_depth"),
        ('[[category]]\npath = "A/B/C"\n', "category_depth"),
        ('[[category]]\npath = "A/ "\n', "empty or too long"),
        ('[[rule]]\nid = "x"\ncategory = "Food"\ntext = "("\n', "no regular expression"),
        ('[[rule]]\nid = "x"\ncategory = "Food"\ntext = "(?=a)"\n', "no regular expression"),
        ('[[vendor]]\nname = "x"\ntexts = ["["]\n', 'vendor "x"'),
        (OWN + OWN.partition("[[rule]]")[2].join(["[[rule]]", ""]), 'rule "bread" stands twice'),
        ('[[rule]]\nid = "salary"\ncategory = "Food"\ntext = "a"\n', 'rule "salary" stands twice'),
        (
            '[[rule]]\nid = "x"\ncategory = "Food"\namount_from = 2\namount_to = 1\n',
            "amount_from is above amount_to",
        ),
        ('[[bank_category]]\ncodes = ["a"]\ncategory = "Foot"\n', 'no category "Foot"'),
    ],
)
def test_what_makes_no_sense_is_said_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_rules(text)
    assert caught.value.where == "rules.toml"
    assert problem in caught.value.problem
    assert caught.value.remedy


def test_every_shipped_pattern_is_one(shipped: Rules) -> None:
    signs = shipped.signs
    patterns = [cut.pattern for cut in shipped.cuts]
    patterns += signs.business + signs.business_endings + signs.business_numbers
    patterns += signs.person_numbers + signs.nobody
    for pattern in patterns:
        pl.select(pl.lit("").str.contains(pattern))
    assert len({cut.id for cut in shipped.cuts}) == len(shipped.cuts)


def test_the_tree_is_the_platforms_and_what_statements_need(shipped: Rules) -> None:
    leaves = {one.path for one in shipped.categories}
    assert {
        *("Housing/Rent", "Housing/Mortgage", "Housing/Utilities", "Housing/Maintenance"),
        *("Food/Groceries", "Food/Restaurants", "Food/Delivery", "Transportation/Gas"),
        *("Transportation/Public Transit", "Transportation/Car Payment", "Personal/Clothing"),
        *("Personal/Health", "Personal/Entertainment", "Bills/Phone", "Bills/Internet"),
        *("Bills/Subscriptions", "Shopping/Electronics", "Shopping/Home", "Shopping/Gifts"),
        *("Education/Courses", "Education/Books", "Education/Supplies", "Other/Miscellaneous"),
        *("Income/Salary", "Income/Interest", "Income/Other Income", "Food/(direct)"),
        *("Fees & Interest/(direct)", "Uncategorized"),
    } <= leaves
