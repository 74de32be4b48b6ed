"""How cost grows: the same job at three sizes, and on one processor and on all."""

import os

from benchmarks.comparisons import Comparison
from benchmarks.setting import Setting


def text_sizes(setting: Setting) -> Comparison:
    """Text pages, ten times as many from one contender to the next."""
    largest = setting.corpus.trees[-1]
    contenders = [
        setting.ingest(f"{t.truth.pages:,} pages", t.folder, t.truth, once=t is largest) for t in setting.corpus.trees
    ]
    return Comparison("text sizes", "fxtrack ingest of text pages", tuple(contenders))


def archive_sizes(setting: Setting) -> Comparison:
    """HTML responses in one archive, ten times as many from one contender to the next."""
    largest = setting.corpus.trees[-1]
    contenders = [
        setting.ingest(f"{t.truth.pages:,} responses", t.archive, t.truth, once=t is largest)
        for t in setting.corpus.trees
    ]
    return Comparison("archive sizes", "fxtrack ingest of one .warc.gz", tuple(contenders))


def processors(setting: Setting) -> Comparison:
    """The main input on one processor and on all that this process may use."""
    usable = sorted(os.sched_getaffinity(0))
    tree = setting.corpus.main
    contenders = [
        setting.ingest(f"{kind}, {name}", source, tree.truth, prefix=prefix, once=kind == "archive")
        for kind, source in (("text", tree.folder), ("archive", tree.archive))
        for name, prefix in (
            ("1 processor", ("taskset", "-c", str(usable[0]))),
            (f"{len(usable)} processors", ()),
        )
    ]
    return Comparison("processors", f"fxtrack ingest of {tree.truth.pages:,} pages", tuple(contenders))
