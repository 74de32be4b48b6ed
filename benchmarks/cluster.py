"""Extraction on a Ray cluster and from an S3 server, beside the same in one process: `python -m benchmarks.cluster`.

Both are real and run on this machine: a head without processors and two nodes of one processor each in a network of
their own, and moto. Figures that are compared come from rounds of one run, in turn; each is printed beside its target.
The gain of two nodes depends on the machine, so two plain processes stand beside.
"""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
from pyarrow.fs import LocalFileSystem, S3FileSystem, copy_files

from benchmarks.bucket_server import bucket_server
from benchmarks.parts import CONFIG, crawl, extract_once, group_of_parts
from benchmarks.ray_cluster import PYTHON, ROOT, NoNamespacesError, RayCluster
from fxtrack.config.config import Config
from fxtrack.config.load import load_config
from fxtrack.limits import BUCKET_BLOCK_BYTES, PROCESS_TASKS
from fxtrack.pages.bucket import open_bucket_file
from fxtrack.pages.decompress import CHUNK_BYTES

RECORDS, SHARE, ARCHIVES, ROUNDS, MATCHING = 3_000, 50, 16, 5, 1_000
MATCHING_TIMES = 12
URL = "s3://crawls/crawl.warc.gz"
ANSWER = "answer.json"  # beside the configuration
MATCHED = MATCHING * MATCHING_TIMES
PROCESSES = "[cluster]\ntasks_per_process = 10_000\n"
KINDS = {
    "workers": "the workers", "plain": "the workers", "driver": "the driver", "daemons": "the daemons of Ray",
    "others": "other programs",
}  # fmt: skip
Round = dict[str, dict[str, float]]


def show(what: str, value: str, target: str = "") -> None:
    """Print a figure and its target."""
    print(f"{what:<68} {value:>10}{'   target ' if target else ''}{target}", flush=True)


def spread(values: Iterable[float], form: str = "{:.2f}x") -> str:
    """Return the median of some values."""
    return form.format(statistics.median(values))


def on_cluster(root: Path, config: Path) -> Iterator[dict[str, Any]]:
    """Yield what the driver measures on a cluster of one node, and of two."""
    with RayCluster(root / "ray") as cluster:
        for nodes in (1, 2):
            cluster.add_node()
            command = [
                str(PYTHON), "-m", "benchmarks.cluster_driver", str(config), str(root / "crawl"),
                str(root / "all.warc.gz"), str(nodes), str(ROUNDS),
            ]  # fmt: skip
            subprocess.run(cluster.inside(command), env=cluster.environment(PYTHONPATH=str(ROOT)), check=True)
            yield msgspec.json.decode(config.with_name(ANSWER).read_bytes())


def show_cluster(one: dict[str, Any], found: dict[str, Any]) -> None:
    """Print what a cluster costs, by the measurements with one node and with two."""
    alone: list[Round] = one["rounds"]
    rounds: list[Round] = found["rounds"]

    def cpu_ratio(measured: list[Round], name: str, kind: str) -> str:
        return spread(times[name][kind] / times["in process"]["driver"] for times in measured)

    def gain(name: str) -> str:
        """Return the wall time with one divided by that with two, each in units of the same work in one process."""
        first, second = (
            statistics.median(times[name]["wall"] / times["in process"]["wall"] for times in measured)
            for measured in (alone, rounds)
        )
        return f"{first / second:.2f}x"

    show("CPU of tasks under Ray, one node / in process", cpu_ratio(alone, "nodes", "workers"), "1.15x")
    show("the same, two nodes", cpu_ratio(rounds, "nodes", "workers"), "1.15x")
    show("CPU of two plain processes / in process", cpu_ratio(rounds, "plain", "plain"))
    show("wall time, one node / two", gain("nodes"), "1.8x")
    show("wall time, one plain process / two", gain("plain"))
    for name, label in (("nodes", "two nodes"), ("plain", "two plain processes")):
        for kind in ("workers" if name == "nodes" else "plain", "driver", "daemons", "others"):
            taken = [times[name][kind] / times[name]["wall"] for times in rounds]
            show(f"processors that {KINDS[kind]} had, {label}", spread(taken, "{:.2f}"))
    renewed = f"the same, processes renewed after {PROCESS_TASKS}"
    for name, label in (("empty", "an empty task"), ("empty, renewed", renewed)):
        walls = [1e3 * times["wall"] / found["empty tasks"] for times in found[name]]
        used = [
            1e3 * sum(times[kind] for kind in ("workers", "driver", "daemons")) / found["empty tasks"]
            for times in found[name]
        ]
        show(f"{label}: wall", spread(walls, "{:.2f} ms"), "5 ms")
        show(f"{label}: CPU of all processes", spread(used, "{:.2f} ms"))
    show("peak memory of a worker", f"{found['peak'] / 1e6:.0f} MB", "400 MB")
    show(f"the same, an archive of {MATCHED:,} pages that all match",
         f"{found['peak where every page matches'] / 1e6:.0f} MB", "400 MB")  # fmt: skip


