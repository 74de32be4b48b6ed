"""Verdicts are shown to people in words that cannot be misread; a sure move is never overstated."""

from decimal import Decimal

import pytest

from fxtrack.model.words import VERDICT_WORDS, hidden_move_words, least_move, verdict_words


def test_every_verdict_of_the_database_has_words_and_none_is_said_to_be_true() -> None:
    verdicts = {
        "not reported", "rule undecided", "breaks the rule", "agrees", "agrees earlier", "repeated", "no history",
        "unexplained", "base not captured",
    }  # fmt: skip
    assert set(VERDICT_WORDS) == verdicts
    assert len(set(VERDICT_WORDS.values())) == len(verdicts)
    assert verdict_words("agrees") == "fits the site's rounding"
    assert (verdict_words(None), verdict_words("a new one")) == ("", "a new one")
    assert not any("agree" in words for words in VERDICT_WORDS.values())


@pytest.mark.parametrize(
    ("low", "high", "least"),
    [
        ("1.0499", "1.9", "1.0"), ("-1.9", "-1.0999", "1.0"), ("0.0349999", "0.2", "0.034"), ("12.99", "14", "12"),
        ("-260.5", "-251.5", "251"), ("0.000001", "0.1", "0.0000010"),
    ],
)  # fmt: skip
def test_a_sure_move_is_rounded_down_to_two_digits(low: str, high: str, least: str) -> None:
    assert f"{least_move(Decimal(low), Decimal(high)):f}" == least
    assert hidden_move_words(Decimal(low), Decimal(high)).startswith("moved by at least ")


def test_a_change_that_may_be_none_is_no_sure_move() -> None:
    with pytest.raises(ValueError, match="may be none"):
        hidden_move_words(Decimal("-0.1"), Decimal("0.2"))
