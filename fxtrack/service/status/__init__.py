"""In: facts about runs and data, the service's lock, and free disk space.

Out: a health report for `fxtrack status`, and metrics for Prometheus. `alarms` evaluates alerts that change with time,
and records a run where one does.
"""
