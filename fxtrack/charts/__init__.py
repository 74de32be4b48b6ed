"""Charts of the rates, of their changes and of the coverage.

In: rows of the published file. Out: PNG, SVG and PDF, and a folder of charts with an index page.
"""
