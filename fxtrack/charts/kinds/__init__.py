"""The kinds of charts, one module each, and the marks that they share.

In: a chart, its rows and a look. Out: a sheet with the drawing.
"""
