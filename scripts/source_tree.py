"""The files of a source tree, and C++ text without its comments and strings; for check_*.py."""

import os
import re
import subprocess
import sys

IGNORED_FOLDERS = {".git", "build", "__pycache__", ".cache"}


def list_files(root):
    """The paths of all files below `root`, relative to it and sorted.

    In a git work tree those that git tracks or would add; elsewhere all but build products.
    """
    if os.path.exists(os.path.join(root, ".git")):
        command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others",
                   "--exclude-standard"]
        listed = subprocess.run(command, check=True, capture_output=True).stdout
        names = {os.fsdecode(name) for name in listed.split(b"\0") if name}
        return sorted(name for name in names if os.path.isfile(os.path.join(root, name)))
    found = []
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [name for name in subfolders if name not in IGNORED_FOLDERS]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(found)


def read_bytes(root, path):
    with open(os.path.join(root, path), "rb") as file:
        return file.read()


def read_text(root, path):
    return read_bytes(root, path).decode("utf-8", "replace")


_TOKENS = re.compile(
    r'//(?:\\\n|[^\n])*'              # Line comment.
    r'|/\*.*?\*/'                     # Block comment.
    r'|R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"'  # Raw string.
    r'|"(?:\\.|[^"\\\n])*"'           # String.
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",  # Character; not a digit separator.
    re.DOTALL)


def strip_cpp(text):
    """`text` without the content of comments, strings and characters; lines keep their numbers."""
    def blank(match):
        token = match.group(0)
        lines = "\n" * token.count("\n")
        if token.startswith("/"):
            return " " + lines
        quote = '"' if '"' in token[:2] else "'"
        return quote + lines + quote
    return _TOKENS.sub(blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def run_check(usage, check, arguments):
    """The main() of a check of the whole tree: `check(root)` gives the findings, a line each.

    Returns the exit status: 0 if there are none, 1 if there are, 2 for wrong usage.
    """
    if len(arguments) > 2:
        print(usage, file=sys.stderr)
        return 2
    root = arguments[1] if len(arguments) == 2 else os.path.dirname(os.path.dirname(
        os.path.abspath(__file__)))
    findings = check(root)
    for finding in findings:
        print(finding)
    return 1 if findings else 0
