"""In: the text of config.toml.

Out: one frozen, checked `Config`, or an error that names key and line.
"""
