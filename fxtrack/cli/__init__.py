"""The command line: words in, exit code and text out; `main` starts it, `commands` has a module a group of commands."""
