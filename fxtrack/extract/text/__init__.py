"""Bytes or markup of a page in, lines of text as a reader sees them out.

`decode` turns bytes into text; `html`, `hidden`, `signs` and `lines` turn HTML into its visible text.
"""
