"""In: the configuration, signals, and the clock. Out: runs of due jobs, one at a time, logs, and notifications.

`main` starts and stops everything; `status` reports the state.
"""
