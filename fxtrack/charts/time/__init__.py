"""The time axis of charts.

In: captured days. Out: an axis that is true to scale, or folded where nothing is captured, with its ticks and breaks.
"""
