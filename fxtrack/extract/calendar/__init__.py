"""Words and figures of dates in all languages, for lines that show one without being read."""
