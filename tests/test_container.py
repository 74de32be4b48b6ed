"""The image: its settings, and in the long tests a build without a registry, from Debian's packages and wheels."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, page_text
from services import wait_until

CONTAINERFILE = (ROOT / "Containerfile").read_text("utf-8")
USER = "10001:10001"


def test_the_image_has_no_root_a_volume_and_a_health_check() -> None:
    lines = CONTAINERFILE.splitlines()
    last = lines[len(lines) - lines[::-1].index("FROM ${BASE}") :]
    assert f"USER {USER}" in last
    assert last.index(f"USER {USER}") < last.index('ENTRYPOINT ["fxtrack"]')
    assert 'VOLUME ["/data"]' in last
    assert any(line.startswith("HEALTHCHECK ") and '"fxtrack", "status"' in line for line in last)
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            assert all((ROOT / source).exists() for source in line.split()[1:-1])


def test_the_compose_file_runs_it_read_only_without_capabilities() -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    (service,) = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))["services"].values()
    assert (service["read_only"], service["user"], service["cap_drop"]) == (True, USER, ["ALL"])
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 -- in the container
    assert service["volumes"] == ["./rates:/data"]
    assert service["healthcheck"]["test"] == ["CMD", "fxtrack", "status"]


class Storage:
    """Images and containers in a folder of their own, without a registry."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.flags = ["--root", str(folder / "storage"), "--runroot", str(folder / "run")]
        self.environment = os.environ | {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}

    def run(self, *command: str | Path) -> str:
        """Run a program and return its output."""
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout.strip()

    def logs(self, podman: Path, container: str) -> str:
        """Return what a container wrote, the log of the service on stderr included."""
        return subprocess.run(
            [podman, "logs", container],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True,
        ).stdout  # fmt: skip

    def buildah(self, *arguments: str | Path) -> str:
        return self.run("buildah", *self.flags, *arguments)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    """The image, built from Debian's packages and a folder of wheels."""
    skip_without("buildah", "mmdebstrap")
    if os.geteuid():
        pytest.skip("a root file system is made by root only")
    storage = Storage(tmp_path_factory.mktemp("images"))
    wheels, root = storage.folder / "wheels", storage.folder / "root.tar"
    storage.run(
        sys.executable, "-m", "pip", "download", "--quiet", "--dest", wheels, "--constraint", "constraints.txt",
        ".[alerts]", "setuptools", "wheel",
    )  # fmt: skip
    suite = next(
        line.partition("=")[2] for line in Path("/etc/os-release").read_text().splitlines()
        if line.startswith("VERSION_CODENAME=")
    )  # fmt: skip
    storage.run("mmdebstrap", "--quiet", "--variant=minbase", "--include=python3,python3-venv", suite, root)
    base = storage.buildah("from", "scratch")
    storage.buildah("add", base, root, "/")
    storage.buildah("commit", base, "fxtrack-base")
    storage.buildah(
        "build", "--network", "host", "--format", "docker", "--build-arg", "BASE=localhost/fxtrack-base",
        "--build-arg", "PIP_NO_INDEX=1", "--build-arg", "PIP_FIND_LINKS=/wheels", "--volume", f"{wheels}:/wheels:ro",
        "--tag", "fxtrack", ".",
    )  # fmt: skip
    return storage


def skip_without(*programs: str) -> None:
    for program in programs:
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")


def project_in(folder: Path) -> Path:
    """Make a project that belongs to the user of the image."""
    (folder / "pages").mkdir(parents=True)
    (folder / "pages" / "a.txt").write_text(page_text(date=f"{dt.datetime.now(dt.UTC):%d %B %Y}"), "utf-8")
    (folder / "config.toml").write_text('[schedule]\ningest = { every = "1s" }\n[[sources]]\nname = "site"\n', "utf-8")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 10001, 10001)
    return folder


@pytest.mark.slow
def test_the_image_runs_without_root(image: Storage, tmp_path: Path) -> None:
    told = json.loads(image.buildah("inspect", "--type", "image", "localhost/fxtrack"))["Docker"]["config"]
    assert (told["User"], told["Volumes"], told["Cmd"]) == (USER, {"/data": {}}, ["service"])
    project = project_in(tmp_path / "rates")
    container = image.buildah("from", "localhost/fxtrack")

    def inside(*command: str) -> str:
        return image.buildah("run", "--volume", f"{project}:/rates", container, "--", *command)

    assert inside("id", "-u") == "10001"
    assert "1 page: 1 new" in inside("fxtrack", "--config", "/rates/config.toml", "run")
    assert "0.01144" in inside("fxtrack", "--config", "/rates/config.toml", "latest")
    assert inside("sh", "-c", "touch /opt/fxtrack/x 2>/dev/null || echo refused") == "refused"
    owned = [path.stat().st_uid for path in project.rglob("*") if not path.is_symlink()]
    assert set(owned) == {10001}


@pytest.mark.slow
def test_the_compose_file_starts_a_service_on_a_read_only_root_that_stops_in_order(
    image: Storage, tmp_path: Path
) -> None:
    skip_without("podman", "runc", "podman-compose")
    project_in(tmp_path / "rates")
    compose = shutil.copy(ROOT / "deploy" / "compose.yaml", tmp_path)
    podman = tmp_path / "podman"
    podman.write_text(PODMAN.format(python=sys.executable, flags=image.flags), "utf-8")
    podman.chmod(0o755)
    composed = ("podman-compose", "--podman-path", podman, "--project-name", "fx", "--file", compose)
    image.run(*composed, "up", "--detach", "--no-build")
    try:
        wait_until(lambda: '"event": "ingest: done"' in image.logs(podman, "fx_fxtrack_1"), "the first run")
        image.run(podman, "healthcheck", "run", "fx_fxtrack_1")
        touched = image.run(podman, "exec", "fx_fxtrack_1", "sh", "-c", "touch /opt/x /x 2>/dev/null || id -u")
        assert touched == "10001"
        assert "0.01144" in image.run(podman, "exec", "fx_fxtrack_1", "fxtrack", "latest")
        image.run(*composed, "stop")
        assert (
            image.run(podman, "inspect", "fx_fxtrack_1", "--format", "{{.State.Status}} {{.State.ExitCode}}")
            == "exited 0"
        )
        assert '"event": "stopped"' in image.logs(podman, "fx_fxtrack_1")
    finally:
        image.run(*composed, "down")


PODMAN = """#!{python}
import os, sys

arguments = sys.argv[1:]
if arguments[:1] == ["run"]:
    # a container may not raise the limits that hold here, and there may be no bridge to give it a network
    arguments[1:1] = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
    if "--net" in arguments:
        arguments[arguments.index("--net") + 1] = "host"
    if "--network-alias" in arguments:
        at = arguments.index("--network-alias")
        del arguments[at : at + 2]
os.execvp("podman", ["podman", *{flags}, "--cgroup-manager=cgroupfs", "--runtime=runc", *arguments])
"""
"""Podman with the storage of the tests."""
