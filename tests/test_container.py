"""The image: its settings, and in the long tests a build without a registry, from Debian's packages and wheels."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, page_text

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


@pytest.fixture
def buildah(tmp_path: Path) -> Callable[..., str]:
    """Run buildah with storage of its own."""
    for program in ("buildah", "mmdebstrap"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    if os.geteuid():
        pytest.skip("a root file system is made by root only")

    def run(*arguments: str | Path) -> str:
        done = subprocess.run(
            ["buildah", "--root", tmp_path / "storage", "--runroot", tmp_path / "run", *arguments],
            env=os.environ | {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"},
            cwd=ROOT, capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout.strip()

    return run


@pytest.mark.slow
def test_the_image_is_built_and_runs_without_root(buildah: Callable[..., str], tmp_path: Path) -> None:
    wheels, root = tmp_path / "wheels", tmp_path / "root.tar"
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--dest", wheels, "--constraint", "constraints.txt",
         ".[alerts]", "setuptools", "wheel"],
        cwd=ROOT, check=True, timeout=900,
    )  # fmt: skip
    suite = next(
        line.partition("=")[2] for line in Path("/etc/os-release").read_text().splitlines()
        if line.startswith("VERSION_CODENAME=")
    )  # fmt: skip
    packages = "python3,python3-venv"
    subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={packages}", suite, root], check=True, timeout=900
    )
    base = buildah("from", "scratch")
    buildah("add", base, root, "/")
    buildah("commit", base, "fxtrack-base")
    buildah(
        "build", "--network", "host", "--format", "docker", "--build-arg", "BASE=localhost/fxtrack-base",
        "--build-arg", "PIP_NO_INDEX=1", "--build-arg", "PIP_FIND_LINKS=/wheels", "--volume", f"{wheels}:/wheels:ro",
        "--tag", "fxtrack", ".",
    )  # fmt: skip
    told = json.loads(buildah("inspect", "--type", "image", "localhost/fxtrack"))["Docker"]["config"]
    assert (told["User"], told["Volumes"], told["Cmd"]) == (USER, {"/data": {}}, ["service"])
    project = tmp_path / "rates"
    (project / "pages").mkdir(parents=True)
    (project / "pages" / "a.txt").write_text(page_text(), "utf-8")
    (project / "config.toml").write_text('[[sources]]\nname = "site"\n', "utf-8")
    for path in (project, *project.rglob("*")):
        os.chown(path, 10001, 10001)
    container = buildah("from", "localhost/fxtrack")

    def inside(*command: str) -> str:
        return buildah("run", "--volume", f"{project}:/rates", container, "--", *command)

    assert inside("id", "-u") == "10001"
    assert "1 page: 1 new" in inside("fxtrack", "--config", "/rates/config.toml", "run")
    assert "0.01144" in inside("fxtrack", "--config", "/rates/config.toml", "latest")
    assert inside("sh", "-c", "touch /opt/fxtrack/x 2>/dev/null || echo refused") == "refused"
    owned = [path.stat().st_uid for path in project.rglob("*") if not path.is_symlink()]
    assert set(owned) == {10001}
