#!/usr/bin/env python3
"""Checks that clang-format would leave every C++ file as it is.

Usage: check_format.py [--fix] [ROOT]
EXIT STATUS: 0 if the tree is clean, 1 if not, 2 for wrong usage or without clang-format.
"""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import source_tree  # noqa: E402


def main(arguments):
    fix = arguments[1:2] == ["--fix"]
    rest = arguments[2:] if fix else arguments[1:]
    if len(rest) > 1 or any(argument.startswith("-") for argument in rest):
        print(__doc__, file=sys.stderr)
        return 2
    root = rest[0] if rest else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if shutil.which("clang-format") is None:
        print("there is no clang-format; scripts/setup installs it", file=sys.stderr)
        return 2
    files = [path for path in source_tree.list_files(root) if path.endswith((".cc", ".h"))]
    mode = ["-i"] if fix else ["--dry-run", "--Werror"]
    status = 0
    for first in range(0, len(files), 100):  # Command lines have a limit.
        part = files[first:first + 100]
        status |= subprocess.run(["clang-format", *mode, *part], cwd=root, check=False).returncode
    if status:
        print("run scripts/check_format.py --fix")
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
