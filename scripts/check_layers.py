#!/usr/bin/env python3
"""Checks that includes go in the direction of docs/architecture.md.

Three rules: a folder includes only from the folders below it; a third-party library is included
from one folder only; no file includes itself by way of others.  The CMake targets say the first
rule too, but a header that needs no library slips through them.

Usage: check_layers.py [ROOT]
EXIT STATUS: 0 if the tree is clean, 1 if not (one line for each finding), 2 for wrong usage.
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import source_tree  # noqa: E402

# Which modules a module may include from, besides itself.  A module is a folder with all below it
# that is not a module of its own.
MAY_INCLUDE = {
    "sdk/wire": set(),
    "sdk": {"sdk/wire"},
    "sdk/examples": {"sdk/include"},
    "sdk/include": set(),
    "storage/base": set(),
    "storage/proto": set(),
    "storage/crypto": {"storage/base"},
    "storage/zstd": {"storage/base"},
    "storage/zlib": {"storage/base"},
    "storage": {"storage/base", "storage/crypto", "storage/zstd", "storage/proto"},
    "storage/rocksdb": {"storage", "storage/base"},
    "lineage/proto": set(),
    "lineage": {"storage", "storage/base", "storage/crypto", "lineage/proto"},
    "lineage/toml": {"storage/base"},
    "lineage/capture": {"lineage", "lineage/toml", "storage", "storage/base", "storage/crypto"},
    "lineage/query": {"storage/base"},
    "lineage/governance": {"lineage", "lineage/query", "lineage/toml", "storage", "storage/base",
                           "storage/crypto"},
    "lineage/table": {"storage/base"},
    "lineage/profile": {"lineage", "lineage/table", "storage", "storage/base", "storage/crypto"},
    "lineage/render": {"lineage", "storage", "storage/base"},
    "lineage/compare": {"lineage", "lineage/table", "storage", "storage/base", "storage/zlib"},
    "lineage/diff": {"lineage", "lineage/compare", "lineage/capture", "lineage/profile",
                     "lineage/table", "storage", "storage/base", "storage/crypto"},
    "lineage/check": {"lineage", "lineage/compare", "lineage/diff", "lineage/profile",
                      "lineage/table", "storage", "storage/base"},
    "lineage/export": {"lineage", "storage", "storage/base", "storage/crypto"},
    "tracker/proto": set(),
    "tracker": {"lineage", "lineage/capture", "lineage/check", "lineage/compare", "lineage/diff",
                "lineage/export", "lineage/governance", "lineage/profile", "lineage/query",
                "lineage/render", "lineage/table", "storage", "storage/base", "storage/crypto",
                "storage/rocksdb", "storage/zlib", "tracker/proto"},
}
MAY_INCLUDE["sdk"].add("sdk/include")
_BELOW_TRACKER = MAY_INCLUDE["tracker"] | {"tracker"}
MAY_INCLUDE.update({
    "tracker/trace": _BELOW_TRACKER,
    "tracker/sandbox": _BELOW_TRACKER,
    "tracker/recorder": _BELOW_TRACKER | {"tracker/trace", "tracker/sandbox", "sdk/wire"},
    "tracker/replay": _BELOW_TRACKER | {"tracker/recorder", "tracker/trace", "tracker/sandbox"},
    "tracker/oci": _BELOW_TRACKER | {"storage/zstd", "tracker/recorder", "tracker/replay"},
    "tracker/import": _BELOW_TRACKER | {"tracker/recorder", "tracker/registry"},
    "tracker/registry": _BELOW_TRACKER | {"tracker/replay"},
    "tracker/search": _BELOW_TRACKER,
    "tracker/audit": _BELOW_TRACKER | {"tracker/registry"},
    "tracker/audit/check": _BELOW_TRACKER | {"tracker/audit", "tracker/registry"},
})
_ABOVE_TRACKER = _BELOW_TRACKER | {"tracker/trace", "tracker/sandbox", "tracker/recorder",
                                   "tracker/replay", "tracker/oci", "tracker/registry",
                                   "tracker/audit", "tracker/audit/check", "tracker/import",
                                   "tracker/search"}
MAY_INCLUDE.update({"tracker/cli": _ABOVE_TRACKER, "tracker/server": _ABOVE_TRACKER})
# Tests look into everything, and nothing looks into them.
MAY_INCLUDE["tests"] = set(MAY_INCLUDE)

# The one folder that includes a library (and its mirror under tests/).  Protobuf is exempt: each
# layer has messages of its own.
LIBRARY_FOLDERS = {
    "rocksdb/": "storage/rocksdb",
    "openssl/": "storage/crypto",
    "zstd.h": "storage/zstd",
    "zstd_errors.h": "storage/zstd",
    "zdict.h": "storage/zstd",
    "git2": "lineage/capture",
    "toml++/": "lineage/toml",
    "boost/": "tracker/cli",
    "seccomp.h": "tracker/trace",
    "zlib.h": "storage/zlib",
    "xxhash.h": "lineage/table",
    "sqlite3.h": "tracker/import",
    "yaml.h": "tracker/import",
    "benchmark/": "tests/bench",
    "xgboost/": "sdk/examples",
    "gtest/": "tests",
    "gmock/": "tests",
    "google/protobuf/": "",
    "reprise/": "",  # The SDK as its users see it.
}
# Folders of headers that belong to the operating system.
SYSTEM_FOLDERS = {"sys", "linux", "net", "netinet", "arpa", "asm", "bits"}
# Headers of C and POSIX, so that a new library with a flat header is noticed.
SYSTEM_HEADERS = set("""
    aio.h alloca.h assert.h complex.h ctype.h cpio.h dirent.h dlfcn.h elf.h endian.h err.h errno.h
    execinfo.h fcntl.h features.h fenv.h float.h fnmatch.h ftw.h getopt.h glob.h grp.h ifaddrs.h
    immintrin.h inttypes.h iso646.h langinfo.h libgen.h limits.h link.h locale.h malloc.h math.h
    memory.h mntent.h netdb.h nmmintrin.h paths.h poll.h pthread.h pty.h pwd.h regex.h sched.h
    search.h semaphore.h setjmp.h shadow.h signal.h spawn.h stdalign.h stdarg.h stdatomic.h
    stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h strings.h syslog.h
    termios.h tgmath.h threads.h time.h uchar.h ucontext.h unistd.h utime.h utmp.h wait.h wchar.h
    wctype.h wordexp.h x86intrin.h
