"""Answers as of a moment of the past.

In: sightings with the time of their ingest, rules as they change. Out: readers that answer as of a moment of the past.
"""
