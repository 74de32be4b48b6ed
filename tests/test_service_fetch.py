"""The job `fetch` of the service, against a real server on loopback: what comes, what fails, and what never answers."""

import signal
import time

from conftest import Project, Shell, page_text
from loopback import Handler, Site, in_turn, says, serving
from promises import value
from services import Service, configure, runs, status, wait_until

QUIET = '[service]\nwatch = false\n[fetch]\ncontact = "https://example.org/about"\nattempts = 1\nseconds_between = 0\n'
SECONDLY = 'fetch = { every = "1s" }\n'


def live(site: Site) -> str:
    return f'[[sources]]\nname = "site"\nurl = "{site.base}/rates"\nprivate_address = true\n'


def test_live_pages_are_fetched_stored_and_published(project: Project, shell: Shell) -> None:
    with serving() as site:
        other = page_text(date="13 December 2025")
        site.does["/rates"] = in_turn(*(says(200, text, Content_Type="text/plain") for text in (page_text(), other)))
        configure(project, SECONDLY, QUIET, live(site))
        with Service(project) as service:
            service.wait_for("fetch: done", 3)  # the third time it is the page of the second: a sighting of it
            assert service.stop() == 0
    assert value(shell, project.config.database, "SELECT count(*) FROM captures WHERE captured_utc IS NOT NULL") == 2
    assert int(value(shell, project.config.database, "SELECT count(*) FROM sightings")) > 2
    assert {row["job"] for row in runs(project)} == {"fetch"}
    assert project.run("verify").returncode == 0


def test_a_fetch_that_fails_a_page_without_ticker_and_recovery_are_kept_apart(project: Project) -> None:
    with serving() as site:
        steps = [says(503), says(503), says(200, "No rates today.\n"), says(200, page_text())]
        site.does["/rates"] = in_turn(*steps)
        configure(project, SECONDLY, QUIET, live(site))
        with Service(project) as service:
            service.wait_for("fetch: fetch failed")
            service.wait_for("fetch: done")
            assert service.stop() == 0
    found = [row["outcome"] for row in runs(project)]
    assert found[:4] == ["fetch failed", "fetch failed", "page without ticker", "done"]
    assert all(row["message"] for row in runs(project)[:3])
    assert len(service.said("fetch: fetch failed")) == 1
    assert len(service.said("fetch: recovered")) == 1


def test_a_source_that_cannot_be_fetched_makes_the_status_unhealthy(project: Project) -> None:
    with serving() as site:
        site.does["/rates"] = says(500)
        configure(project, SECONDLY, QUIET, live(site))
        with Service(project) as service:
            service.wait_for("fetch: fetch failed")
            assert any(problem.startswith("fetch: fetch failed: site: ") for problem in status(project)["problems"])
            assert service.stop() == 0


def test_a_server_that_never_answers_does_not_keep_the_service_from_ending_well(project: Project) -> None:
    with serving() as site:
        site.does["/rates"] = lambda _handler: time.sleep(120)
        configure(project, 'fetch = { cron = "0 0 1 1 *" }\n', QUIET + "timeout_seconds = 100\n", live(site))
        with Service(project) as service:
            wait_until(lambda: site.paths, "the request")
            (running,) = status(project)["jobs"]
            assert running["last"]["outcome"] == "running"
            assert service.stop(signal.SIGTERM) == 0
        assert service.said("stopped")
        site.does["/rates"] = says(200, page_text())
        with Service(project) as service:
            assert service.wait_for("ready", 2)["catching_up"] == "fetch"
            service.wait_for("fetch: done")
            assert service.stop() == 0
    assert [row["outcome"] for row in runs(project)] == ["stopped", "done"]


def test_a_source_without_an_address_is_not_fetched(project: Project) -> None:
    configure(project, SECONDLY + 'ingest = { every = "1s" }\n', QUIET)
    with Service(project) as service:
        assert service.wait_for("ready")["jobs"] == "ingest"
        assert service.stop() == 0


def test_a_live_fetch_is_marked_killed_by_nobody_while_it_goes_on(project: Project) -> None:
    with serving() as site:

        def slow(handler: Handler) -> None:
            wait_until((project.root / "go").exists, "leave to answer")
            handler.say(200, page_text().encode())

        site.does["/rates"] = slow
        configure(project, 'fetch = { cron = "0 0 1 1 *" }\n', QUIET, live(site))
        with Service(project) as service:
            wait_until(lambda: site.paths, "the request")
            project.page("by-hand.txt")
            assert project.run("ingest").returncode == 0
            assert [row["outcome"] for row in runs(project, "job = 'fetch'")] == ["running"]
            (project.root / "go").touch()
            service.wait_for("fetch: done")
            assert service.stop() == 0
    assert [row["outcome"] for row in runs(project)] == ["done", "done"]
