"""A page and the configuration come in; what each step makes of the page goes out.

For a page that no source reads, an entry for config.toml goes out too, tried on the page before it is shown.
"""
