"""Bytes of a captured page in, what its ticker says out: quotes, page date, outcome and notes.

Everything here is pure: no files, no clock, no database.
"""
