"""Engines of an extraction: processes of this machine, or a Ray cluster.

In: units and the plan of an extraction. Out: each unit as its task ends, with its mark or the reason why it was lost.
"""
