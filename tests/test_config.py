"""config.toml: the valid values, their meaning, and the messages for invalid ones."""

import re
from pathlib import Path

import pytest
from conftest import ROOT, Project

from fxtrack.config.config import Config
from fxtrack.config.load import effective, load_config
from fxtrack.errors import ConfigError

SITE = '[[sources]]\nname = "site"\n'


def load(folder: Path, text: str | bytes) -> Config:
    file = folder / "config.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_config(file)


def complaint(folder: Path, text: str | bytes) -> str:
    """Return what is said of a file that cannot be used, less the folder; always one line that starts with the file."""
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    message = str(caught.value)
    assert message.startswith(f"{folder}/config.toml")
    assert "\n" not in message
    return message.removeprefix(f"{folder}/")


def test_an_empty_file_means_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, "")
    assert [source.name for source in config.settings.sources] == ["default"]
    assert config.pages == tmp_path / "pages"
    assert config.database == tmp_path / "db" / "fxtrack.duckdb"
    assert {origin for _, _, origin in effective(config)} == {"default"}


def test_the_file_in_the_repository_is_valid() -> None:
    assert load_config(ROOT / "config.toml").settings.sources


def test_paths_are_relative_to_the_file_and_may_be_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "config.toml").write_text('[paths]\npages = "../captures"\ncharts = "/srv/charts"\n')
    monkeypatch.chdir(tmp_path)
    config = load_config(Path("inner/config.toml"))
    monkeypatch.chdir("/")
    assert config.pages.resolve() == tmp_path / "captures"
    assert config.charts == Path("/srv/charts")
    assert config.database == tmp_path / "inner" / "db" / "fxtrack.duckdb"


def test_the_first_source_with_a_pattern_that_matches_takes_a_page(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        '[[sources]]\nname = "b"\npaths = ["pages/b/*", "*.b.txt"]\n[[sources]]\nname = "a"\npaths = ["pages/*"]\n',
    )
    taken = {place: config.source_of(place) for place in ("pages/b/1.txt", "pages/c/1.txt", "x.b.txt", "elsewhere.txt")}
    assert {place: source.name if source else None for place, source in taken.items()} == {
        "pages/b/1.txt": "b", "pages/c/1.txt": "a", "x.b.txt": "b", "elsewhere.txt": None,
    }  # fmt: skip


