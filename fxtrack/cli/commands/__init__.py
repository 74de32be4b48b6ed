"""The commands, one module for each kind; `fxtrack.cli.main` puts them together."""
