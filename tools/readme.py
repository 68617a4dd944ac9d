"""Prints a command of the README exactly as it stands there: `python tools/readme.py digits|test`.

CI and the tests take the commands from here, so what the README promises is what is run.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What each command must run last; this is how it is recognised.
COMMANDS = {"digits": "examples/digits.py", "test": "-m pytest"}


def command(which: str, text: str | None = None) -> str:
    """Returns the one-line shell command of the README that runs `COMMANDS[which]`.

    Raises:
        ValueError: If there is not exactly one such line in the README's shell blocks.
    """
    if text is None:
        text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = "".join(re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)).splitlines()
    found = [line for line in lines if COMMANDS[which] in line]
    if len(found) != 1:
        raise ValueError(f"README: {len(found)} commands run {COMMANDS[which]!r}; one is needed")
    return found[0]


if __name__ == "__main__":
    print(command(sys.argv[1]))
