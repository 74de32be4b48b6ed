"""The script that most people would write first: BeautifulSoup, re, pandas and SQLite.

with_beautifulsoup.py FOLDER|FILE.warc.gz DATABASE
"""

import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from bs4 import BeautifulSoup
from warcio.archiveiterator import ArchiveIterator

QUOTE = re.compile(r"([A-Z]{3})/([A-Z]{3}) = ([0-9]+\.[0-9]+)(?: (-?[0-9.]+%))?")
DATE = re.compile(r"^\d{2} [A-Z][a-z]+ \d{4}$", re.MULTILINE)


def pages(source: Path) -> Iterator[tuple[str, str]]:
    """Yield name and content of each page of a folder, or of each response of an archive."""
    if source.is_dir():
        for path in sorted(source.rglob("*.txt")):
            yield path.name, path.read_text(encoding="utf-8")
        return
    with source.open("rb") as archive:
        for record in ArchiveIterator(archive):
            if record.rec_type == "response":
                yield record.rec_headers["WARC-Target-URI"], record.content_stream().read().decode("utf-8")


rows: list[tuple[str | None, ...]] = []
for name, content in pages(Path(sys.argv[1])):
    text = BeautifulSoup(content, "html.parser").get_text()
    date = DATE.search(text)
    rows.extend((name, date[0] if date else None, *quote) for quote in QUOTE.findall(text))

quotes = pd.DataFrame(rows, columns=["page", "date", "base", "counter", "rate", "pct"])
quotes["date"] = pd.to_datetime(quotes["date"], format="%d %B %Y")
quotes["rate"] = quotes["rate"].astype(float)
with sqlite3.connect(sys.argv[2]) as connection:
    quotes.drop_duplicates().to_sql("quotes", connection, index=False, if_exists="replace")
    connection.execute("CREATE INDEX quotes_by_date ON quotes (date, base, counter)")
print(len(quotes), f"{quotes['rate'].sum():.5f}")
