"""The commands, one module for each kind; `fxtrack.cli` puts them together."""
