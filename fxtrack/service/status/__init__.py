"""Facts about runs and data, the lock and free disk space come in; a health report and metrics go out."""
