"""In: bytes or markup of a page. Out: its visible text, line by line.

`decode` turns bytes into text; `html`, `hidden`, `signs` and `lines` turn HTML into its visible text.
"""
