#!/usr/bin/env python3
"""That scripts/check_tidy.py finds what it is there for, and nothing else."""

import unittest

from lint_testing import TreeTest

import check_tidy
import source_tree


class TidyTest(TreeTest):
    check = staticmethod(check_tidy.check)

    def setUp(self):
        super().setUp()
        self.write("storage/CMakeLists.txt", "reprise_library(storage storage)\n")

    def assert_bans(self, code, instead, path="storage/a.cc"):
        self.write(path, code)
        self.assert_finds(f"{path}:1:", "is banned", instead)

    def test_a_tidy_tree_is_clean(self):
        self.write("storage/a.h", "// What it is for.\n\n#pragma once\n")
        self.write("storage/a.cc", "int F() {\n  return 1;\n}\n")
        self.write("tests/CMakeLists.txt", "reprise_tests(storage tests/storage unit)\n")
        self.write("tests/storage/a_test.cc", "// A test.\n")
        self.write("scripts/demo", "#!/bin/sh\n", executable=True)
        self.write("docs/decisions/0001-one.md", "# 1. One\n")
        self.write("LICENSE", "Ours.\n")
        self.assert_clean()

    def test_the_line_limit_counts_characters_not_bytes(self):
        self.write("storage/a.cc", "// " + "→" * 97 + "\n")
        self.assert_clean()
        self.write("storage/a.cc", "// " + "x" * 98 + "\n")
        self.assert_finds("storage/a.cc:1: 101 characters")

    def test_white_space(self):
        for content, part in (("int a;\t\n", "a tab"), ("int a;", "no newline"),
                              ("int a; \n", "white space"), ("int a;\r\n", "white space"),
                              ("int a;\n\n", "an empty line")):
            with self.subTest(part):
                self.write("storage/a.cc", content)
                self.assertTrue(any(part in finding for finding in self.findings()))

    def test_golden_bytes_are_what_they_are(self):
        self.write("tests/golden/x/a.strange", "\t TODO \n\n")
        self.assert_clean()

    def test_unfinished_work_is_found(self):
        for mark in ("TODO", "FIXME", "XXX"):
            with self.subTest(mark):
                self.write("docs/a.md", f"One.\n{mark}: two.\n")
                self.assert_finds("docs/a.md:2:", mark)
        self.write("docs/a.md", "mkdtemp(\"a_XXXXXX\")\n")
        self.assert_clean()

    def test_long_files_and_functions(self):
        self.write("storage/a.cc", "int a;\n" * 801)
        self.assert_finds("801 lines")
        head = "int Long(int a,\n         int b) {\n"
        self.write("storage/a.cc", head + "  a += b;\n" * 98 + "}\n")
        self.assert_finds("storage/a.cc:1: Long() has 101 lines")
        self.write("storage/a.cc", head + "  a += b;\n" * 97 + "}\n")
        self.assert_clean()

    def test_what_is_no_function_may_be_long(self):
        body = "  int a;\n" * 200
        for head in ("namespace a {", "class A final : public B {", "struct A {",
                     "const std::map<int, int> kA = {", "enum class A {", 'extern "C" {'):
            with self.subTest(head):
                self.write("storage/a.cc", f"{head}\n{body}}};\n")
                self.assert_clean()

    def test_methods_in_a_class_count_and_lambdas_belong_to_their_function(self):
        body = "    G();\n" * 120
        self.write("storage/a.cc", "class A {\n  int F() const {\n" + body + "  }\n};\n")
        self.assert_finds("storage/a.cc:2: F() has 122 lines")
        self.write("storage/a.cc", "int F() {\n  Do([&](int) {\n" + body + "  });\n}\n")
        self.assert_finds("storage/a.cc:1: F()")

    def test_braces_in_strings_and_comments_do_not_count(self):
        function = "int F() {\n  G(\"{\", '{', R\"x({)x\");  // {\n}\n"
        self.write("storage/a.cc", function + "int a;\n" * 200)
        self.assert_clean()

    def test_banned_calls_name_the_replacement(self):
        for code, instead in (
                ("auto a = system(b);\n", "posix_spawn"), ("  std::cout << a;\n", "Context"),
                ("  strcpy(a, b);\n", "std::string"), ("  std::sprintf(a, b);\n", "snprintf"),
                ("int a = rand();\n", "mt19937_64"), ("  return std::stoi(a);\n", "from_chars"),
                ("int fd = open(a, b);\n", "FileSystem"), ("  std::ifstream a(b);\n", "FileSystem"),
                ("  std::filesystem::exists(a);\n", "FileSystem"), ("  throw a;\n", "Result<T>"),
                ("  assert(a);\n", "REPRISE_ASSERT"), ("auto t = time(nullptr);\n", "Clock"),
                ("  localtime(&a);\n", "localtime_r"), ("  std::regex a(b);\n", "a parser"),
                ("  std::ranges::unique(a);\n", "iterators"),
                ("  a | std::views::reverse;\n", "iterators")):
            with self.subTest(code):
                self.assert_bans(code, instead)

    def test_what_only_looks_banned_is_not(self):
        self.write("storage/a.cc", """// system("rm"), strcpy(a, b) and std::cout are banned.
const char* a = "open(x)";
Result<void> open(int fd);
bool b = file.open(path);
auto c = store->open(path);
auto d = Store::open(path);
if (open()) return;
static_assert(true);
std::filesystem::path e;
auto f = run_time(1);
""")
        self.assert_clean()

    def test_a_banned_call_is_right_in_its_place(self):
        self.write("storage/base/posix_file.cc", "int fd = open(a, b);\n")
        self.write("storage/base/CMakeLists.txt", "reprise_library(base storage/base)\n")
        self.assert_clean()
        self.write("storage/a.cc", "int fd = open(a, b);\n")
        self.assert_finds("storage/a.cc:1:")

    def test_headers(self):
        self.write("storage/a.h", "#pragma once\n")
        self.assert_finds("no opening comment")
        self.write("storage/a.h", "// A.\n")
        self.assert_finds("no #pragma once")
        self.write("storage/a.h", "// A.\n#pragma once\nusing namespace std;\n")
        self.assert_finds("using namespace")

    def test_a_test_that_never_runs_is_found(self):
        self.write("tests/CMakeLists.txt", "reprise_tests(storage tests/storage unit)\n")
        self.write("tests/storage/base/a_test.cc", "// A test.\n")
        self.assert_finds("tests/storage/base/a_test.cc:1:", "never runs")

    def test_a_test_in_a_comment_of_cmake_is_not_registered(self):
        self.write("tests/CMakeLists.txt", "# reprise_tests(storage tests/storage unit)\n")
        self.write("tests/storage/a_test.cc", "// A test.\n")
        self.assert_finds("never runs")

    def test_a_source_that_nothing_builds_is_found(self):
        self.write("storage/old/a.cc", "int a;\n")
        self.assert_finds("storage/old/a.cc:1:", "no CMakeLists.txt builds it")
        self.write("storage/old/CMakeLists.txt", "add_executable(a a.cc)\n")
        self.assert_clean()

    def test_globs_and_absolute_names_build(self):
        self.write("tests/fuzz/CMakeLists.txt",
                   'file(GLOB a "${CMAKE_CURRENT_SOURCE_DIR}/*_fuzz.cc")\n'
                   'add_library(b "${PROJECT_SOURCE_DIR}/sdk/src/b.cc")\n')
        self.write("tests/fuzz/x_fuzz.cc", "int a;\n")
        self.write("tests/fuzz/corpus/x/one.bin", "1")
        self.write("sdk/src/b.cc", "int b;\n")
        self.assert_clean()

    def test_a_format_without_a_fuzzer_is_found(self):
        self.write("docs/formats/pack.md", "Packs.\n")
        self.assert_finds("docs/formats/pack.md:1:", "pack_fuzz.cc")
        self.write("tests/fuzz/CMakeLists.txt", "add_executable(other_fuzz other_fuzz.cc)\n")
        self.write("tests/fuzz/corpus/other/one.bin", "1")
        self.write("tests/fuzz/other_fuzz.cc", "// Reads docs/formats/pack.md.\n")
        self.assert_clean()

    def test_a_fuzzer_without_seeds_is_found(self):
        self.write("tests/fuzz/CMakeLists.txt", "add_executable(other_fuzz other_fuzz.cc)\n")
        self.write("tests/fuzz/other_fuzz.cc", "int a;\n")
        self.assert_finds("corpus/other/ has no seeds")

    def test_kinds_of_files(self):
        self.write("docs/a.docx", "a\n")
        self.assert_finds("unexpected kind")
        self.write("docs/a.docx", "#!/bin/sh\n", executable=True)
        self.assert_clean()

    def test_large_blobs(self):
        self.write("tests/golden/a.bin", b"x" * (512 * 1024))
        self.assert_clean()
        self.write("tests/golden/a.bin", b"x" * (512 * 1024 + 1))
        self.assert_finds("524289 bytes")

    def test_scripts_are_executable_and_nothing_else_is(self):
        self.write("scripts/demo", "#!/bin/sh\n")
        self.assert_finds("chmod +x")
        self.write("scripts/demo", "echo\n")
        self.assertIn("scripts/demo:1: a script without #!", self.findings())
        self.write("scripts/demo", "#!/bin/sh\n", executable=True)
        self.write("storage/a.cc", "int a;\n", executable=True)
        self.assert_finds("chmod -x")

    def test_decisions_are_numbered_once(self):
        self.write("docs/decisions/0001-one.md", "# 1. One\n")
        self.write("docs/decisions/0001-two.md", "# 1. Two\n")
        self.assert_finds("has the number of")

    def test_decisions_say_their_number(self):
        self.write("docs/decisions/0001-one.md", "# 2. One\n")
        self.assert_finds('begins with "# 1. "')
        self.write("docs/decisions/0001-one.md", "# 0001. One\n")
        self.assert_clean()
        self.write("docs/decisions/one.md", "# 2. One\n")
        self.assert_finds("NNNN-title.md")

    def test_links_lead_somewhere(self):
        self.write("docs/a.md", "[b](b.md) [c](c/) [web](https://a.example/b) `[d](d.md)` [e](#e)\n")
        self.write("docs/c/x.md", "[up](../a.md#part)\n")
        self.assert_finds("the link b.md leads nowhere")

    def test_promises_name_tests_that_are_there(self):
        self.write("tests/CMakeLists.txt", "reprise_tests(storage tests/storage unit)\n")
        self.write("tests/storage/a_test.cc",
                   "TEST(Log, Promise1IsDurable) {}\nTEST_F(Log,\n       IsWhole) {}\n")
        row = "| 1 | Durable. | `Log.Promise1…`, `Log.IsWhole`, `Log*`, `tests/storage/` |\n"
        none = "| 3 | Kept. | there is none yet |\n"
        self.write("docs/formats/README.md", row + none)
        self.assert_clean()
        self.write("docs/formats/README.md", none + row.replace("Log*", "Lag.*"))
        self.assert_finds("docs/formats/README.md:2: no test is named Lag.*")
        self.write("docs/formats/README.md", row.replace("storage/", "crash/"))
        self.assert_finds("tests/crash/ is not there")
        self.write("docs/formats/README.md", row.replace("| 1 |", "| 2 |"))
        self.assert_finds("none of these tests is named Promise2…")

    def test_every_exception_has_a_reason(self):
        for table in (check_tidy.LARGE_BLOBS, check_tidy.BANNED_EXCEPTIONS,
                      check_tidy.FORMAT_PAGES_WITHOUT_FUZZER):
            for reason in table.values():
                self.assertGreater(len(reason), 20)


class StripTest(unittest.TestCase):
    def test_comments_and_strings_go_and_lines_stay(self):
        text = 'a /* b\n c */ "d\\"e" \'"\' f // g\nR"x(h\n")x" 1\'000\'000 i\n'
        stripped = source_tree.strip_cpp(text)
        self.assertEqual(stripped.count("\n"), text.count("\n"))
        for gone in "bcdegh":
            self.assertNotIn(gone, stripped)
        for kept in ("a", "f", "1'000'000", "i"):
            self.assertIn(kept, stripped)


if __name__ == "__main__":
    unittest.main()
