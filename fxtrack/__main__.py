"""``python -m fxtrack``."""

from fxtrack.cli.main import main

if __name__ == "__main__":
    main()
