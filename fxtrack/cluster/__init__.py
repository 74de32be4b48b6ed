"""Extraction past one machine: many processes write parts, one loader takes them into the store.

In: listed files, and a folder that every process sees. Out: Parquet parts with a mark for each task; rows of the store.
"""
