"""One made page, as a text capture and as HTML around the same ticker, date and articles."""

import datetime as dt
import html
import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from benchmarks.market import STATES_A_DAY, State
from benchmarks.prose import headline, paragraphs, quoting

PAGE_BYTES = 23_000
CAPTURES_A_STATE = 2
PAGES_A_DAY = STATES_A_DAY * CAPTURES_A_STATE

_HTML_ARTICLE_BYTES = 10_500
_SECTIONS = (
    "Water",
    "Orchards",
    "Roads",
    "Salt",
    "Weather",
    "Felt",
    "Chess",
    "Letters",
    "Tea",
    "Maps",
    "Kites",
    "Bread",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A made page and the truth about it.

    Attributes:
        entries: its ticker line by line, repeats and all; empty without one.
        repeats: how often the block is printed.
        in_conflict: whether one of the repeats disagrees.
        date: that it shows, None if none.
        day: when it was captured.
        title: its headline.
        lines: its articles, more than there is room for.
        lone_rate: that an article quotes in the ticker's form, None if none does.
    """

    entries: tuple[tuple[str, str, str], ...]
    repeats: int
    in_conflict: bool
    date: dt.date | None
    day: dt.date
    title: str
    lines: tuple[str, ...]
    lone_rate: str | None

    @property
    def printed(self) -> list[Decimal]:
        """Every rate that the page prints, repeats and all."""
        return [Decimal(rate) for rate in (*(rate for _, rate, _ in self.entries), self.lone_rate) if rate]

    @property
    def block_sum(self) -> Decimal:
        """Sum of the rates of one block, where all repeats agree."""
        if self.in_conflict or not self.entries:
            return Decimal(0)
        return sum((Decimal(rate) for _, rate, _ in self.entries[: len(self.entries) // self.repeats]), Decimal(0))


def shown(seed: str, number: int, recent: Sequence[State]) -> Shown:
    """Make up page `number` of a site, which shows the last of the `recent` states."""
    chance = random.Random(f"page {seed} {number}")
    state = recent[-1]
    quotes = list(state.quotes if chance.random() < 0.93 else state.quotes[:4])
    repeats = chance.choices((8, 4, 2), (90, 6, 4))[0]
    entries = quotes * repeats
    in_conflict = chance.random() < 0.003 and len(recent) > 1
    if in_conflict:  # caught while it changed: from here on the next state's third pair
        at = len(quotes) * chance.randrange(1, repeats) + 2
        pair, rate, change = entries[at]
        entries[at] = (pair, f"{Decimal(rate) + Decimal('0.00001')}", change)
    if chance.random() < 0.025:
        entries, in_conflict = [], False
    lone_rate = f"0.00{chance.randint(180, 215)}" if chance.random() < 0.01 else None
    first = f"{_sentence_of(number)} {quoting(lone_rate)}" if lone_rate else _sentence_of(number)
    return Shown(
        entries=tuple(entries), repeats=repeats, in_conflict=in_conflict,
        date=state.date if chance.random() < 0.7 else None, day=state.date, title=headline(chance),
        lines=(first, *_some(chance)), lone_rate=lone_rate,
    )  # fmt: skip


def as_text(page: Shown) -> bytes:
    """Return the page as a text capture of it."""
    lines = [f"  • {pair} = {rate} {change}" for pair, rate, change in page.entries]
    if lines:
        lines[0] = lines[0].lstrip()
    if page.date:
        lines.append(f"{page.date:%d %B %Y}")
    elif len(page.title) % 3:
        lines.append(("Uncategorized", "Viewing results 7 - 12 of 1460")[len(page.title) % 2])
    lines += ["", page.title, "", *_filling(page.lines, PAGE_BYTES - 40 * len(lines) // 2)]
    return "\n".join(lines).encode()


def as_html(page: Shown) -> bytes:
    """Return the page as its server sends it."""
    items = "\n".join(
        f'<span class="item">{pair} = {rate} <span class="pct">{change}</span></span>'
        for pair, rate, change in page.entries
    )
    day = f'<div class="today">{page.date:%d %B %Y}</div>' if page.date else ""
    menu = "\n".join(
        f'<li class="menu-item menu-item-{n}"><a href="/{name}/" data-track="menu/{name}">{name}</a></li>'
        for n, name in enumerate(_SECTIONS)
    )
    body = "\n".join(
        f'<p class="wp-block" id="b-{zlib.crc32(line.encode()):08x}">{html.escape(line.strip(), quote=False)}</p>'
        for line in _filling(page.lines, _HTML_ARTICLE_BYTES)
        if line
    )
    title = html.escape(page.title)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title} | The Upper Valley Post</title>
<meta name="viewport" content="width=device-width"><meta property="og:title" content="{title}">
<link rel="stylesheet" href="/assets/site.css"><style>{_STYLE}</style><script>{_SCRIPT}</script></head>
<body class="single"><header><a class="logo" href="/">The Upper Valley Post</a>
<nav><ul>
{menu}
</ul></nav>
<div class="marquee"><div class="track">
{items}
</div></div>
{day}</header>
<main><article><h1>{title}</h1>
{body}
</article></main>
<footer><ul>
{menu}
</ul><p>Printed on recycled snow.</p></footer><script>{_SCRIPT}</script></body></html>
""".encode()


def _some(chance: random.Random) -> Iterator[str]:
    """Yield lines of articles until they are sure to fill a page."""
    size = 0
    for line in paragraphs(chance):
        yield line
        size += len(line)
        if size > PAGE_BYTES:
            return


def _sentence_of(number: int) -> str:
    return f"This is report no. {number} of the valley’s own correspondent."


def _filling(lines: Sequence[str], size: int) -> list[str]:
    """Return lines, with an empty one after each that is not a bullet, up to a number of bytes."""
    taken: list[str] = []
    for line in lines:
        size -= len(line.encode()) + 2
        if size < 0 and len(taken) > 1:
            break
        taken += [line] if line.startswith("  ") else [line, ""]
    return taken


_STYLE = "".join(
    f".menu-item-{n} a{{padding:{n % 7}px {n % 5}px;color:#{n * 1_048_573 % 0xFFFFFF:06x};line-height:{100 + n}%}}"
    for n in range(24)
)
_SCRIPT = "".join(
    f"window.q=window.q||[];q.push(['set','slot-{n}',{{id:{n * 7919},lazy:{'true' if n % 2 else 'false'},"
    f"sizes:[[{300 + n},{250 - n}],[{728 - n},90]],key:'{n * 2_654_435_761 % 2**32:08x}'}}]);"
    for n in range(20)
)
