"""Alerts through the commands: what passes record, print and send; a dry run; bad settings."""

import csv
import datetime as dt
import io
import json
import signal
from pathlib import Path
from typing import Any

import pytest
from conftest import InProcess, Project, Shell, page_text
from promises import ask
from services import Service, configure, runs, status, wait_until

from fxtrack.alerts.conditions import JudgedDates, judged
from fxtrack.alerts.evaluate import evaluate
from fxtrack.cli.main import main
from fxtrack.config.load import load_config
from fxtrack.errors import ConfigError
from fxtrack.store.writer import Store

RULE = "rounding = { change_decimals = 4, pct_decimals = 2 }\n"
"""The rounding rule, so that no pass infers it: alerts on reports apart, it plays no part here."""
SITE = f'[[sources]]\nname = "site"\n{RULE}'
TODAY = dt.datetime.now(dt.UTC).date()
DAY = dt.timedelta(days=1)


def alert(when: str, more: str = "", name: str = "") -> str:
    return f'[[alerts]]\nname = "{name or when}"\nwhen = "{when}"\n{more}\n'


def ticker(date: dt.date, kgs: str, report: str = "0%", tjs: str = "0.10866", more: str = "") -> str:
    quotes = (
        ("KGS/USD", kgs, report), ("KZT/USD", "0.00192", "0%"), ("TJS/USD", tjs, "0%"), ("TMT/USD", "0.28571", "0%"),
    )  # fmt: skip
    return page_text(quotes, f"{date:%d %B %Y}") + more


def told(project: Project) -> list[dict[str, Any]]:
    """The messages that reached the file."""
    file = project.root / "told.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


FILE = '[notify]\nfile = "told.jsonl"\n'


