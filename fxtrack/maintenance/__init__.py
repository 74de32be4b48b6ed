"""In: a store, its backups, and its pages.

Out: new backups, a restored or reparsed store, and the differences between store and pages.
"""
