"""``python -m benchmarks.heavy [NAME...]``: what the heaviest pages cost, beside an ordinary page of the same size.

Every input is a page of the largest size that is read. Each is read in a process of its own; printed are the peak of
its memory, and its processor time as a multiple of that of an ordinary HTML page. The exit code is 1 if an input takes
more than `MOST_MB` or more than `MOST_TIMES` as long.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from fxtrack.extract.grammar import Grammar
from fxtrack.extract.page import read
from fxtrack.limits import HTML_ATTRIBUTES, MAX_PAGE_BYTES
from fxtrack.model.page import Page

MOST_MB = 256
MOST_TIMES = 3.0
_HTML, _TEXT = "text/html", "text/plain"
_TICKER = "".join(f"{pair}/USD = 0.0{number}144 0.1%\n" for number, pair in enumerate(("KGS", "KZT", "TJS", "UZS"), 1))
_TEXT_PROSE = "It rose, they say, by a third of what it had lost before.\n"
_HTML_PROSE = '<div class="text"><p>It rose, <b>they say</b>, by <a href="/x">a third</a> of it.</p></div>\n'
_HTML_TICKER = (
    "<p>" + "".join(f"<span>{line}</span>" for line in _TICKER.splitlines() * 8) + "</p><p>12 December 2025</p>"
)


def _filled(form: str, before: str = "", after: str = "") -> str:
    """Return a page of the largest size: `form`, with numbers from 0 on, between two texts."""
    parts, left, number = [], MAX_PAGE_BYTES - len(before.encode()) - len(after.encode()), 0
    while left > 0:
        parts.append("".join(form.format(n, pair=_pair(n)) for n in range(number, number + 10_000)))
        left -= len(parts[-1].encode())
        number += 10_000
    return before + "".join(parts).encode()[: left or None].decode("utf-8", "ignore") + after


def _pair(number: int) -> str:
    a = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return f"{a[number // 676 % 26]}{a[number // 26 % 26]}{a[number % 26]}/{a[number // 17576 % 26]}SD"


_SHORT, _NAMED = "It is so.\n", "<html>AAA/BBB "
PAGES: dict[str, tuple[str, Callable[[], str]]] = {
    # their tickers are at the end, so that nothing of them is left unread
    "ordinary text": (_TEXT, lambda: _filled(_TEXT_PROSE, after=f"\n\n{_TICKER * 8}12 December 2025\n")),
    "ordinary HTML": (_HTML, lambda: _filled(_HTML_PROSE, "<html><body>", _HTML_TICKER)),
    "pairs": (_TEXT, lambda: _filled("{pair} = 1.{0} 0%\n")),
    "values of a pair": (_TEXT, lambda: _filled("KGS/USD = 1.{0} 0%\n")),
    "entries that are no quotes": (_TEXT, lambda: _filled("KGS/USD = x{0}\n")),
    "short runs": (_TEXT, lambda: _filled("KGS/USD = 1.{0}\nno\n", _SHORT)),
    "short runs of refused entries": (_TEXT, lambda: _filled("KGS/USD = x{0}\nno\n", _SHORT)),
    "one long line": (_TEXT, lambda: _filled("KGS/USD = 1.5 0% ")),
    "one long line of different values": (_TEXT, lambda: _filled("KGS/USD = 1.{0} 0% ")),
    "lines beside": (_TEXT, lambda: _filled("KGS-USD = 1\n", _TICKER)),
    "dates": (_TEXT, lambda: _filled("12 December 2025\n", _TICKER)),
    "blank lines": (_TEXT, lambda: _filled("\n", _TICKER)),
    "strokes": (_TEXT, lambda: _filled("AAA/BBB ")),
    "invisible characters": (_TEXT, lambda: _filled("KGS\u200b/USD = 1\n", _TICKER)),
    "attributes": (
        _HTML,
        lambda: _filled("<p " + " ".join(f"a{n}" for n in range(HTML_ATTRIBUTES)) + ">AAA/BBB\n", "<html>"),
    ),
    "attributes of one element": (_HTML, lambda: _filled("a{0} ", "<html><p ", ">AAA/BBB")),
    "new names of attributes": (_HTML, lambda: _filled("<p a{0}>", _NAMED)),
    "classes": (_HTML, lambda: _filled("c{0} ", "<html>AAA/BBB<p class='", "'>KGS/USD")),
    "classes that are words": (_HTML, lambda: _filled("up ", "<html>AAA/BBB<p class='", "'>KGS/USD")),
    "different classes": (_HTML, lambda: _filled("<i class='up{0}'>1%</i>", _NAMED)),
    "elements with classes": (_HTML, lambda: _filled("<i class='up'>1%</i>", _NAMED)),
    "icons": (_HTML, lambda: _filled("<i class='up'></i>", _NAMED)),
    "pictures": (_HTML, lambda: _filled("<img>", "<html>KGS/USD = 1 1%")),
    "empty elements": (_HTML, lambda: _filled("<b></b>", _NAMED)),
    "paragraphs": (_HTML, lambda: _filled("<p>1", _NAMED)),
    "cells": (_HTML, lambda: _filled("<tr><td>KGS/USD<td>1.{0}<td>1%", "<table>")),
    "copies": (_HTML, lambda: _filled("<p aria-hidden=true>KGS/USD = 1.{0}</p>", "<html>")),
    "line breaks": (_HTML, lambda: _filled("1<br>", _NAMED)),
    "entities": (_HTML, lambda: _filled("&lt;", _NAMED)),
    "comments": (_HTML, lambda: _filled("<!---->", _NAMED)),
    "times": (_HTML, lambda: _filled("<time>1%</time>", _NAMED)),
    "styles": (_HTML, lambda: _filled("<p style='color:red;display:none{0}'>1%", _NAMED)),
}


def cost(name: str) -> tuple[float, int, str]:
    """Read an input in a process of its own; return its processor time in seconds, its peak in MB, and the outcome."""
    media_type, make = PAGES[name]
    data = make().encode()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.heavy", "--read", media_type], input=data, capture_output=True, check=True
    )
    seconds, megabytes, outcome = json.loads(done.stdout)
    return seconds, megabytes, outcome


def _read(data: bytes, media_type: str) -> tuple[float, int, str]:
    begun = time.process_time()
    found = read(Page("a", data, media_type=media_type), Grammar())
    seconds = time.process_time() - begun
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, f"{found.outcome}: {found.detail}"[:100]


def main(names: Sequence[str]) -> int:
    """Print the cost of each input whose name contains one of `names`, of all without names; return the exit code."""
    ordinary, _, _ = cost("ordinary HTML")
    heavy = False
    for name in PAGES:
        if not names or any(part in name for part in names):
            seconds, megabytes, outcome = cost(name)
            times = seconds / ordinary
            over = megabytes > MOST_MB or times > MOST_TIMES
            heavy = heavy or over
            print(
                f"{megabytes:4} MB {seconds:6.2f} s {times:6.2f} x  {name}: {outcome}{'  TOO HEAVY' if over else ''}",
                flush=True,
            )
    return int(heavy)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        print(json.dumps(_read(sys.stdin.buffer.read(), sys.argv[2])))
    else:
        sys.exit(main(sys.argv[1:]))