def test_a_move_is_told_once_in_every_place_that_people_look(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    project.configure(SITE + alert("moved", 'percent = "2"') + FILE)
    project.page("a.txt", ticker(TODAY - 2 * DAY, "0.01000"))
    assert in_process("ingest")[2] == ""
    project.page("b.txt", ticker(TODAY - DAY, "0.01030"))
    code, _, err = in_process("ingest")
    assert code == 0
    # 0.01030 ± 0.000005 on 0.01000 ± 0.000005: at least 100 * (0.010295 - 0.010005) / 0.010005 = 2.898... %
    title = f"KGS/USD rose by at least 2.89 % from {TODAY - 2 * DAY} to {TODAY - DAY}"
    assert err == f"fxtrack: alert moved: {title}\n"
    (message,) = told(project)
    assert (message["title"], message["event"], message["pair"]) == (title, "began", "KGS/USD")
    assert "0.01000 on" in message["text"]
    assert "0.01030 on" in message["text"]
    rows = ask(shell, project.config.database, "FROM alerts")
    assert [(row["kind"], row["pair"], row["page_date"]) for row in rows] == [("moved", "KGS/USD", str(TODAY - DAY))]
    assert in_process("ingest")[2] == ""
    project.page("c.txt", ticker(TODAY - DAY, "0.01030", more="Another page of the same state.\n"))
    assert in_process("ingest")[2] == ""
    assert len(told(project)) == 1
    code, out, _ = in_process("alerts")
    assert code == 0
    assert title in out
    assert "Not sent" not in out


def test_without_a_receiver_alerts_are_recorded_and_no_message_waits(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    project.configure(SITE + alert("level", 'pair = "KGS/USD"\nbelow = "0.01"'))
    project.page("a.txt", ticker(TODAY, "0.00990"))
    assert "alert level: KGS/USD is below 0.01" in in_process("ingest")[2]
    assert len(ask(shell, project.config.database, "FROM alerts")) == 1
    assert ask(shell, project.config.database, "FROM alert_messages") == []
    assert status(project)["unsent_messages"] == 0


def test_old_pages_in_a_new_store_are_not_told(project: Project, in_process: InProcess) -> None:
    project.configure(SITE + alert("moved", 'percent = "1"') + alert("report") + FILE)
    for number in range(20):
        date = dt.date(2025, 1, 1) + number * DAY
        project.page(f"{number}.txt", ticker(date, f"0.01{number % 2}00", report="7%"))
    assert "alert" not in in_process("ingest")[2]
    assert told(project) == []
    code, out, _ = in_process("alerts", "--dry-run", "--json")
    events = json.loads(out)
    assert code == 0
    assert sum(event["alert"] == "moved" for event in events) == 19
    assert told(project) == []


def test_a_close_that_turns_out_otherwise_ends_the_alert(project: Project, in_process: InProcess) -> None:
    project.configure(SITE + alert("moved", 'percent = "2"') + FILE)
    project.page("a.txt", ticker(TODAY - 2 * DAY, "0.01000"))
    project.page("b.txt", ticker(TODAY - DAY, "0.01030"))
    in_process("ingest")
    for copy in range(2):  # the state that more captures show is the close
        project.page(f"c{copy}.txt", ticker(TODAY - DAY, "0.01001", more=f"{copy}\n"))
    assert "over: no longer so" in in_process("ingest")[2]
    assert [m["event"] for m in told(project)] == ["began", "ended"]


@pytest.fixture(scope="module")
def six_days(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The messages after six passes, a day each, over three sources: of a level, of reports, of a ticker standing."""
    project = Project(tmp_path_factory.mktemp("six"))
    project.configure(
        "".join(
            f'[[sources]]\nname = "{name}"\npaths = ["pages/{name}/*"]\n{more}'
            for name, more in (("level", RULE), ("report", "rounding = { pct_decimals = 2 }\n"), ("standing", RULE))
        )
        + alert("level", 'source = "level"\npair = "KGS/USD"\nabove = "0.0105"\nback = "0.0103"')
        + alert("report", 'source = "report"') + alert("standing", 'source = "standing"\nfor = "3d"') + FILE
    )  # fmt: skip
    rates = ("0.01040", "0.01060", "0.01040", "0.01070", "0.01030", "0.01029")
    for days, rate in zip(range(6, 0, -1), rates, strict=True):
        date = TODAY - days * DAY
        project.page(f"level/{days}.txt", ticker(date, rate))
        # the rule is configured, so that these few reports have a verdict: 7 % with nothing before it explains
        if days < 6:
            report = {3: "7%", 1: "-9%"}.get(days, "0%")
            project.page(f"report/{days}.txt", ticker(date, "0.01000", report=report, more="of reports\n"))
            # it cannot have risen by 2 % again and again
            standing = ("0.01001", "0%") if days == 1 else ("0.01000", "2%")
            project.page(f"standing/{days}.txt", ticker(date, *standing, more="standing\n"))
        with pytest.raises(SystemExit) as left:
            main(["--config", str(project.root / "config.toml"), "ingest"])
        assert not left.value.code
    return told(project)


def of_alert(messages: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [message for message in messages if message["alert"] == name]


def test_a_level_is_told_again_only_when_it_is_over(six_days: list[dict[str, Any]]) -> None:
    messages = of_alert(six_days, "level")
    assert [(m["event"], m["page_date"]) for m in messages] == [
        ("began", str(TODAY - 5 * DAY)), ("ended", str(TODAY - 5 * DAY)),
    ]  # fmt: skip
    assert messages[1]["title"].startswith("over: KGS/USD is back below 0.0103: 0.01029 on")


def test_reports_are_one_alert_that_lists_them_and_grows(six_days: list[dict[str, Any]]) -> None:
    messages = of_alert(six_days, "report")
    assert [m["event"] for m in messages] == ["began", "changed"]
    assert "KGS/USD = 0.01000 7%: unexplained" in messages[0]["text"]
    assert "KGS/USD = 0.01000 -9%: unexplained" in messages[1]["text"]


def test_a_ticker_that_repeats_while_dates_move_on_stands_still(six_days: list[dict[str, Any]]) -> None:
    messages = of_alert(six_days, "standing")
    assert [m["event"] for m in messages] == ["began", "ended"]
    since, until = TODAY - 5 * DAY, TODAY - 2 * DAY
    assert messages[0]["text"] == (
        f"standing: rates and reports stand still since {since}, and page dates move on to {until}"
    )


def test_a_page_with_one_state_more_does_not_stand_still(project: Project, in_process: InProcess) -> None:
    project.configure(SITE + alert("standing", 'for = "3d"') + FILE)
    for days in (5, 4, 3, 2):
        project.page(f"{days}.txt", ticker(TODAY - days * DAY, "0.01000", "2%"))
    project.page("more.txt", ticker(TODAY - 3 * DAY, "0.01002"))
    in_process("ingest")
    assert told(project) == []


def test_a_changed_layout_is_told_and_over_with_the_next_pages(project: Project, in_process: InProcess) -> None:
    project.configure(SITE + alert("layout") + FILE)
    for number in range(40):
        project.page(f"a{number}.txt")
    in_process("ingest")
    for number in range(20):
        project.page(f"b{number}.txt", f"Nothing here, {number}.\n")
    assert "alert layout: site: 0 of the newest 20 pages" in in_process("ingest")[2]
    for number in range(60):
        project.page(f"c{number}.txt")
    in_process("ingest")
    assert [m["event"] for m in told(project)] == ["began", "ended"]


def test_a_layout_changes_for_the_source_that_no_longer_finds_its_series_on_shared_pages(
    project: Project, in_process: InProcess
) -> None:
    side = "[[sources]]\nname = 'side'\npages_of = 'site'\nmin_pairs = 1\ncounter = 'KZT'\n"
    project.configure(SITE + side + "pattern = 'Side (?P<base>[A-Z]{3}) (?P<rate>[0-9.]+)'\n" + alert("layout") + FILE)
    for number in range(40):
        project.page(f"a{number}.txt", ticker(TODAY, "0.01000", more=f"\nSide USD 505.02\n\nNumber {number}\n"))
    in_process("ingest")
    for number in range(20):
        project.page(f"b{number}.txt", ticker(TODAY, "0.01000", more=f"\nNumber {number}\n"))
    in_process("ingest")
    (message,) = told(project)
    assert message["title"].startswith("side: 0 of the newest 20 pages show a ticker, of the 40 before 40 do;")


def test_silence_is_noticed_as_time_passes_without_any_page(project: Project, in_process: InProcess) -> None:
    project.page("a.txt", ticker(TODAY - 5 * DAY, "0.01000"))
    in_process("ingest")
    project.configure(SITE + alert("silent", 'for = "2d"') + FILE)
    code, _, err = in_process("alerts", "--send")
    newest = TODAY - 5 * DAY
    assert (code, err) == (0, f"fxtrack: alert silent: site: silent, the newest page is of {newest}; 2d are allowed\n")
    assert in_process("alerts", "--send") == (0, "", "")
    assert [row["job"] for row in runs(project)] == ["ingest", "alerts"]
    project.page("b.txt", ticker(TODAY, "0.01000"))
    in_process("ingest")
    assert [(m["event"], m["page_date"]) for m in told(project)] == [
        ("began", str(TODAY - 2 * DAY)), ("ended", str(TODAY - 2 * DAY)),
    ]  # fmt: skip


@pytest.mark.slow
def test_an_unhealthy_state_is_told_until_it_is_well(project: Project, in_process: InProcess) -> None:
    project.configure(SITE + alert("unhealthy") + FILE)
    project.page("a.txt", ticker(TODAY - 30 * DAY, "0.01000"))
    in_process("ingest")
    for _ in range(2):
        assert in_process("alerts", "--send")[0] == 0
    project.page("b.txt", ticker(TODAY, "0.01000"))
    in_process("ingest")
    in_process("alerts", "--send")
    messages = told(project)
    assert [m["event"] for m in messages] == ["began", "ended"]
    assert messages[0]["title"].startswith("unhealthy: site: the newest page date is")


def test_an_alert_that_is_no_longer_configured_ends_without_a_message(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    project.configure(SITE + alert("level", 'pair = "KGS/USD"\nabove = "0.01"') + FILE)
    project.page("a.txt", ticker(TODAY, "0.01100"))
    in_process("ingest")
    project.configure(SITE + FILE)
    in_process("ingest")
    (row,) = ask(shell, project.config.database, "SELECT ended_date FROM alerts")
    assert row["ended_date"] == str(TODAY)
    assert [m["event"] for m in told(project)] == ["began"]


@pytest.mark.slow
def test_evaluations_day_by_day_record_the_episodes_that_a_replay_finds(
    project: Project,
) -> None:
    from fxtrack.alerts.conditions import message_policy
    from fxtrack.alerts.rules import episodes
    from fxtrack.ingest.ingest import FileListing, ingest
    from fxtrack.ingest.pool import Readers
    from fxtrack.store.settling.recompute import recompute

    rates = ["1000", "1004", "1030", "1030", "1031", "0990", "0991", "0991", "0991", "0991", "0991", "1050", "1049"]
    days = [0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 20, 21]
    first = dt.date(2025, 3, 1)
    project.configure(
        SITE + alert("moved", 'percent = "2"') + alert("moved", 'percent = "2"\nagainst = "3d"', "days")
        + alert("moved", 'percent = "3"\nagainst = "2025-03-02"', "fixed")
        + alert("level", 'pair="KGS/USD"\nabove="0.0101"')
        + alert("silent", 'for = "2d"') + alert("standing", 'for = "3d"'),
    )  # fmt: skip
    config = project.config
    with Store.open(config) as store:
        for day, rate in zip(days, rates, strict=True):
            project.page(f"{day}.txt", ticker(first + day * DAY, f"0.0{rate}", "2%"))
            now = dt.datetime.combine(first + day * DAY, dt.time(12), dt.UTC)
            with Readers(config, now) as readers:  # a pass, without its evaluation
                ingest(store, readers, FileListing(config, [config.pages]), None, lambda _progress: None)
            recompute(store, config)
            for at in (now - DAY / 2, now, now):  # also between two pages, and twice
                evaluate(store, config, at)
        recorded = store.query("SELECT alert, pair, page_date, ended_date FROM alerts ORDER BY ALL")
        found = [
            (one.name, series.pair, episode.began, episode.ended)
            for one in config.settings.alerts
            for series in judged(store.query, config, one, JudgedDates(dt.date.min, now))
            for episode in episodes(series.judgements, message_policy(one)[0], daily=message_policy(one)[1])
        ]
    assert len(found) >= 9
    assert {name for name, *_ in found} == {one.name for one in config.settings.alerts}
    key = lambda row: tuple(map(str, row))  # noqa: E731
    assert sorted(recorded, key=key) == sorted(found, key=key)


def test_an_alert_that_is_added_later_is_evaluated_without_new_pages(project: Project, in_process: InProcess) -> None:
    project.configure(SITE + alert("layout") + FILE)
    trip = ticker(TODAY, "0.01100")
    project.page("a.txt", trip)
    in_process("ingest")
    assert in_process("ingest")[2] == ""
    project.configure(SITE + alert("layout") + alert("level", 'pair = "KGS/USD"\nabove = "0.01"') + FILE)
    assert "alert level: KGS/USD is above 0.01" in in_process("ingest")[2]
    assert in_process("ingest")[2] == ""
    assert [message["alert"] for message in told(project)] == ["level"]


def test_a_dry_run_prints_by_date_as_table_json_and_csv(project: Project, in_process: InProcess) -> None:
    project.configure(SITE + alert("level", 'pair = "KGS/USD"\nabove = "0.01"') + alert("unhealthy"))
    for day, rate in enumerate(("0.00990", "0.01010", "0.00980", "0.01020")):
        project.page(f"{day}.txt", ticker(dt.date(2025, 3, 1) + day * DAY, rate))
    in_process("ingest")
    before = project.config.database.read_bytes()
    events = [("2025-03-02", "began"), ("2025-03-03", "ended"), ("2025-03-04", "began")]
    code, out, err = in_process("alerts", "--dry-run", "--json")
    assert [(event["page_date"], event["event"]) for event in json.loads(out)] == events
    assert "unhealthy" in err
    code, out, _ = in_process("alerts", "--dry-run", "--csv")
    assert [(row["page_date"], row["event"]) for row in csv.DictReader(io.StringIO(out))] == events
    code, out, _ = in_process("alerts", "--dry-run")
    assert [tuple(line.split()[i] for i in (0, 5)) for line in out.splitlines()[1:]] == events
    assert in_process("alerts", "--dry-run", "--pair", "TJS/USD")[0] == 3
    assert code == 0
    assert project.config.database.read_bytes() == before
    assert in_process("alerts")[0] == 3


def test_the_command_without_alerts_says_how_to_make_some(project: Project, in_process: InProcess) -> None:
    project.page("a.txt")
    in_process("ingest")
    for arguments in ((), ("--dry-run",)):
        code, _, err = in_process("alerts", *arguments)
        assert code == 3
        assert "docs/alerts.md" in err
    assert in_process("alerts", "--test")[0] == 3
    assert in_process("alerts", "--test", "--send")[0] == 2
    assert in_process("alerts", "--test", "--csv")[0] == 2
    assert in_process("alerts", "--send", "--json")[0] == 2


def test_the_service_tells_of_pages_of_silence_and_of_its_health(project: Project, in_process: InProcess) -> None:
    configure(
        project, 'ingest = { every = "1s" }\n',
        alert("level", 'pair = "KGS/USD"\nabove = "0.01"') + alert("silent", 'for = "1d"') + alert("unhealthy") + FILE,
    )  # fmt: skip
    project.page("a.txt", ticker(TODAY - 9 * DAY, "0.00990"))
    in_process("ingest")
    with Service(project) as service:
        service.wait_for("ready")
        wait_until(lambda: {m["alert"] for m in told(project)} >= {"silent", "unhealthy"}, "silence and bad health")
        project.page("b.txt", ticker(TODAY, "0.01010"))
        service.wait_for(f"alert level: KGS/USD is above 0.01: 0.01010 on {TODAY}")
        wait_until(lambda: len(told(project)) >= 5, "the end of both, and the level")
        assert service.stop(signal.SIGTERM) == 0
    ends = {m["alert"] for m in told(project) if m["event"] == "ended"}
    assert ends == {"silent", "unhealthy"}
    assert len({m["id"] for m in told(project)}) == len(told(project))


def complaint(folder: Path, text: str) -> str:
    (folder / "config.toml").write_text(SITE + text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(folder / "config.toml")
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (alert("mvoed"), "config.toml:6: alerts[0].when: "),
        ('[[alerts]]\nname = "a"\n', "alerts[0]: Object missing required field `when`"),
        ('[[alerts]]\nwhen = "layout"\n', "alerts[0]: Object missing required field `name`"),
        (alert("layout") * 2, "alerts[1].name: two alerts are named 'layout'"),
        (alert("layout", 'source = "x"'), "alerts[0].source: no source is named 'x'; there are: site"),
        (alert("layout", 'pair = "KGS/USD"'), "alerts[0].pair: unknown key"),
        (alert("moved"), "alerts[0]: percent: is missing"),
        (alert("moved", "percent = 2.5"), 'alerts[0].percent: 2.5 is a binary fraction; write it in quotes, as "2.5"'),
        (alert("moved", 'percent = "1_0"'), "alerts[0].percent: '1_0' is not a number"),
        (alert("moved", 'percent = "-1"'), "alerts[0].percent: '-1' is not a number"),
        (alert("moved", 'percent = "0.0"'), "alerts[0].percent: '0.0' is not between 0 and 10,000"),
        (alert("moved", 'percent = "2"\nagainst = "week"'), "alerts[0].against: 'week' is not"),
        (alert("moved", 'percent = "2"\nagainst = 2025-12-01T00:00:00Z'), "alerts[0].against: '2025-12-01"),
        (alert("moved", 'percent = "2"\npair = "kgs"'), "alerts[0].pair: "),
        (alert("level", 'above = "1"'), "alerts[0]: Object missing required field `pair`"),
        (alert("level", 'pair = "KGS/USD"'), "alerts[0]: an alert on a level needs either above or below"),
        (alert("level", 'pair = "KGS/USD"\nabove = "0"'), "alerts[0].above: '0' is no rate above 0"),
        (alert("level", 'pair = "KGS/USD"\nabove = 1e3'), "alerts[0].above: 1000.0 is a binary fraction"),
        (alert("level", 'pair = "KGS/USD"\nabove = "1"\nback = "2"'), "alerts[0].back: 2 is beyond the level 1"),
        (alert("level", 'pair = "KGS/USD"\nbelow = "2"\nback = "1"'), "alerts[0].back: 1 is beyond the level 2"),
        (alert("silent", 'for = "3"'), "alerts[0].for: '3' is not a duration"),
        (alert("standing", 'for = "900d"'), "alerts[0].for: '900d' is longer than"),
        (alert("layout", 'quiet = "22-7"'), "alerts[0].quiet: '22-7' is not a time of the day like 22:00-07:00"),
        (alert("layout", 'quiet = "07:00-7:00"'), "alerts[0].quiet: '07:00-7:00' begins when it ends"),
        (alert("layout", 'time_zone = "Mars"'), "alerts[0].time_zone: 'Mars' is not a time zone"),
        ('[notify]\ncommand = "mail"\n', "notify.command: Expected `array`, got `str`"),
        ('[notify]\ncommand = [""]\n', "notify.command"),
        ('[notify]\nurls_env = "A B"\n', "notify.urls_env: "),
        ('[notify]\nfile = "config.toml"\n', "notify.file: the same file as the configuration"),
        ('[notify]\nfile = "db/fxtrack.duckdb"\n', "notify.file: the same file as paths.database"),
        ('[notify]\nfile = "pages/a.txt"\n', "notify.file: a page by its name"),
        ('[notify]\nfile = "."\n', "notify.file: "),
        ('[notify]\nfile = "x"\nurls_file = "x"\n', "notify.file: the same file as notify.urls_file"),
        ('[notify]\nmail = "x"\n', "notify.mail: unknown key"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_the_key(tmp_path: Path, text: str, says: str) -> None:
    assert says in complaint(tmp_path, text)
