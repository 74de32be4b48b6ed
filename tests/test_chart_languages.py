# ruff: noqa: RUF001 -- letters of other alphabets are the subject here
"""Charts speak the languages of the region: every phrase, plural form, date, number, currency and letter."""

import datetime as dt
import tomllib
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel import Locale
from conftest import BLOCK, ROOT, InProcess, Project, page_text

from fxtrack.charts.labels import missing_glyphs
from fxtrack.charts.language.language import Language, chart_language
from fxtrack.config.settings import CHART_LANGUAGES
from fxtrack.errors import ConfigError
from fxtrack.model.words import HIDDEN_MOVE, HIDDEN_MOVES, VERDICT_WORDS

WORDS: dict[str, Any] = tomllib.loads((ROOT / "fxtrack/charts/language/words.toml").read_text("utf-8"))
PHRASES = {key: forms for key, forms in WORDS.items() if key != "currency"}
SOM, DAY = "KGS", dt.date(2025, 9, 8)


def fields(form: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(form) if name}


def forms_of(phrase: Any) -> list[str]:  # noqa: ANN401
    return [phrase] if isinstance(phrase, str) else list(phrase.values())


def test_every_phrase_is_there_in_every_language_with_the_same_names_in_braces() -> None:
    for key, phrase in PHRASES.items():
        assert list(phrase) == list(CHART_LANGUAGES), key
        wanted = {frozenset(fields(form)) for form in forms_of(phrase["en"])}
        assert len(wanted) == 1, key
        for code in CHART_LANGUAGES:
            assert {frozenset(fields(form)) for form in forms_of(phrase[code])} == wanted, (key, code)


def test_every_counted_phrase_has_the_plural_forms_of_its_language() -> None:
    for key, phrase in PHRASES.items():
        for code in CHART_LANGUAGES:
            assert isinstance(phrase[code], str) == isinstance(phrase["en"], str), (key, code)
            if isinstance(phrase[code], dict):
                assert set(phrase[code]) == {*Locale.parse(code).plural_form.tags, "other"}, (key, code)


def test_the_font_has_every_letter_of_every_phrase_month_and_currency() -> None:
    texts = [form for phrase in PHRASES.values() for code in CHART_LANGUAGES for form in forms_of(phrase[code])]
    currencies = ("KGS", "KZT", "TJS", "TMT", "UZS", "USD", "EUR", "RUB", "CNY", "GBP", "CHF", "TRY", "XAU")
    for code in CHART_LANGUAGES:
        language = chart_language(code)
        texts += [language.currency(currency, n) for currency in currencies for n in (1, 5)]
        dates = [dt.date(2025, month, 8) for month in range(1, 13)]
        texts += [
            f"{language.date(d)}{language.day(d)}{language.month(d)}{language.month_year(d)}{language.quarter(d)}"
            for d in dates
        ]
        texts.append(language.number("-1,234.50"))
    assert missing_glyphs("".join(texts)) == ""


def test_verdicts_are_called_the_same_in_charts_as_in_tables() -> None:
    english = {key: PHRASES[key]["en"] for key in VERDICT_WORDS}
    assert english == VERDICT_WORDS
    assert (PHRASES["hidden_move"]["en"], PHRASES["hidden_moves"]["en"]) == (HIDDEN_MOVE, HIDDEN_MOVES)


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("en", ["1 day not captured", "2 days not captured", "21 days not captured"]),
        ("ru", ["1 день без данных", "2 дня без данных", "21 день без данных"]),
        ("kk", ["1 күн деректер жоқ", "2 күн деректер жоқ", "21 күн деректер жоқ"]),
        ("tg", ["1 рӯз бе маълумот", "2 рӯз бе маълумот", "21 рӯз бе маълумот"]),
    ],
)
def test_a_count_has_the_plural_form_of_its_language(code: str, texts: list[str]) -> None:
    assert [chart_language(code).say("not_captured", n) for n in (1, 2, 21)] == texts


def test_russian_counts_end_as_russian_grammar_asks() -> None:
    russian = chart_language("ru")
    found = [russian.say("days", n).split()[-1] for n in (1, 2, 5, 11, 12, 21, 22, 111, 289, 1001)]
    assert found == ["день", "дня", "дней", "дней", "дней", "день", "дня", "дней", "дней", "день"]
    assert russian.say("days", 1234) == "1\u00a0234 дня"


@pytest.mark.parametrize(
    ("code", "unit", "date", "day", "number"),
    [
        ("en", "US dollars for 1 Kyrgyz som", "8 Sep 2025", "8 Sep", "\u22121,234.50"),
        ("ru", "долларов США за 1 киргизский сом", "8 сент. 2025\u202fг.", "8 сент.", "\u22121\u00a0234,50"),
        ("kk", "1 Қырғызстан сомы үшін, АҚШ доллары", "2025\u202fж. 8 қыр.", "8 қыр.", "\u22121\u00a0234,50"),
        ("ky", "1 Кыргызстан сому үчүн, АКШ доллары", "2025-ж. 8-сен.", "8-сен.", "\u22121\u00a0234,50"),
        ("tg", "доллари ИМА барои 1 соми Қирғизистон", "8 Сен 2025", "8 Сен", "\u22121\u00a0234,50"),
        ("uz", "1 Qirg‘iziston somi uchun, AQSH dollari", "8-sen, 2025", "8-sen", "\u22121\u00a0234,50"),
    ],
)
def test_units_dates_and_numbers_are_written_as_the_language_writes_them(
    code: str, unit: str, date: str, day: str, number: str
) -> None:
    language = chart_language(code)
    assert language.unit(SOM, "USD") == unit
    assert [text.replace("\u00a0", "\u202f") for text in (language.date(DAY), language.day(DAY))] == [
        text.replace("\u00a0", "\u202f") for text in (date, day)
    ]
    assert language.number("-1,234.50") == number


