"""In: files of captured pages: plain, compressed or WARC.

Out: each page with its source, as bytes that can be read; a reason for everything else.
"""
