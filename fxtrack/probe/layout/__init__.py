"""In: the text of a page. Out: its rows of rates that are laid out alike.

Each column of the rows has a role: rate, unit, report, date, or none of these.
"""
