"""What follows from changed data.

In: the captures of a run, and the settings of their sources. Out: rounding rules, and what every report implies.
"""
