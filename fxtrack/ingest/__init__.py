"""Pages into the store, read by several processes at once.

In: listed files. Out: batches of captures in the store, a transaction each, and a report of counts and remarks.
"""
