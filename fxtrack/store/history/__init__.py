"""Answers as of a moment of the past.

In: sightings, and the rules in force after a run.
Out: the history of the rules, and connections that answer as of a moment.
"""
