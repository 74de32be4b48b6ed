"""In: a page and the configuration. Out: an explanation of each step of its reading.

For a page that no source reads, also a suggested entry for config.toml, which has been tried on the page.
"""