def test_what_a_source_says_of_its_ticker_is_handed_to_the_reader(tmp_path: Path) -> None:
    (source,) = load(tmp_path, SITE + 'date_formats = ["%d.%m.%Y"]\nmin_pairs = 6\n').settings.sources
    assert source.grammar.date_formats == ("%d.%m.%Y",)
    assert source.grammar.min_pairs == 6


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("nope = 1\n", 1, "nope"),
        ("\n\n[nope]\nx = 1\n", 3, "nope"),
        ("[paths]\npages = 'p'\npagse = 'x'\n", 3, "paths.pagse"),
        ("# about pages = 1\n[paths]\r\n# pagse\r\npagse = 'x'\r\n", 4, "paths.pagse"),
        (SITE + "look_back = 1\n", 3, "sources[0].look_back"),
        (SITE + "\n" + SITE.replace("site", "b") + "date_format = '%d'\n", 6, "sources[1].date_format"),
        (SITE + "rounding = { pct_decimals = 2, places = 4 }\n", 3, "sources[0].rounding.places"),
        (SITE + "[sources.rounding]\npct_decimals = 2\nplaces = 4\n", 5, "sources[0].rounding.places"),
    ],
)
def test_an_unknown_key_is_named_with_its_line(tmp_path: Path, text: str, line: int, key: str) -> None:
    assert complaint(tmp_path, text) == f"config.toml:{line}: {key}: unknown key"


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("[paths]\npages = 3\n", 2, "paths.pages", ["str", "int"]),
        ("[ingest]\nbatch_pages = 'many'\n", 2, "ingest.batch_pages", ["int", "str"]),
        ("[ingest]\nbatch_pages = 1.5\n", 2, "ingest.batch_pages", ["int", "float"]),
        ("[ingest]\nbatch_pages = true\n", 2, "ingest.batch_pages", ["int", "bool"]),
        ("[ingest]\nbatch_pages = 2025-01-01\n", 2, "ingest.batch_pages", ["int", "date"]),
        ("[ingest]\ninclude = '*.txt'\n", 2, "ingest.include", ["array", "str"]),
        ("[ingest]\ninclude = ['*.txt', 3]\n", 2, "ingest.include", ["str", "int"]),
        ("ingest = 3\n", 1, "ingest", ["int"]),
        ("\n[sources]\nname = 'site'\n", 2, "sources", ["array"]),
        ("\n[[paths]]\npages = 'p'\n", 2, "paths", ["array"]),
        ("[[sources]]\nname = 3\n", 2, "sources[0].name", ["str", "int"]),
        ("\n[[sources]]\n", 2, "sources[0]", ["name"]),
        (SITE + "rounding = 2\n", 3, "sources[0].rounding", ["int"]),
        (SITE + "rounding = { change_decimals = 4 }\n", 3, "sources[0].rounding", ["pct_decimals"]),
        ("sources = []\n", 1, "sources", ["1"]),
        (SITE + "date_formats = []\n", 3, "sources[0].date_formats", ["1"]),
        ("[[sources]]\nname = ''\n", 2, "sources[0].name", []),
        ("[[sources]]\nname = 'Site'\n", 2, "sources[0].name", []),
        ("[[sources]]\nname = '../site'\n", 2, "sources[0].name", []),
        ('[[sources]]\nname = "site\\n"\n', 2, "sources[0].name", []),
        ("[database]\nwait_seconds = nan\n", 2, "database.wait_seconds", []),
        ("[database]\nwait_seconds = inf\n", 2, "database.wait_seconds", []),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_with_line_and_key(
    tmp_path: Path, text: str, line: int, key: str, words: list[str]
) -> None:
    said = complaint(tmp_path, text)
    assert re.match(rf"config\.toml:{line}: {re.escape(key)}(\[\d+\])?: ", said), said
    assert [word for word in words if word not in said] == []


