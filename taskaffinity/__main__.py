"""``python -m taskaffinity``: the same as the ``taskaffinity`` program."""

import sys

from taskaffinity.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
