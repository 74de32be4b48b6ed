"""Extract every pair and rate from a folder of pages with Polars, line by line: with_polars.py FOLDER."""

import sys

import polars as pl

quotes = (
    pl.scan_lines(f"{sys.argv[1]}/**/*.txt")
    .select(pl.first().str.extract(r"[A-Z]{3}/[A-Z]{3} = ([0-9]+\.[0-9]+)( -?[0-9.]+%)?", 1).alias("rate"))
    .drop_nulls()
    .select(pl.len().alias("lines"), pl.col("rate").str.to_decimal(scale=9).sum().alias("rates"))
    .collect(engine="streaming")
)
print(*quotes.row(0))
