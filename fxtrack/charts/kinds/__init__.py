"""The kinds of charts, one module each.

In: a chart, its rows and a look. Out: a sheet with the drawing.
"""
