"""In: sources with live pages, and web archives that hold earlier captures of them.

Out: WARC files in the pages folder, and a record of each server's answers.
"""