LIMITS = [
    ("[ingest]\nmax_page_bytes = {}\n", "ingest.max_page_bytes", 1, 2**31),
    ("[ingest]\nbatch_pages = {}\n", "ingest.batch_pages", 1, 100_000),
    ("[database]\nwait_seconds = {}\n", "database.wait_seconds", 0, 86_400),
    ("[service]\nmin_free_mb = {}\n", "service.min_free_mb", 0, 10**9),
    ("[service]\nmax_run_minutes = {}\n", "service.max_run_minutes", 1, 10_080),
    ("[service]\nmetrics_port = {}\n", "service.metrics_port", 0, 65_535),
    ("[backup]\nkeep = {}\n", "backup.keep", 1, 10_000),
    ("[backup]\nkeep_monthly = {}\n", "backup.keep_monthly", 0, 10_000),
    (SITE + "lookback_days = {}\n", "sources[0].lookback_days", 1, 366),
    (SITE + "min_pairs = {}\n", "sources[0].min_pairs", 1, None),
    (SITE + "[sources.rounding]\npct_decimals = {}\n", "sources[0].rounding.pct_decimals", 0, 4),
    (
        SITE + "[sources.rounding]\npct_decimals = 2\nchange_decimals = {}\n",
        "sources[0].rounding.change_decimals", 0, 9,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key", "least", "most"), LIMITS, ids=[key for _, key, _, _ in LIMITS])
def test_a_number_at_its_limit_is_taken_and_one_past_it_is_refused(
    tmp_path: Path, text: str, key: str, least: int, most: int | None
) -> None:
    line = text.count("\n")
    for value in {least, most} - {None}:
        values = {name: taken for name, taken, _ in effective(load(tmp_path, text.format(value)))}
        assert values[key] == value
    for value in (least - 1, *([most + 1] if most is not None else [])):
        assert complaint(tmp_path, text.format(value)).startswith(f"config.toml:{line}: {key}: ")


@pytest.mark.parametrize(("length", "valid"), [(1, True), (64, True), (65, False)])
def test_the_name_of_a_source_has_at_most_sixty_four_characters(tmp_path: Path, length: int, valid: bool) -> None:
    text = f'[[sources]]\nname = "{"a" * length}"\n'
    if valid:
        assert load(tmp_path, text).settings.sources[0].name == "a" * length
    else:
        assert complaint(tmp_path, text).startswith("config.toml:2: sources[0].name: ")


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    assert "'site'" in complaint(tmp_path, SITE + '[[sources]]\nname = "b"\n' + SITE)


@pytest.mark.parametrize("writer", ["db/fxtrack.duckdb", "./db/fxtrack.duckdb", "db/../db/fxtrack.duckdb"])
def test_the_two_databases_cannot_be_one_file(tmp_path: Path, writer: str) -> None:
    said = complaint(tmp_path, f'[paths]\nwriter = "{writer}"\n')
    assert "paths.database" in said
    assert "paths.writer" in said


SPOILT = {
    "db/fxtrack.duckdb": "paths.database", "db/../db/fxtrack-writer.duckdb": "paths.writer",
    "linked/fxtrack.duckdb": "paths.database", "there.duckdb": "paths.database", "config.toml": "the configuration",
    "db/fxtrack-writer.status.json": "a file of the service", "db/fxtrack-writer.duckdb.wal": "a file of the service",
    "db/fxtrack.duckdb.wal": "paths.database",
    "pages/a.txt": "ingest.include", "pages/site/a.warc.gz": "ingest.include",
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_metrics_are_written_over_no_other_file_of_fxtrack(tmp_path: Path, name: str) -> None:
    (tmp_path / "linked").symlink_to(tmp_path / "db")
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "fxtrack.duckdb").symlink_to(tmp_path / "there.duckdb")
    for given in (name, str(tmp_path / name)):
        said = complaint(tmp_path, f'[service]\n\nmetrics_file = "{given}"\n')
        assert said.startswith("config.toml:3: service.metrics_file: ")
        assert SPOILT[name] in said


@pytest.mark.parametrize("name", ["db/fxtrack.prom", "out/a.txt", "pages/fxtrack.prom", "config.prom"])
def test_metrics_may_be_anywhere_else(tmp_path: Path, name: str) -> None:
    assert load(tmp_path, f'[service]\nmetrics_file = "{name}"\n').metrics_file == tmp_path / name


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [("pages", 0, ""), ("later", 0, "no such folder yet"), ("a.txt", 2, "not a folder"), ("a.txt/b", 2, "cannot be")],
)
def test_the_folder_of_pages_is_there_or_comes_later_and_is_no_file(
    project: Project, name: str, code: int, words: str
) -> None:
    (project.root / "a.txt").write_text("")
    project.configure(f'[paths]\npages = "{name}"\n')
    done = project.run("config", "check")
    assert done.returncode == code
    assert ("valid" in done.stdout) is (code == 0)
    assert done.stderr.count("\n") == (1 if words else 0)
    assert words in done.stderr
    assert not words or f"{project.root / name}: " in done.stderr


@pytest.mark.parametrize("fmt", ["%d %B %Y", "%d/%m/%y", "%A, %d %B %Y", "Published %Y-%m-%d", "%j/%Y", "%b %d, %Y"])
def test_a_date_format_that_brings_a_date_back_is_taken(tmp_path: Path, fmt: str) -> None:
    assert load(tmp_path, SITE + f'date_formats = ["{fmt}"]\n').settings.sources[0].date_formats == (fmt,)


@pytest.mark.parametrize(
    "fmt", ["%B %Y", "%Y", "", "%H:%M", "DD.MM.YYYY", "%", "%d %B %Y %", "%Q", "%Y-%d-%d", "%d %d %B %Y", "\\u0001%Y"]
)  # fmt: skip
def test_a_date_format_that_brings_no_date_back_is_refused(tmp_path: Path, fmt: str) -> None:
    said = complaint(tmp_path, f'{SITE}date_formats = ["%Y-%m-%d", "{fmt}"]\n')
    assert repr(fmt.replace("\\u0001", "\1")) in said


def test_a_wrong_date_format_is_named_with_line_and_key(tmp_path: Path) -> None:
    said = complaint(tmp_path, SITE + '\n[[sources]]\nname = "b"\nmin_pairs = 5\ndate_formats = ["%Y-%m-%d", "%Y"]\n')
    assert said.startswith("config.toml:7: sources[1].date_formats")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[paths]\npages =\n", 2), ("[paths\n", 1), ("[paths]\npages = 'a'\npages = 'b'\n", 3), ("\n\n= 3\n", 3),
        ("[paths]\n[ingest]\n[paths]\n", 3), ("a = 1 b = 2\n", 1), ("[paths]\npages = 'a\0b'", 2),
    ],
)  # fmt: skip
def test_what_is_not_toml_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    said = complaint(tmp_path, text)
    assert said.startswith("config.toml: not valid TOML: ")
    assert f"line {line}," in said


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    assert "TOML" in complaint(tmp_path, "x = " + "[" * 100_000)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in complaint(tmp_path, b"# caf\xe9\n")


