"""The commands, one module for each group; `fxtrack.cli.main` imports a module when a command of it is used.

In: options. Out: rendered answers, and SystemExit or an `FxtrackError` for every exit code but 0.
"""
