"""Readers never matter: a page every second, while real shells do what they like with the published file."""

import datetime as dt
import subprocess
import threading
import time
from itertools import pairwise

from conftest import Project, page_text
from promises import Session, Shell, shell_program, value
from services import Service, configure, rest, runs, wait_until

SECONDS = 60
WHOLE = (
    "SELECT (SELECT count(*) FROM captures), (SELECT count(*) FROM daily), (SELECT sum(new) FROM runs),"
    " (SELECT count(DISTINCT page_date) FROM deltas)"
)
INSERT = "INSERT INTO captures (capture_id) VALUES ('not a page');"


def add(project: Project, number: int) -> None:
    """Put a page of its own date into the folder as a whole."""
    day = dt.date(2025, 1, 1) + dt.timedelta(days=number)
    text = page_text((("KGS/USD", f"0.0{1100 + number}", "0%"),), f"{day:%d %B %Y}")
    hidden = project.page(f".{number:03}.part", text)
    hidden.rename(hidden.with_name(f"{number:03}.txt"))


def test_no_reader_disturbs_the_service_and_none_sees_an_error_or_half_a_state(project: Project, shell: Shell) -> None:
    configure(project, 'ingest = { every = "1s" }\ncharts = { every = "10s" }\n', "[service]\nwatch = false\n")
    database = project.config.database
    over = threading.Event()
    answers: list[list[tuple[int, str, str]]] = [[], [], [], []]
    refused: list[int] = []

    def keep_asking(seen: list[tuple[int, str, str]]) -> None:
        command = [str(shell_program()), "-readonly", "-csv", "-noheader", str(database), "-c", WHOLE]
        while not over.is_set():
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
            seen.append((done.returncode, done.stderr, done.stdout.strip()))

    def keep_writing() -> None:
        while not over.wait(0.5):
            done = subprocess.run(
                [shell_program(), database, "-c", INSERT], capture_output=True, text=True, timeout=60, check=False
            )
            refused.append(done.returncode)

    with Service(project) as service:
        add(project, 0)
        wait_until(
            lambda: database.exists() and value(shell, database, "SELECT count(*) FROM captures"), "the first page"
        )
        threads = [threading.Thread(target=keep_asking, args=(seen,)) for seen in answers]
        threads.append(threading.Thread(target=keep_writing))
        with Session(database, "-readonly") as throughout:
            assert throughout.say(WHOLE + ";") == "1,1,1,1"
            for thread in threads:
                thread.start()
            try:
                began = time.monotonic()
                for number in range(1, SECONDS + 1):
                    add(project, number)
                    time.sleep(max(0.0, began + number - time.monotonic()))
                wait_until(lambda: value(shell, database, "SELECT count(*) FROM captures") == SECONDS + 1, "every page")
            finally:
                over.set()
                for thread in threads:
                    thread.join()
            assert throughout.say(WHOLE + ";") == "1,1,1,1"
        assert service.stop() == 0
    *rest_of_runs, last = (row["outcome"] for row in runs(project))
    assert set(rest_of_runs) <= {"done", "nothing new"}
    assert last in {"done", "nothing new", "stopped"}
    assert [line for line in service.lines() if line["level"] not in {"info", "debug"}] == []
    assert refused
    assert 0 not in refused
    check(answers)
    assert value(shell, database, "SELECT count(DISTINCT capture_id) FROM captures") == SECONDS + 1
    assert rest(project.root) == set()


def check(answers: list[list[tuple[int, str, str]]]) -> None:
    """Every answer is one without an error, of one whole state, and none older than the one before."""
    whole = {",".join([str(number)] * 4) for number in range(1, SECONDS + 2)}
    for seen in answers:
        assert {(code, err) for code, err, _ in seen} == {(0, "")}
        assert {text for _, _, text in seen} <= whole
        counts = [int(text.split(",")[0]) for _, _, text in seen]
        assert all(before <= after for before, after in pairwise(counts))
        assert len(set(counts)) > SECONDS // 6
