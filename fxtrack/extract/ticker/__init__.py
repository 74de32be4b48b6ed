"""Lines of text in, a reading out: quotes as printed, the page date, and notes on what was left out.

`marquee` decides which run of entries is the ticker; `builtin` and `custom` read entries, `dates` the date line.
"""
