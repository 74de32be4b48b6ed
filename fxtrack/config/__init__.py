"""The text of config.toml comes in; one frozen, checked `Config` goes out, or an error that names key and line."""
