"""Printed quotes and reports come in; changes, the rounding rule that reports follow, and verdicts on them go out.

The SQL in `views` is the definition of every derived number, and `rules` decides which rounding rule is in force.
"""
