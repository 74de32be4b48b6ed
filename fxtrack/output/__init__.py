"""Rows for people and programs.

In: answers of the database. Out: tables, JSON, CSV and files for other programs.
"""
