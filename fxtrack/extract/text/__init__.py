"""In: bytes or markup of a page. Out: its visible text, line by line.

`decode` turns bytes into text. The others turn HTML into its visible text: `html` parses it, `events` collects it,
`elements`, `signs` and `markup` know what elements mean, and `lines` lays the text out.
"""
