"""The command `python -m pyad`; what it does is in pyad/_programs."""

from __future__ import annotations

import sys

__all__: list[str] = []

if __name__ == "__main__":
    from pyad._programs.run import main

    sys.exit(main(sys.argv[1:]))
