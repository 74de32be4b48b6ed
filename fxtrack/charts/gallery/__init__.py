"""The folder of charts.

In: the published file. Out: an SVG of every chart, wide and narrow, and index.html.
"""
