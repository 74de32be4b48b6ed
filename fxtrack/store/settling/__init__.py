"""Rounding rules, and the reports under them, recomputed where data changed.

In: the captures of a run, and the settings of their sources. Out: rounding rules, and what every report implies.
"""
