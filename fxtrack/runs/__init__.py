"""The record of runs: one row of `runs` for everything fxtrack does.

In: a job and its findings. Out: its row, the status file, and a published file that shows what changed.
"""