@pytest.mark.parametrize(
    ("how", "english", "russian"),
    [
        ("inverse of KGS/USD", "inverse of KGS/USD", "1 ÷ KGS/USD"),
        ("KGS/USD over KZT/USD", "KGS/USD over KZT/USD", "KGS/USD ÷ KZT/USD"),
        ("A/B times B/C", "A/B times B/C", "A/B \u00d7 B/C"),
        ("inverse of A/B times B/C", "inverse of A/B times B/C", "1 ÷ (A/B \u00d7 B/C)"),
    ],
)
def test_the_way_that_a_rate_is_derived_is_said_in_signs_outside_english(how: str, english: str, russian: str) -> None:
    assert chart_language("en").derivation(how) == english
    assert chart_language("ru").derivation(how) == russian


def own(folder: Path, text: str) -> Language:
    path = folder / "words.toml"
    path.write_text(text, "utf-8")
    return chart_language("kk", path, {"USD": {"one": "доллар", "other": "долларлар"}})


def test_a_newsroom_corrects_phrases_and_names_of_currencies(tmp_path: Path) -> None:
    language = own(tmp_path, '[days]\nkk = { other = "{n} тәулік" }\n[currency.KGS]\nkk = "қырғыз сомы"\n')
    assert language.say("days", 3) == "3 тәулік"
    assert language.say("index") == "индекс"
    assert language.unit(SOM, "USD") == "1 қырғыз сомы үшін, долларлар"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[index\n", "cannot be read"),
        ('[nothing]\nkk = "а"\n', "nothing: no chart has this phrase"),
        ('[index]\nde = "Index"\n', "index: unknown language 'de'; choose from en, ru, kk"),
        ("[index]\nkk = 7\n", "index: kk: a line of text"),
        ('[index]\nkk = "а\\nб"\n', "index: kk: a line of text"),
        ('[index]\nkk = { other = "а" }\n', "index: kk: one line of text is needed, without plural forms"),
        ('[days]\nkk = { one = "күн" }\n', "days: kk: the plural form 'other' is needed"),
        ('[days]\nkk = { other = "{m} күн" }\n', "days: kk: unknown {m}; it may have {n}"),
        ('[index]\nkk = "{n.__class__}"\n', "index: kk: unknown {n.__class__}; it may have no names in braces"),
        ('[index]\nkk = "{"\n', "index: kk: "),
        ('index = "а"\n', "index: a table of languages is needed"),
        ('[currency.KGS]\nkk = "{n} сом"\n', "currency.KGS: kk: unknown {n}"),
    ],
)
def test_a_file_of_phrases_that_cannot_be_used_is_one_line_with_the_phrase(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(ConfigError, match=r"^charts\.words: ") as refused:
        own(tmp_path, text)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_of_phrases_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such file; docs/charts\.md shows its form"):
        chart_language("ru", tmp_path / "none.toml")


@pytest.fixture
def stored(project: Project, in_process: InProcess) -> Project:
    quotes = (("KGS/USD", "0.01144", "0%"), *BLOCK[1:4], ("XTS/USD", "0.5", "0%"))
    project.page("a.txt", page_text(quotes))
    assert in_process("ingest")[0] == 0
    return project


def test_a_language_comes_from_the_option_or_the_configuration_and_a_code_stands_for_a_name_that_nobody_knows(
    stored: Project, in_process: InProcess
) -> None:
    def drawn(*more: str) -> tuple[str, str]:
        target = stored.root / "a.svg"
        code, _, err = in_process("chart", "--kind", "trend", "-o", str(target), *more)
        assert code == 0
        return target.read_text("utf-8"), err

    svg, err = drawn("KGS/USD", "--language", "uz")
    assert "1 Qirg‘iziston somi uchun, AQSH dollari" in svg
    assert "0,01144" in svg
    assert err == ""
    charts = '[charts]\nlanguage = "tg"\ncurrencies = { KGS = "сом" }\n'
    stored.configure(f'{charts}[[sources]]\nname = "site"\n')
    assert "доллари ИМА барои 1 сом<" in drawn("KGS/USD")[0]
    assert "US dollars for 1 Kyrgyz som" in drawn("KGS/USD", "--language", "en")[0]
    svg, err = drawn("XTS/USD")
    assert "доллари ИМА барои 1 XTS" in svg
    assert err == "fxtrack: no name in Tajik for XTS: the code stands there; name it in charts.currencies\n"


@pytest.mark.parametrize(
    ("charts", "words"),
    [
        ('language = "de"', "charts.language"),
        ('gaps = "hide"', "charts.gaps"),
        ('currencies = { KGS = "" }', "charts.currencies"),
        ('currencies = { som = "som" }', "charts.currencies"),
        ('currencies = { KGS = { one = "som" } }', "the plural form other is needed"),
    ],
)
def test_a_wrong_setting_of_charts_is_named(project: Project, in_process: InProcess, charts: str, words: str) -> None:
    project.configure(f'[charts]\n{charts}\n[[sources]]\nname = "site"\n')
    code, _, err = in_process("chart")
    assert (code, err.count("\n")) == (2, 1)
    assert words in err
