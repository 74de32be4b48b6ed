"""The command line: `main` starts it, `commands` has one module for each group of commands.

In: words and the configuration. Out: data on standard output, messages on standard error, an exit code.
"""
