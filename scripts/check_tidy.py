#!/usr/bin/env python3
"""Checks what a reviewer should not have to: the shape of files, and calls that have a better one.

Every limit and every exception stands in a table below, with its reason.

Usage: check_tidy.py [ROOT]
EXIT STATUS: 0 if the tree is clean, 1 if not (one line for each finding), 2 for wrong usage.
"""

import fnmatch
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import source_tree  # noqa: E402

LINE_CHARACTERS_MAX = 100
FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 100  # The aim is 70 (CONTRIBUTING.md); beyond this it is no longer taste.
BLOB_BYTES_MAX = 512 * 1024

CPP_ENDINGS = (".cc", ".h", ".c")
CODE_ENDINGS = CPP_ENDINGS + (".proto", ".py", ".sh", ".cmake")

# Folders of bytes that are what they are: white space, length and extension mean nothing there.
# The programs of the replay corpus are such, too: each is built and run by its own case.
DATA_FOLDERS = ("tests/golden/", "tests/data/", "tests/fuzz/corpus/", "sdk/examples/*/data/",
                "tests/replay/*/")

EXTENSIONS = {".cc", ".h", ".c", ".proto", ".py", ".sh", ".cmake", ".md", ".txt", ".json", ".in",
              ".html", ".css", ".js", ".svg", ".csv", ".map", ".supp", ".dict", ".tpl", ".go",
              ".toml"}
# Files without an extension; scripts are recognised by their first line.
PLAIN_NAMES = {"LICENSE", ".clang-format", ".clang-tidy", ".gitignore", ".gitattributes"}

LARGE_BLOBS = {}  # path: why it is needed.

NO_PRODUCT_CODE = ("tests/", "sdk/examples/")
# (pattern, what to use instead, where it is right: path patterns).  Patterns see code without
# comments and strings.
BANNED = [
    (r"\bstd::(cout|cerr|clog)\b", "the streams of Context, or LogWarning()",
     ("tracker/cli/main.cc", "storage/base/log.cc", "storage/base/assert.cc", *NO_PRODUCT_CODE)),
    (r"\bstd::endl\b", "'\\n'; flush where it matters by std::flush", ()),
    (r"(?<![\w.>])(std::)?(system|popen)\s*\(", "posix_spawn() with an argument list",
     ("tests/*",)),
    (r"(?<![\w.>])(std::)?(gets|strcpy|strcat|stpcpy|sprintf|vsprintf|strtok|strncpy)\s*\(",
     "std::string, or snprintf() with the size", ()),
    (r"(?<![\w.>])(std::)?(s?rand|rand_r|drand48)\s*\(",
     "std::mt19937_64 with a seed, or getrandom() for secrets", ()),
    (r"(?<![\w.>])(std::)?(tmpnam|tempnam|mktemp)\s*\(",
     "Ulid::Generate() in the name, or mkdtemp()", ()),
    (r"(?<![\w.>])(std::)?(asctime|ctime|gmtime|localtime)\s*\(", "gmtime_r() or localtime_r()",
     ()),
    (r"\bstd::chrono::system_clock::now\b|(?<![\w.>])(std::)?(time|gettimeofday)\s*\(",
     "Clock (storage/base/clock.h)", ("storage/base/clock.cc", "sdk/*", "tests/*")),
    (r"\bstd::sto(i|l|ll|ul|ull|f|d|ld)\b|(?<![\w.>])(std::)?ato(i|l|ll|f)\s*\(",
     "std::from_chars, which tells errors and knows no locale", NO_PRODUCT_CODE),
    (r"\bstd::regex\b", "a parser; std::regex overflows the stack on long input", ()),
    (r"(?<![\w.>])(std::)?(f?open|openat|creat|freopen|mkdir|rename|unlink|rmdir|symlink|link)"
     r"\s*\((?!\s*\))",
     "FileSystem (storage/base/file.h)",
     ("storage/base/posix_file.cc", "sdk/*", "tests/*", "tracker/cli/main.cc")),
    (r"\bstd::(basic_)?[io]?fstream\b", "FileSystem (storage/base/file.h)", NO_PRODUCT_CODE),
    (r"\bstd::filesystem::(?!path\b|perms\b|file_type\b)\w+", "FileSystem (storage/base/file.h)",
     NO_PRODUCT_CODE),
    (r"\bthrow\b(?!\s*\()", "Result<T> (storage/base/result.h)", NO_PRODUCT_CODE),
    (r"(?<![\w.>])assert\s*\(", "REPRISE_ASSERT, which is always on",
     ("sdk/*", "tests/*")),
    (r"(?<![\w.>])(std::)?(setjmp|longjmp|alloca)\s*\(", "ordinary control flow and storage", ()),
    (r"\bstd::(async|jthread::detach)\b|\.detach\s*\(\s*\)", "a thread that is joined", ("sdk/*",)),
    (r"\bstd::views::|\bstd::ranges::(equal_range|find_end|partition|remove|remove_if|rotate|search"
     r"|stable_partition|subrange|unique)\b",
     "iterators, or a loop: clang 14, which builds the fuzzers, compiles no views", ("tests/*",)),
    (r"^\s*#\s*include\s*<bits/", "the standard header", ()),
]
# (file, line content): a use of a banned call that is right, and why.
BANNED_EXCEPTIONS = {
    ("tracker/trace/name_view.cc", "O_PATH"):
        "holds the root folder of another process, which has no path of ours",
    ("tracker/recorder/sdk_hub.cc", "O_PATH"):
        "binds a socket whose path may be longer than sun_path, by way of /proc/self/fd",
    ("tracker/sandbox/namespaces.cc", "ScopedFd(open(path, flags"):
        "a process between fork() and exec() may use system calls only",
    ("tracker/recorder/keeper.cc", "/dev/null"):
        "the standard input of a command is a descriptor, which FileSystem does not give",
    ("tracker/trace/tracer_process.cc", "/dev/null"):
        "takes the place of inherited descriptors, which FileSystem does not give",
    ("tracker/new_file.cc", "O_TMPFILE"):
        "makes a file without a name, which FileSystem does not give",
    ("tracker/cli/ledger_seals.cc", "std::ifstream pipe"):
        "waits for what comes through a pipe, for which FileSystem does not",
}

