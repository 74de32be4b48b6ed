"""The commands, one module a group; `fxtrack.cli.main` imports one when a command of it is used."""
