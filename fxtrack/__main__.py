"""``python -m fxtrack``."""

from fxtrack.cli import main

if __name__ == "__main__":
    main()
