"""In: files of captured pages, plain, packed or in WARC files.

Out: each page with its source, as bytes that can be read; a reason for everything else.
"""
