"""The languages of charts.

In: keys, numbers, dates and currencies. Out: text. `words.toml` has the phrases; CLDR, through Babel, the rest.
"""
