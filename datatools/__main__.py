"""Run the command line as ``python -m datatools``."""

from datatools.cli import entry

if __name__ == "__main__":
    entry()
