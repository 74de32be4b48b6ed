"""Messages reach real receivers: a mail server, a web server, a command, a file. None is lost, and no secret leaks."""

import datetime as dt
import email.policy
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from conftest import InProcess, Project
from loopback import in_turn, says, serving
from services import Service, configure, free_port, status, wait_until
from test_alerts import DAY, FILE, SITE, TODAY, alert, ticker, told

from fxtrack.alerts.delivery.send import next_attempt, send_due
from fxtrack.alerts.ledger import unsent_messages
from fxtrack.limits import NOTIFY_FIRST_PAUSE, NOTIFY_LONGEST_PAUSE
from fxtrack.runs.facts import read_facts
from fxtrack.store.writer import Store

LEVEL = alert("level", 'pair = "KGS/USD"\nabove = "0.01"')
SECRET, PASSWORD = "s3cr3t-t0ken-0123456789", "pa55w0rd-of-the-mailbox"


class Mailbox:
    """Takes every mail."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: ANN401, N802
        self.mails.append(message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def secrets_in(project: Project, *urls: str) -> None:
    file = project.root / "urls"
    file.write_text("# receivers\n" + "\n".join(urls) + "\n", "utf-8")
    file.chmod(0o600)


def trip(project: Project, rate: str = "0.01100", name: str = "a.txt", days: int = 0) -> None:
    """Write a page that begins the alert on a level."""
    project.page(name, ticker(TODAY - days * DAY, rate))


def waiting(project: Project) -> list[Any]:
    facts = read_facts(project.config)
    assert facts
    return facts.unsent


def leaks(project: Project, *printed: str) -> list[str]:
    """Return where a secret stands, except in the file that holds it."""
    found = [text for text in printed if SECRET in text or PASSWORD in text]
    for path in project.root.rglob("*"):
        if path.is_file() and path.name != "urls":
            content = path.read_bytes()
            found += [str(path)] if SECRET.encode() in content or PASSWORD.encode() in content else []
    return found


def test_a_message_reaches_a_mail_server_a_web_server_a_command_and_a_file(
    project: Project, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    with serving() as site:
        site.does[f"/hook/{SECRET}"] = says(200)
        secrets_in(
            project, f"mailto://127.0.0.1:{port}?from=fxtrack@example.org&to=desk@example.org",
            f"json://{site.base.removeprefix('http://')}/hook/{SECRET}",
        )  # fmt: skip
        script = (
            "import os, sys; open('got', 'w').write(sys.stdin.read());"
            " open('env', 'w').write(os.environ['FXTRACK_ALERT'])"
        )
        command = json.dumps([sys.executable, "-c", script])
        project.configure(SITE + LEVEL + FILE + f'command = {command}\nurls_file = "urls"\n')
        trip(project)
        done = project.run("ingest")
        assert done.returncode == 0
        assert done.stderr == f"fxtrack: alert level: KGS/USD is above 0.01: 0.01100 on {TODAY}\n"
        (message,) = told(project)
        (mail,) = box.mails
        assert (mail["Subject"], mail["To"]) == (message["title"], "desk@example.org")
        assert message["text"] in mail.get_body(("plain", "html")).get_content()
        (asked,) = site.asked
        assert json.loads(asked.body)["title"] == message["title"]
        assert (project.root / "got").read_text("utf-8") == message["text"] + "\n"
        assert json.loads((project.root / "env").read_text("utf-8")) == message
        assert waiting(project) == []
        assert project.run("ingest").stderr == ""
        assert (len(box.mails), len(site.asked), len(told(project))) == (1, 1, 1)


def test_a_receiver_that_is_down_gets_the_message_later_and_the_others_get_it_once(
    project: Project, in_process: InProcess
) -> None:
    with serving() as site:
        site.does[f"/{SECRET}"] = in_turn(says(503), says(503), says(200))
        secrets_in(project, f"json://{site.base.removeprefix('http://')}/{SECRET}")
        project.configure(SITE + LEVEL + FILE + 'urls_file = "urls"\n')
        trip(project)
        code, out, err = in_process("ingest")
        assert code == 0
        assert "1 message about alerts could not be sent, and will be tried again" in err
        assert "json 1: refused with HTTP status 503" in err
        (unsent,) = waiting(project)
        assert (unsent.attempts, unsent.last_error) == (1, "json 1: refused with HTTP status 503")
        state = status(project)
        assert state["unsent_messages"] == 1
        assert any("alerts: 1 message could not be sent" in problem for problem in state["problems"])
        shown = project.run("status").stdout
        assert "not sent yet: 1 message about alerts" in shown
        assert "all is well" not in shown
        listed = in_process("alerts")
        assert "Not sent yet" in listed[1]
        assert in_process("ingest")[2] == ""  # the pause is not over
        assert len(site.asked) == 1
        now = dt.datetime.now(dt.UTC)
        assert send_due(project.config, now + dt.timedelta(minutes=2)).errors
        (again,) = waiting(project)
        assert again.attempts == 2
        assert again.next_attempt_utc > unsent.next_attempt_utc + NOTIFY_FIRST_PAUSE - dt.timedelta(seconds=30)
        sent = send_due(project.config, now + dt.timedelta(hours=1))
        assert (len(sent.titles), sent.errors) == (1, [])
        assert waiting(project) == []
        assert len(told(project)) == 1
        assert len(site.asked) == 3
        assert leaks(project, out, err, shown, *map(str, listed)) == []


def test_pauses_grow_to_a_limit(project: Project, in_process: InProcess) -> None:
    project.configure(SITE + LEVEL + '[notify]\ncommand = ["false"]\n')
    trip(project)
    in_process("ingest")
    now, pauses = dt.datetime.now(dt.UTC), []
    for _ in range(12):
        now += dt.timedelta(days=1)
        before = dt.datetime.now(dt.UTC)
        assert send_due(project.config, now).errors == [
            f"KGS/USD is above 0.01: 0.01100 on {TODAY}: command: false ended with exit code 1"
        ]
        (unsent,) = waiting(project)
        pauses.append(round((unsent.next_attempt_utc - before) / dt.timedelta(minutes=1)))
    assert pauses[:4] == [2, 4, 8, 16]
    assert pauses[-1] == NOTIFY_LONGEST_PAUSE / dt.timedelta(minutes=1)


def test_a_process_that_is_killed_between_sending_and_marking_sends_again(project: Project) -> None:
    script = "import os, signal; open('got', 'a').write('x'); os.path.exists('kill') and os.kill(os.getppid(), 9)"
    project.configure(SITE + LEVEL + f"[notify]\ncommand = {json.dumps([sys.executable, '-c', script])}\n")
    trip(project)
    (project.root / "kill").touch()
    assert project.run("ingest").returncode == -signal.SIGKILL
    assert len(waiting(project)) == 1
    (project.root / "kill").unlink()
    assert project.run("ingest").returncode == 0
    assert (project.root / "got").read_text("utf-8") == "xx"
    assert waiting(project) == []


def test_quiet_hours_delay_a_message_and_drop_none(project: Project, in_process: InProcess) -> None:
    # quiet from an hour ago to an hour from now, by the clock of UTC
    now = dt.datetime.now(dt.UTC)
    start, end = (f"{now + way * dt.timedelta(hours=1):%H:%M}" for way in (-1, 1))
    project.configure(SITE + LEVEL + f'quiet = "{start}-{end}"\n' + FILE)
    trip(project)
    assert "alert level" in in_process("ingest")[2]
    trip(project, "0.00900", "b.txt")
    assert told(project) == []
    facts = read_facts(project.config)
    assert facts
    at = next_attempt(project.config, facts, now)
    assert at == (now + dt.timedelta(hours=1)).replace(second=0, microsecond=0)
    assert send_due(project.config, at - dt.timedelta(minutes=1)).titles == []
    assert len(send_due(project.config, at).titles) == 1
    assert [message["event"] for message in told(project)] == ["began"]
    assert not any("could not be sent" in problem for problem in status(project)["problems"])


def test_no_secret_gets_into_any_output_file_or_table(
    project: Project, mailbox: tuple[Mailbox, int], in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, port = mailbox
    nowhere = free_port()
    urls = [
        f"mailto://desk:{PASSWORD}@127.0.0.1:{port}?from=a@example.org&to=b@example.org&mode=starttls",
        f"json://user:{PASSWORD}@127.0.0.1:{nowhere}/{SECRET}",
        f"jsons://127.0.0.1:{nowhere}/{SECRET}",
        f"slack://{SECRET}/B1/{SECRET}",
    ]
    printed: list[str] = []
    for given in ("file", "environment", "unknown"):
        wanted = [*urls[:3], *([f"nosuch://{SECRET}"] if given == "unknown" else [])]
        secrets_in(project, *wanted)
        key = 'urls_env = "FXTRACK_URLS"' if given == "environment" else 'urls_file = "urls"'
        project.configure(SITE + LEVEL + f"[notify]\n{key}\n")
        trip(project, f"0.0110{len(printed)}", f"{given}.txt")
        monkeypatch.setenv("FXTRACK_URLS", " ".join(wanted))
        monkeypatch.setenv("FXTRACK_TRACEBACK", "")
        done = project.run("ingest", timeout=200)  # a process of its own shows what libraries write past Python as well
        printed += [done.stdout, done.stderr]
        for arguments in (
            ["alerts", "--test"], ["alerts"], ["alerts", "--json"], ["status"], ["config", "show"],
            ["config", "check"], ["sql", "FROM alert_messages"], ["sql", "FROM problems"], ["run"],
        ):  # fmt: skip
            printed += in_process(*arguments)[1:]
        assert not any("Traceback" in text for text in printed)
    assert any("it is not shown: a secret" in text for text in printed)
    assert any("it cannot be reached" in text for text in printed)
    assert leaks(project, *printed) == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_of_secrets_that_others_may_read_is_refused(project: Project, in_process: InProcess, mode: int) -> None:
    secrets_in(project, f"json://127.0.0.1/{SECRET}")
    (project.root / "urls").chmod(mode)
    project.configure(SITE + LEVEL + '[notify]\nurls_file = "urls"\n')
    for arguments in (("config", "check"), ("alerts", "--test")):
        code, _, err = in_process(*arguments)
        assert code == 2
        assert f"notify.urls_file: {project.root}/urls is open to other users (mode {mode:04o})" in err
        assert SECRET not in err
    trip(project)
    code, _, err = in_process("ingest")
    assert code == 0
    assert "is open to other users" in err
    assert len(waiting(project)) == 1


@pytest.mark.parametrize(
    ("content", "says_"),
    [(None, "cannot be read: No such file or directory"), (b"", "holds no URL"), (b"\xff\xfe", "is not UTF-8 text"),
     (b"#" * 70_000, "is longer than 65,536 bytes")],
)  # fmt: skip
def test_a_file_of_secrets_that_cannot_be_used(
    project: Project, in_process: InProcess, content: bytes | None, says_: str
) -> None:
    if content is not None:
        (project.root / "urls").write_bytes(content)
        (project.root / "urls").chmod(0o600)
    project.configure(SITE + '[notify]\nurls_file = "urls"\n')
    code, _, err = in_process("alerts", "--test")
    assert (code, err.count("\n")) == (2, 1)
    assert says_ in err


def test_an_environment_variable_that_is_not_set(
    project: Project, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FXTRACK_URLS", raising=False)
    project.configure(SITE + '[notify]\nurls_env = "FXTRACK_URLS"\n')
    code, _, err = in_process("alerts", "--test")
    assert code == 2
    assert "notify.urls_env: the environment variable FXTRACK_URLS holds no URL" in err


@pytest.mark.new
def test_a_test_message_goes_to_every_receiver_and_names_those_that_fail(
    project: Project, in_process: InProcess
) -> None:
    project.configure(SITE + FILE + 'command = ["./missing"]\n')
    code, out, err = in_process("alerts", "--test")
    assert code == 1
    assert out == "file: took the message\ncommand: missing cannot be run: No such file or directory\n"
    assert err == "fxtrack: not taken by command\n"
    assert [message["event"] for message in told(project)] == ["test"]
    assert not project.config.writer.exists()


def test_a_line_is_never_joined_to_one_that_was_cut_short(project: Project, in_process: InProcess) -> None:
    (project.root / "told.jsonl").write_bytes(b'{"id": "cut sh')
    project.configure(SITE + FILE)
    for _ in range(2):
        assert in_process("alerts", "--test")[0] == 0
    lines = (project.root / "told.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["event"] for line in lines[1:]] == ["test", "test"]


def test_a_full_disk_keeps_the_message_and_the_file_whole(
    project: Project, in_process: InProcess, small_disk: Path
) -> None:
    from conftest import fill

    project.configure(SITE + LEVEL + f'[notify]\nfile = "{small_disk}/told.jsonl"\n')
    (small_disk / "told.jsonl").write_bytes(b"{}\n")
    ballast = fill(small_disk, 0)
    (small_disk / "told.jsonl").write_bytes(b"{}\n" * 1360)  # to the end of its last block
    trip(project)
    code, _, err = in_process("ingest")
    assert code == 0
    assert "told.jsonl cannot be written: No space left on device" in err
    assert (small_disk / "told.jsonl").read_bytes().count(b"\n") == 1360
    ballast.unlink()
    assert len(send_due(project.config, dt.datetime.now(dt.UTC) + DAY).titles) == 1


def test_the_service_goes_on_while_a_receiver_hangs_and_stops_in_time(project: Project) -> None:
    command = json.dumps([sys.executable, "-c", "import time; open('began', 'a').write('x'); time.sleep(1000)"])
    configure(project, 'ingest = { every = "1s" }\n', LEVEL + f"[notify]\ncommand = {command}\n")
    trip(project)
    with Service(project) as service:
        service.wait_for("ready")
        wait_until((project.root / "began").exists, "the command")
        trip(project, "0.01200", "b.txt")
        wait_until(lambda: sum(line["event"].startswith("ingest: ") for line in service.lines()) >= 2, "another pass")
        assert service.stop() == 0
    with Store.open(project.config) as store:
        assert len(unsent_messages(store)) == 1


def test_two_processes_do_not_send_the_same_message_at_once(project: Project) -> None:
    script = "import time; open('got', 'a').write('x'); time.sleep(2)"
    project.configure(SITE + LEVEL)
    trip(project)
    project.configure(SITE + LEVEL + f"[notify]\ncommand = {json.dumps([sys.executable, '-c', script])}\n")
    processes = [
        subprocess.Popen([sys.executable, "-m", "fxtrack", "--config", str(project.root / "config.toml"), *arguments])
        for arguments in (["ingest"], ["ingest"], ["alerts", "--send"])
    ]
    assert [process.wait(100) for process in processes] == [0, 0, 0]
    assert (project.root / "got").read_text("utf-8") == "x"
    assert waiting(project) == []


def test_commands_that_do_not_send_do_not_need_apprise(project: Project) -> None:
    secrets_in(project, f"json://127.0.0.1/{SECRET}")
    project.configure(SITE + LEVEL + '[notify]\nurls_file = "urls"\n')
    trip(project)
    missing = "import sys\nsys.modules['apprise'] = None\n"
    program = f"{missing}from fxtrack.cli.main import main\nmain(sys.argv[1:])"
    done = {
        name: subprocess.run(
            [sys.executable, "-c", program, "--config", str(project.root / "config.toml"), *name.split()],
            capture_output=True, text=True, timeout=100, check=False,
        )
        for name in ("config check", "ingest", "latest", "alerts", "alerts --dry-run", "alerts --test")
    }  # fmt: skip
    assert [one.returncode for one in done.values()] == [0, 0, 0, 0, 0, 2]
    assert "pip install 'fxtrack[alerts]'" in done["ingest"].stderr
    assert "pip install 'fxtrack[alerts]'" in done["alerts --test"].stderr
