"""Bytes of a captured page in, the reading of its ticker out: quotes, page date, outcome and notes.

Everything here is pure: no files, no clock, no database.
"""
