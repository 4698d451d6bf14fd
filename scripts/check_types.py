#!/usr/bin/env python3
"""Checks that every type is defined once in its namespace.

Two types of one name in one namespace break the one-definition rule even where no file sees both:
the linker takes the functions of either for both, without a word.  What lies in an unnamed
namespace, or in another type, is of its file alone.

Usage: check_types.py [ROOT]
EXIT STATUS: 0 if the tree is clean, 1 if not (one line for each finding), 2 for wrong usage.
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import source_tree  # noqa: E402

# Each of these is a program of its own, which nothing else is linked with.
PROGRAM_FOLDERS = ("tests/", "sdk/examples/")
SOURCE_ENDINGS = (".cc", ".h")

_SCOPE = re.compile(
    r"namespace(?P<namespace>[ \t]+[\w:]+)?[ \t]*\{"
    r"|\b(?:class|struct|union|enum(?:[ \t]+(?:class|struct))?)[ \t]+(?:\[\[\w+\]\][ \t]*)?"
    r"(?P<type>\w+)(?:[ \t]+final)?\s*(?::(?!:)[^;{}()]*)?\{"
    r"|(?P<open>\{)|(?P<close>\})")


def types_of(text):
    """(namespace, name, position) of each type that `text` defines in a named namespace."""
    scopes = []  # Of each open brace: the name of its namespace, None if it is of something else.
    for match in _SCOPE.finditer(text):
        if match["close"]:
            if scopes:
                scopes.pop()
        elif match["type"] or match["open"]:
            if match["type"] and all(scopes):
                yield "::".join(scopes), match["type"], match.start("type")
            scopes.append(None)
        else:
            scopes.append((match["namespace"] or "").strip())


def check(root):
    """The findings, each "file:line: what"."""
    findings = []
    known = {}
    for path in source_tree.list_files(root):
        if not path.endswith(SOURCE_ENDINGS) or path.startswith(PROGRAM_FOLDERS):
            continue
        text = source_tree.strip_cpp(source_tree.read_text(root, path))
        for namespace, name, position in types_of(text):
            where = f"{path}:{source_tree.line_of(text, position)}"
            first = known.setdefault((namespace, name), where)
            if first != where:
                findings.append(f"{where}: {namespace}::{name} is defined at {first} too; give one "
                                "of them another name")
    return findings


if __name__ == "__main__":
    sys.exit(source_tree.run_check(__doc__, check, sys.argv))