def test_a_missing_file_is_named_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: no such file.*--config"):
        load_config(tmp_path / "nowhere.toml")


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


@pytest.mark.parametrize(
    ("text", "key", "value", "origin"),
    [
        ("[paths]\n# where\npages = 'p'\n", "paths.pages", "p", "config.toml:3"),
        ("[paths]\n'pages' = 'p'\n", "paths.pages", "p", "config.toml:2"),
        ("paths.pages = 'p'\n", "paths.pages", "p", "config.toml:1"),
        ("\npaths = { pages = 'p' }\n", "paths.pages", "p", "config.toml:2"),
        ("\npaths = { pages = 'p' }\n", "paths.charts", "charts", "default"),
        ("[paths]\npages = 'p'\n", "paths.charts", "charts", "default"),
        ("[ingest]\n\nbatch_pages = 7\n[database]\nwait_seconds = 2\n", "ingest.batch_pages", 7, "config.toml:3"),
        ("[ingest]\n\nbatch_pages = 7\n[database]\nwait_seconds = 2\n", "database.wait_seconds", 2.0, "config.toml:5"),
        (SITE + '\n[[sources]]\nmin_pairs = 5\nname = "b"\n', "sources[0].name", "site", "config.toml:2"),
        (SITE + '\n[[sources]]\nmin_pairs = 5\nname = "b"\n', "sources[1].name", "b", "config.toml:6"),
        (SITE + '\n[[sources]]\nmin_pairs = 5\nname = "b"\n', "sources[1].min_pairs", 5, "config.toml:5"),
        (SITE + '\n[[sources]]\nmin_pairs = 5\nname = "b"\n', "sources[0].min_pairs", 4, "default"),
        ('\nsources = [{ name = "site" }]\n', "sources[0].name", "site", "config.toml:2"),
        (SITE + "rounding = { pct_decimals = 3 }\n", "sources[0].rounding.pct_decimals", 3, "config.toml:3"),
        (SITE + "[sources.rounding]\npct_decimals = 3\n", "sources[0].rounding.pct_decimals", 3, "config.toml:4"),
        (SITE + "[sources.rounding]\npct_decimals = 3\n", "sources[0].rounding.change_decimals", None, "default"),
        (SITE, "sources[0].rounding", None, "default"),
    ],
)
def test_every_value_in_force_is_shown_with_where_it_comes_from(
    tmp_path: Path, text: str, key: str, value: object, origin: str
) -> None:
    shown = {name: (in_force, where) for name, in_force, where in effective(load(tmp_path, text))}
    assert shown[key] == (value, origin)


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("[schedule]\ningest = { every = 'soon' }\n", 2, "schedule.ingest", "'soon' is not a duration"),
        ("[schedule]\ningest = { every = '0s' }\n", 2, "schedule.ingest", "shorter than 1s"),
        ("[schedule]\ningest = { every = '367d' }\n", 2, "schedule.ingest", "longer than 366d"),
        ("[schedule.ingest]\nevery = '1h'\njitter = 'some'\n", 3, "schedule.ingest.jitter", "'some' is not a duration"),
        ("[schedule.ingest]\ncron = '0 25 * * *'\n", 2, "schedule.ingest.cron", "not a cron expression"),
        ("[schedule.ingest]\ncron = '0 0 30 2 *'\n", 2, "schedule.ingest.cron", "day-of-month"),
        ("[schedule.ingest]\ncron = '@daily'\n", 2, "schedule.ingest.cron", "five fields"),
        ("[schedule.ingest]\ncron = '0 0 * * *'\nevery = '1h'\n", 1, "schedule.ingest", "either cron or every"),
        ("[schedule]\ningest = {}\n", 2, "schedule.ingest", "either cron or every"),
        ("[schedule]\nnightly = { every = '1h' }\n", 2, "schedule.nightly", "unknown key"),
        ("[schedule]\ntime_zone = 'Mars/Olympus'\n", 2, "schedule.time_zone", "not a time zone"),
        ("[schedule]\ntime_zone = '../etc/passwd'\n", 2, "schedule.time_zone", "not a time zone"),
        ("[schedule.backup]\ncron = '0 0 * * *'\ntime_zone = ''\n", 3, "schedule.backup.time_zone", "not a time zone"),
        ("[service]\nmax_age = 'old'\n", 2, "service.max_age", "not a duration"),
        (SITE + "max_age = '3'\n", 3, "sources[0].max_age", "not a duration"),
    ],
)
def test_what_the_service_cannot_follow_is_refused_with_line_and_key(
    tmp_path: Path, text: str, line: int, key: str, words: str
) -> None:
    said = complaint(tmp_path, text)
    assert said.startswith(f"config.toml:{line}: {key}: "), said
    assert words in said


