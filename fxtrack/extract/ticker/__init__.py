"""In: lines of text. Out: a reading with quotes as printed, the page date, and notes on skipped text.

`marquee` decides which run of entries is the ticker; `builtin` and `custom` read entries, `headings` judges
what stands above and below them.
"""
