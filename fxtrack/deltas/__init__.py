"""In: printed quotes and reports. Out: changes, the rounding rule that reports follow, and verdicts on them.

The SQL in `views` is the definition of every derived number, and `rules` decides which rounding rule is in force.
"""