def test_without_a_schedule_there_is_one_and_with_one_only_the_jobs_it_names_run(tmp_path: Path) -> None:
    assert list(load(tmp_path, "").schedules) == ["ingest", "charts", "backup"]
    named = load(tmp_path, "[schedule]\ntime_zone = 'Asia/Bishkek'\nbackup = { cron = '0 3 * * *', jitter = '5m' }\n")
    (backup,) = named.schedules.values()
    assert list(named.schedules) == ["backup"]
    assert (str(backup.when.zone), backup.jitter.total_seconds()) == ("Asia/Bishkek", 300)  # type: ignore[union-attr]
    own = load(tmp_path, "[schedule]\nbackup = { cron = '0 3 * * *', time_zone = 'Europe/Berlin' }\n").schedules[
        "backup"
    ]
    assert str(own.when.zone) == "Europe/Berlin"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[paths]\ndatabase = ""\n', "paths.database"),
        ('[paths]\nwriter = "x\\u0000y"\n', "paths.writer"),
        ("[ingest]\ninclude = []\n", "ingest.include"),
        ('[ingest]\ninclude = [""]\n', "ingest.include[0]"),
        ('[[sources]]\nname = "a"\npaths = []\n', "sources[0].paths"),
        ('[backup]\nfolder = ""\n', "backup.folder"),
    ],
)
def test_names_and_lists_that_name_nothing_are_refused(tmp_path: Path, text: str, key: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigError, match=re.escape(f": {key}: ")):
        load_config(tmp_path / "config.toml")


def test_a_mark_in_front_of_the_file_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b'\xef\xbb\xbf[paths]\npages = "elsewhere"\n')
    assert load_config(tmp_path / "config.toml").pages == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[paths]\ndatabase = "db"\n', "paths.database: {root}/db is a folder; name a file"),
        ('[paths]\nwriter = "db"\n', "paths.writer: {root}/db is a folder; name a file"),
        ('[paths]\npages = "."\n', "paths.charts: inside paths.pages"),
        ('[paths]\ncharts = "pages/charts"\n', "paths.charts: inside paths.pages"),
    ],
)
def test_places_that_something_else_needs_are_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigError, match=re.escape(words.format(root=tmp_path))):
        load_config(tmp_path / "config.toml")


def test_charts_may_lie_among_pages_that_are_no_html(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[paths]\npages = "."\n\n[ingest]\ninclude = ["*.txt"]\n')
    assert load_config(tmp_path / "config.toml").pages == tmp_path
