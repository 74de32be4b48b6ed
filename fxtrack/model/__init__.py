"""The values that pass between rooms: pages, quotes, captures, runs, and the locations they carry.

In: nothing but Python values. Out: frozen types, each named after one stage of the flow. No input or output here.
"""