""".split())

# (file, included): why this one include may cross a layer.
EXCEPTIONS = {
    ("tracker/cli/cmd_recorder.cc", "sdk/wire/messages.h"):
        "the command answers the SDK on the descriptor that it inherits, in the words of the wire",
}

SOURCE_ENDINGS = (".cc", ".h", ".c")
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def module_of(path):
    """The longest module that `path` lies in, or None."""
    folder = os.path.dirname(path)
    while folder:
        if folder in MAY_INCLUDE:
            return folder
        folder = os.path.dirname(folder)
    return None


def resolve(including, included, files):
    """The file of the tree that a quoted include means, or None."""
    beside = os.path.normpath(os.path.join(os.path.dirname(including), included))
    mirrored = os.path.join(os.path.dirname(including).removeprefix("tests/"), included)
    for candidate in (included, beside, "sdk/include/" + included, mirrored):
        if candidate in files:
            return candidate
    return None


def is_inside(path, folder):
    return path.startswith(folder + "/")


def library_finding(path, header):
    """Why `path` may not include <header>, or None."""
    for library, folder in LIBRARY_FOLDERS.items():
        if header.startswith(library):
            allowed = not folder or is_inside(path, folder) or is_inside(path, "tests/" + folder)
            if allowed:
                return None
            return f"includes <{header}>, which only {folder} may; add an interface there"
    if "/" in header:
        known = header.split("/")[0] in SYSTEM_FOLDERS
    else:
        known = "." not in header or header in SYSTEM_HEADERS
    if known:
        return None
    return (f"includes <{header}> of an unknown library; give it a folder in LIBRARY_FOLDERS of "
            "scripts/check_layers.py")


def layer_finding(path, included):
    """Why `path` may not include the project's file `included`, or None."""
    source, target = module_of(path), module_of(included)
    if source is None or target is None:
        outside = path if source is None else included
        return f"includes {included}, but {outside} lies in no module of scripts/check_layers.py"
    if source == target or target in MAY_INCLUDE[source] or (path, included) in EXCEPTIONS:
        return None
    return f"includes {included}: {source} may not depend on {target} (docs/architecture.md)"


def find_cycle(includes):
    """A list of files, each including the next and the last the first; empty if there is none."""
    state = {}  # Absent: not seen.  False: on the way.  True: done.
    for start in sorted(includes):
        if start in state:
            continue
        state[start] = False
        stack = [(start, iter(includes[start]))]
        while stack:
            path, remaining = stack[-1]
            following = next(remaining, None)
            if following is None:
                state[path] = True
                stack.pop()
            elif following not in state:
                state[following] = False
                stack.append((following, iter(includes.get(following, ()))))
            elif not state[following]:
                way = [entry[0] for entry in stack]
                return way[way.index(following):]
    return []


def check(root):
    """The findings, each "file:line: what"."""
    files = set(source_tree.list_files(root))
    findings = []
    includes = {}
    used_exceptions = set()
    for path in sorted(files):
        if not path.endswith(SOURCE_ENDINGS):
            continue
        includes[path] = []
        text = source_tree.read_text(root, path)
        for match in _INCLUDE.finditer(text):
            where = f"{path}:{source_tree.line_of(text, match.start(1 if match[1] else 2))}: "
            if match[2]:
                finding = library_finding(path, match[2])
                if finding is None and match[2].startswith("reprise/"):
                    finding = layer_finding(path, "sdk/include/" + match[2])
            else:
                target = resolve(path, match[1], files)
                if target is not None:
                    includes[path].append(target)
                elif not match[1].endswith(".pb.h"):
                    findings.append(f'{where}includes "{match[1]}", which is not in the tree')
                    continue
                target = target or match[1]  # Generated: its folder is that of its .proto.
                finding = layer_finding(path, target)
                used_exceptions.add((path, target))
            if finding is not None:
                findings.append(where + finding)
    cycle = find_cycle(includes)
    if cycle:
        findings.append(f"{cycle[0]}:1: includes itself: " + " → ".join(cycle + cycle[:1]))
    for exception in EXCEPTIONS:
        if exception[0] in files and exception not in used_exceptions:
            findings.append(f"scripts/check_layers.py:1: the exception {exception} is not needed")
    return findings


if __name__ == "__main__":
    sys.exit(source_tree.run_check(__doc__, check, sys.argv))
