"""Tables of rates from a grammar of spellings: a suggested entry reads each as it was made, or there is none."""

from dataclasses import dataclass, field
from random import Random

import pytest

from fxtrack.extract.text.html import visible_text
from fxtrack.model.quote import Quote
from fxtrack.probe.suggest import Suggestion, suggest

NAMES = {
    "USD": "Доллар США", "EUR": "Евро", "RUB": "Российский рубль", "KZT": "Tenge", "CNY": "Yuan", "GBP": "Pound",
    "CHF": "Swiss franc", "JPY": "Иена", "TRY": "Lira", "UZS": "Sum", "TJS": "Сомони", "INR": "Rupee",
}  # fmt: skip
PRICES = {
    "USD": 87.45, "EUR": 101.9, "RUB": 1.13, "KZT": 0.171, "CNY": 12.3, "GBP": 116.5, "CHF": 108.6, "JPY": 0.562,
    "TRY": 2.07, "UZS": 0.00733, "TJS": 9.46, "INR": 0.98,
}  # fmt: skip
"""In KGS, about: figures that are no possible rates are refused."""
NUMBERS = {code: str(100 + 67 * n) for n, code in enumerate(NAMES)}
HEADS = {
    "Rates of 05.12.2025": "2025-12-05", "5 December 2025": "2025-12-05",
    "Курсы на 5 декабря 2025 \u0433.": "2025-12-05",
    "NBX rates 2025-12-05": "2025-12-05", "Rates": None, "5 Aral\u0131k 2025": "2025-12-05",
}  # fmt: skip
SEEDS = range(40)
TABLES_EACH = 8


@dataclass
class Table:
    """A table as it is printed, and what it shows: rate, report and unit of each currency."""

    head: str
    rows: list[list[str]] = field(default_factory=list)
    shows: dict[str, tuple[str, str | None, int]] = field(default_factory=dict)
    uncertain: str | None = None

    def text(self, random: Random) -> str:
        if random.random() < 0.4:
            cells = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in self.rows)
            return visible_text(f"<html><p>{self.head}</p><table>{cells}</table><p>Office: 555 0199.</p></html>").text
        separator = random.choice(["\t", "\t", " ", "  ", " | "])
        return "\n".join([self.head, *(separator.join(row) for row in self.rows), "", "Office: 555 0199.", ""])


def spelled(value: float, decimals: int, mark: str, group: str) -> tuple[str, str]:
    """Return a number as it is printed, and its plain digits."""
    plain = f"{value:.{decimals}f}"
    whole, _, fraction = plain.partition(".")
    return f"{int(whole):,}".replace(",", group) + mark + fraction, plain


def table(random: Random) -> Table:
    """Make a table: every choice that a page has is made by chance, once for all rows."""
    made = Table(random.choice(list(HEADS)))
    mark = random.choice(".,")
    group = random.choice(["", " ", "\u00a0", "'", "," if mark == "." else "."])
    naming = random.choice(["KGS", " / KGS", "/KGS", "", "", "()"])
    report = random.choice([None, "pct", "(pct)", "change", "both", "arrow"])
    numbered, named, sold, united = (random.random() < chance for chance in (0.2, 0.5, 0.2, 0.2))
    decimals, scale = random.choice([2, 4, 5]), 1 if "KGS" in naming else random.choice([1, 91])
    codes = [code for code in NAMES if PRICES[code] * scale * 10**decimals > 100]
    for code in random.sample(codes, random.randint(3, 8)):
        unit = random.choice(["1", "10", "100", "1000"]) if united else "1"
        value, percent = PRICES[code] * scale * int(unit) * random.uniform(0.9, 1.1), random.uniform(-2, 2)
        rate, plain = spelled(value, decimals, mark, group)
        pct, plain_pct = spelled(abs(percent), 2, mark, "")
        change, plain_change = spelled(abs(value * percent / 100), decimals, mark, "")
        sign = "-" if percent < 0 else "+"
        printed = {
            "pct": (f"{sign}{pct}%", f"{sign}{plain_pct}%"),
            "(pct)": (f"({sign}{pct}%)", f"{sign}{plain_pct}%"),
            "change": (f"{sign}{change}", f"{sign}{plain_change}"),
            "both": (f"{sign}{change} ({sign}{pct}%)", f"{sign}{plain_pct}%"),
            "arrow": (f"{'▼' if percent < 0 else '▲'} {pct}%", f"{'-' if percent < 0 else ''}{plain_pct}%"),
        }
        row = [NUMBERS[code]] if numbered else []
        row += [f"{NAMES[code]} ({code})" if naming == "()" else code + naming]
        row += [unit] if united else []
        row += [NAMES[code]] if named and naming != "()" else []
        row += [rate, *([printed[report][0]] if report else [spelled(value * 1.01, decimals, mark, group)[0]] * sold)]
        made.rows.append(row)
        made.shows[code] = (plain, printed[report][1] if report else None, int(unit))
    disturb(made, random)
    return made


def disturb(made: Table, random: Random) -> None:
    """Take a cell out of a row, put a sentence or a heading beside the rows, or leave the table as it is."""
    code, row = random.choice(list(zip(made.shows, made.rows, strict=True)))
    how = random.random()
    if how < 0.15 and len(row) > 1:
        row.pop(random.randrange(1, len(row)))
        made.uncertain = code
    elif how < 0.25:
        made.rows.append([f"{code} rose to {random.uniform(1, 90):.2f} after the fixing"])
    elif how < 0.35:
        made.head += "\nBest rates of USD 2025 and EUR"


def differs(quote: Quote, made: Table, said: tuple[str, ...]) -> bool:
    """Return whether a quote is another than the table shows; what is left out must be said."""
    code = quote.pair[:3]
    if code not in made.shows:
        return True
    rate, report, unit = made.shows[code]
    if code == made.uncertain:
        return quote.rate_text != rate
    silent = quote.reported_text is None and report is not None and not any("not read" in line for line in said)
    wrong = quote.reported_text not in {None, report} and not any("a guess" in line for line in said)
    return (quote.rate_text, quote.rate_unit) != (rate, unit) or silent or wrong


def judge(found: Suggestion | None, made: Table) -> str:
    if found is None or found.toml is None:
        return "left out"
    missing = set(made.shows) - {quote.pair[:3] for quote in found.quotes} - {made.uncertain}
    dated = str(found.page_date) if found.page_date else None
    wrong = missing or any(differs(quote, made, found.remarks) for quote in found.quotes)
    return "wrong" if wrong or dated not in {None, HEADS[made.head.partition("\n")[0]]} else "right"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_table_is_read_as_it_was_made_or_not_at_all(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    for _ in range(TABLES_EACH):
        made = table(random)
        text = made.text(random)
        found = suggest(text, "pages/table.txt", ())
        assert judge(found, made) != "wrong", f"{text}\n{found}"


def test_most_tables_are_read() -> None:
    random = Random(0)  # noqa: S311
    words = [
        judge(suggest(made.text(random), "pages/table.txt", ()), made) for made in (table(random) for _ in range(60))
    ]
    assert words.count("right") > len(words) / 2
