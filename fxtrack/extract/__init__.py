"""In: bytes of a captured page. Out: the reading of its ticker, which is quotes, page date, outcome and notes.

Everything here is pure: no files, no clock, no database.
"""
