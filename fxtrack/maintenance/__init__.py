"""A store, its backups and its pages come in; new backups, a restored or reparsed store, and differences go out."""