# Pages of docs/formats that no fuzz target has, because nothing parses the format.
FORMAT_PAGES_WITHOUT_FUZZER = {
    "chunking.md": "a rule for writers; the tensor headers that it reads have tensor_header_fuzz",
    "oci.md": "an image that other programs read",
    "bundle.md": "a folder of files whose formats have pages of their own; verify.py, which reads "
                 "them, is attacked byte by byte in tests/tracker/audit/verify_test.py",
}

# A test of GoogleTest: suite and name.
_TEST = re.compile(r"^\s*TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)
_MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def matches(path, patterns):
    return any(path.startswith(pattern) if pattern.endswith("/")
               else fnmatch.fnmatch(path, pattern) for pattern in patterns)


def is_data(path):
    return matches(path, [folder + "*" for folder in DATA_FOLDERS])


def is_cmake(path):
    return path.endswith(".cmake") or os.path.basename(path) == "CMakeLists.txt"


class Tree:
    """A source tree, read once."""

    def __init__(self, root):
        self.root = root
        self.files = source_tree.list_files(root)
        self._texts = {}

    def text(self, path):
        if path not in self._texts:
            self._texts[path] = source_tree.read_text(self.root, path)
        return self._texts[path]

    def cmake_files(self):
        return [path for path in self.files if is_cmake(path)]


def check_text(tree):
    """White space, the length of lines and files, marks of unfinished work."""
    for path in tree.files:
        if is_data(path) or b"\0" in source_tree.read_bytes(tree.root, path):
            continue
        text = tree.text(path)
        is_code = path.endswith(CODE_ENDINGS) or is_cmake(path)
        lines = text.split("\n")
        if text and not text.endswith("\n"):
            yield f"{path}:{len(lines)}: no newline at the end"
        if text.endswith("\n\n"):
            yield f"{path}:{len(lines) - 1}: an empty line at the end"
        if is_code and len(lines) - 1 > FILE_LINES_MAX:
            yield (f"{path}:{FILE_LINES_MAX}: {len(lines) - 1} lines, more than {FILE_LINES_MAX}; "
                   "split it by idea")
        for number, line in enumerate(lines, 1):
            where = f"{path}:{number}: "
            if "\t" in line and not path.endswith((".csv", ".go")):  # gofmt indents with tabs.
                yield where + "a tab; use spaces"
            if line != line.rstrip():
                yield where + "white space at the end of the line"
            if is_code and len(line) > LINE_CHARACTERS_MAX and "://" not in line:
                yield f"{where}{len(line)} characters, more than {LINE_CHARACTERS_MAX}"
            mark = _MARKS.search(line)
            if mark and not os.path.basename(path).startswith("check_tidy"):
                yield f"{where}{mark[1]}: do it, or write an issue"


def functions(code):
    """(first line, last line, head) of each function in C++ text from strip_cpp()."""
    # A brace opens a function if a parameter list stands before it and nothing around it is one.
    opened = []  # For each open brace: (is a function, its line, head).
    head_start = 0
    line = 1
    for position, character in enumerate(code):
        if character == "\n":
            line += 1
        elif character == ";":
            head_start = position + 1
        elif character == "{":
            head = " ".join(code[head_start:position].split())
            is_inside = any(entry[0] for entry in opened)
            is_type = re.match(r"(template\s*<.*>\s*)?(namespace|class|struct|union|enum|extern)\b",
                               head)
            is_function = (not is_inside and "(" in head and not is_type
                           and not re.search(r"=\s*$", head.split("(")[0]))
            first = line - code[head_start:position].lstrip().count("\n")
            opened.append((is_function, first, head))
            head_start = position + 1
        elif character == "}":
            head_start = position + 1
            if opened:
                is_function, first, head = opened.pop()
                if is_function:
                    yield first, line, head


def check_functions(tree):
    for path in tree.files:
        if not path.endswith(CPP_ENDINGS) or is_data(path):
            continue
        for first, last, head in functions(source_tree.strip_cpp(tree.text(path))):
            if last - first + 1 > FUNCTION_LINES_MAX:
                name = head.split("(")[0].split()[-1]
                yield (f"{path}:{first}: {name}() has {last - first + 1} lines, more than "
                       f"{FUNCTION_LINES_MAX}; split it")


def check_calls(tree):
    compiled = [(re.compile(pattern, re.MULTILINE), instead, allowed)
                for pattern, instead, allowed in BANNED]
    for path in tree.files:
        if not path.endswith(CPP_ENDINGS) or is_data(path):
            continue
        text = tree.text(path)
        lines = text.split("\n")
        code = source_tree.strip_cpp(text)
        for pattern, instead, allowed in compiled:
            if matches(path, allowed):
                continue
            for match in pattern.finditer(code):
                number = source_tree.line_of(code, match.start())
                if code[:match.start()].endswith("::") and not match[0].startswith("std"):
                    continue  # A method or function of ours, such as Store::open().
                if is_declaration(code, match) or any(
                        path == file and part in lines[number - 1]
                        for file, part in BANNED_EXCEPTIONS):
                    continue
                yield f"{path}:{number}: {match[0].strip(' (')} is banned; use {instead}"


def is_declaration(code, match):
    """Whether the match is the name in a declaration: `bool open() const`."""
    before = code[code.rfind("\n", 0, match.start()) + 1:match.start()]
    return bool(re.search(r"[\w>&*]\s+$", before)) and not re.search(
        r"\b(return|else|case|co_return|throw|not|and|or)\s+$", before)


def check_headers(tree):
    for path in tree.files:
        if not path.endswith(".h") or is_data(path):
            continue
        text = tree.text(path)
        if "#pragma once" not in text and "#ifndef" not in text:
            yield f"{path}:1: no #pragma once"
        if not text.startswith(("//", "/*")):
            yield f"{path}:1: no opening comment that says what it is for"
        if re.search(r"^\s*using namespace\b", source_tree.strip_cpp(text), re.MULTILINE):
            yield f"{path}:1: using namespace in a header"


def built_sources(tree):
    """The patterns, relative to the root, of the sources that some CMakeLists.txt builds."""
    patterns = set()
    for path in tree.cmake_files():
        folder = os.path.dirname(path)
        text = re.sub(r"#[^\n]*", "", tree.text(path))
        text = text.replace("${PROJECT_SOURCE_DIR}/", "/").replace(
            "${CMAKE_CURRENT_SOURCE_DIR}/", "")
        for call, named in re.findall(r"\breprise_(library|tests)\s*\(\s*\w+\s+([\w/]+)", text):
            patterns.add(named + ("/*_test.cc" if call == "tests" else "/*.cc"))
        for name in re.findall(r"[\w./*-]+\.cc?\b", text):
            patterns.add(name[1:] if name.startswith("/") else os.path.normpath(
                os.path.join(folder, name)))
    return patterns


def check_built(tree):
    patterns = built_sources(tree)
    by_folder = {}
    for pattern in patterns:
        by_folder.setdefault(os.path.dirname(pattern), []).append(os.path.basename(pattern))
    for path in tree.files:
        if not path.endswith((".cc", ".c")) or is_data(path):
            continue
        names = by_folder.get(os.path.dirname(path), [])
        if any(fnmatch.fnmatch(os.path.basename(path), name) for name in names):
            continue
        if path.endswith("_test.cc"):
            yield (f"{path}:1: no reprise_tests() names {os.path.dirname(path)}, so it never runs; "
                   "register the folder in tests/CMakeLists.txt")
        else:
            yield f"{path}:1: no CMakeLists.txt builds it"


def check_formats(tree):
    fuzzers = [path for path in tree.files if fnmatch.fnmatch(path, "tests/fuzz/*_fuzz.cc")]
    pages = [path for path in tree.files if fnmatch.fnmatch(path, "docs/formats/*.md")
             and os.path.basename(path) != "README.md"]
    for page in pages:
        stem = os.path.basename(page).removesuffix(".md")
        named = any(os.path.basename(fuzzer) == stem + "_fuzz.cc" or page in tree.text(fuzzer)
                    for fuzzer in fuzzers)
        excepted = os.path.basename(page) in FORMAT_PAGES_WITHOUT_FUZZER
        if not named and not excepted:
            yield (f"{page}:1: no fuzz target names it; add tests/fuzz/{stem}_fuzz.cc, or a reason "
                   "to scripts/check_tidy.py")
        if named and excepted:
            yield f"{page}:1: has a fuzz target, so its exception in scripts/check_tidy.py can go"
    for fuzzer in fuzzers:
        corpus = "tests/fuzz/corpus/" + os.path.basename(fuzzer).removesuffix("_fuzz.cc") + "/"
        if not any(path.startswith(corpus) for path in tree.files):
            yield f"{fuzzer}:1: {corpus} has no seeds"


def check_files(tree):
    for path in tree.files:
        full = os.path.join(tree.root, path)
        content = source_tree.read_bytes(tree.root, path)
        if len(content) > BLOB_BYTES_MAX and path not in LARGE_BLOBS:
            yield f"{path}:1: {len(content)} bytes, more than {BLOB_BYTES_MAX}"
        is_script = content.startswith(b"#!")
        is_executable = os.access(full, os.X_OK)
        if not is_data(path):
            if is_script and not is_executable:
                yield f"{path}:1: a script that is not executable; chmod +x"
            if is_executable and not is_script:
                yield f"{path}:1: executable, but not a script; chmod -x"
            extension = os.path.splitext(path)[1]
            if extension not in EXTENSIONS and not is_script and (
                    os.path.basename(path) not in PLAIN_NAMES):
                yield f"{path}:1: an unexpected kind of file"
        if path.startswith("scripts/") and "." not in os.path.basename(path) and not is_script:
            yield f"{path}:1: a script without #!"


def check_decisions(tree):
    numbers = {}
    for path in tree.files:
        if os.path.dirname(path) != "docs/decisions" or path.endswith("README.md"):
            continue
        match = re.fullmatch(r"(\d{4})-[a-z0-9-]+\.md", os.path.basename(path))
        if not match:
            yield f"{path}:1: a decision is named NNNN-title.md"
            continue
        if match[1] in numbers:
            yield f"{path}:1: has the number of {numbers[match[1]]}"
        numbers[match[1]] = path
        if not re.match(rf"# 0*{int(match[1])}\. \S", tree.text(path)):
            yield f'{path}:1: begins with "# {int(match[1])}. " and its title'


def check_links(tree):
    """Relative links in documents lead to files of the tree."""
    names = set(tree.files)
    names |= {os.path.dirname(path) for path in tree.files}
    for path in tree.files:
        if not path.endswith(".md") or is_data(path):
            continue
        text = re.sub(r"```.*?```|`[^`\n]*`", lambda match: re.sub(r"[^\n]", " ", match[0]),
                      tree.text(path), flags=re.DOTALL)
        for match in re.finditer(r"\]\(([^)\s]+)\)", text):
            target = match[1].split("#")[0]
            if "://" in target or target.startswith("mailto:") or not target:
                continue
            wanted = os.path.normpath(os.path.join(os.path.dirname(path), target))
            if wanted not in names:
                number = source_tree.line_of(text, match.start())
                yield f"{path}:{number}: the link {target} leads nowhere"


def check_promises(tree):
    """The table of promises names tests that are there, and for each one of its number."""
    page = "docs/formats/README.md"
    if page not in tree.files:
        return
    tests = {f"{suite}.{name}" for path in tree.files if path.endswith("_test.cc")
             for suite, name in _TEST.findall(tree.text(path))}
    folders = {os.path.dirname(path) + "/" for path in tree.files}
    for row in re.finditer(r"^\| (\d+) \|[^|]*\|([^|\n]*)\|$", tree.text(page), re.MULTILINE):
        where = f"{page}:{source_tree.line_of(tree.text(page), row.start())}: "
        found = set()
        for name in re.findall(r"`([^`]+)`", row[2]):
            if "/" in name:
                if name not in folders and name not in tree.files:
                    yield f"{where}{name} is not there"
                continue
            matching = fnmatch.filter(tests, name.replace("…", "*"))
            if not matching:
                yield f"{where}no test is named {name}"
            found.update(matching)
        if "`" in row[2] and not any(f".Promise{row[1]}" in name for name in found):
            yield f"{where}none of these tests is named Promise{row[1]}…"


CHECKS = [check_text, check_functions, check_calls, check_headers, check_built, check_formats,
          check_files, check_decisions, check_links, check_promises]


def check(root):
    """The findings, each "file:line: what"."""
    tree = Tree(root)
    return [finding for run in CHECKS for finding in run(tree)]


if __name__ == "__main__":
    sys.exit(source_tree.run_check(__doc__, check, sys.argv))
