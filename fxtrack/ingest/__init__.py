"""Ingests pages into the store; several processes read them in parallel.

In: listed files. Out: batches of captures in the store, a transaction each, and a report of counts and remarks.
"""