def wall(work: Callable[[], object]) -> float:
    """Return the wall seconds of some work."""
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def read_bucket() -> None:
    """Read the archive from its bucket, block by block."""
    with open_bucket_file(URL, BUCKET_BLOCK_BYTES) as (opened, _):
        while opened.read(CHUNK_BYTES):
            pass


def show_bucket(root: Path, config: Config, archive: Path) -> None:
    """Measure an archive in a bucket against the same on disk."""
    with bucket_server(root / "moto.log") as environment:
        os.environ.update(environment)
        system = S3FileSystem(endpoint_override=environment["AWS_ENDPOINT_URL"], allow_bucket_creation=True)
        system.create_dir("crawls")
        copy_files(
            str(archive), URL.removeprefix("s3://"), source_filesystem=LocalFileSystem(), destination_filesystem=system
        )
        parts = root / "bucket-parts"
        parts.mkdir()
        taken = []
        for number in range(ROUNDS + 1):
            disk = wall(lambda: extract_once(archive, config, parts))
            bucket = wall(lambda: extract_once(URL, config, parts))
            alone = wall(read_bucket)
            taken += [(bucket / disk, alone / disk)] if number else []  # the first round connects
    show("wall time, from a bucket / from disk", spread(ratio for ratio, _ in taken), "1.5x")
    show("of that, the server's time to deliver the blocks", spread(ratio for _, ratio in taken))


def main() -> None:
    """Measure and print."""
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fx")))
        (root / "config.toml").write_text(CONFIG + PROCESSES, "utf-8")
        config = load_config(root / "config.toml")
        archive = root / "crawl" / "00.warc.gz"
        archive.parent.mkdir()
        crawl(archive, RECORDS, SHARE)
        for number in range(1, ARCHIVES):
            os.link(archive, archive.with_name(f"{number:02}.warc.gz"))
        crawl(root / "one.warc.gz", MATCHING, 1)
        (root / "all.warc.gz").write_bytes((root / "one.warc.gz").read_bytes() * MATCHING_TIMES)
        megabytes = archive.stat().st_size / 1e6
        print(
            f"{len(os.sched_getaffinity(0))} processors; {ARCHIVES} archives of {RECORDS:,} records and {megabytes:.0f}"
            f" MB packed, one in {SHARE} a page of the source; medians of {ROUNDS} rounds"
        )
        if not PYTHON.exists():
            print("Ray and moto are not installed: `make test-cluster` installs them")
        else:
            try:
                show_cluster(*on_cluster(root, root / "config.toml"))
            except NoNamespacesError as error:
                print(f"no cluster, namespaces are not permitted here: {error}")
            show_bucket(root, config, archive)
        _, loaded = group_of_parts(root, config)
        show("loading a part in a group, CPU", f"{1e3 * loaded:.1f} ms", "50 ms")


if __name__ == "__main__":
    main()
