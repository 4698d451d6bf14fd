#!/usr/bin/env python3
"""That scripts/check_types.py finds what it is there for, and nothing else."""

import unittest

from lint_testing import TreeTest

import check_types


class TypesTest(TreeTest):
    check = staticmethod(check_types.check)

    def test_two_types_of_one_name_are_found_whatever_they_are(self):
        self.write("lineage/a.h", "namespace a::b {\n\nclass Rows final : public X {\n};\n\n}\n")
        for other in ("struct Rows {};", "enum class Rows { kOne };", "union Rows { int x; };",
                      "template <typename T>\nclass Rows\n    : public Base<T> {};",
                      "struct [[nodiscard]] Rows {};"):
            with self.subTest(other):
                self.write("lineage/b.h", f"namespace a {{\nnamespace b {{\n{other}\n}}\n}}\n")
                self.assert_finds("lineage/b.h:", "a::b", "Rows", "lineage/a.h:3")

    def test_names_of_several_namespaces_are_one_however_they_are_written(self):
        self.write("lineage/a.h", "namespace a::b {\nstruct Rows {};\n}\n")
        self.write("lineage/b.h", "namespace a {\nnamespace b {\nstruct Rows {};\n}\n}\n")
        self.assert_finds("lineage/b.h:3")

    def test_sources_count_too(self):
        self.write("lineage/a.h", "namespace a {\nstruct Rows {};\n}\n")
        self.write("lineage/b.cc", "namespace a {\nstruct Rows {};\n}\n")
        self.assert_finds("lineage/b.cc:2")

    def test_what_is_of_one_file_or_type_alone_is_clean(self):
        self.write("lineage/a.h", "namespace a {\nstruct Rows {};\n}\n")
        self.write("lineage/b.cc", "namespace a {\nnamespace {\nstruct Rows {};\n}\n}\n")
        self.write("lineage/c.h", "namespace a {\nclass C {\n  struct Rows {};\n};\n}\n")
        self.write("lineage/d.cc", "namespace a {\nvoid F() {\n  struct Rows {};\n}\n}\n")
        self.write("lineage/e.h", "namespace c {\nstruct Rows {};\n}\n")
        self.write("tests/lineage/f.cc", "namespace a {\nstruct Rows {};\n}\n")
        self.assert_clean()

    def test_a_declaration_is_no_definition(self):
        self.write("lineage/a.h", "namespace a {\nclass Rows;\nstruct Rows* F();\n}\n")
        self.write("lineage/b.h", "namespace a {\nclass Rows {};\n// class Rows {};\n}\n")
        self.assert_clean()

    def test_what_follows_a_function_is_seen(self):
        self.write("lineage/a.h", "namespace a {\ninline int F() {\n  return 1;\n}\n"
                                  "struct Rows {};\n}\n")
        self.write("lineage/b.h", "namespace a {\nstruct Rows {};\n}\n")
        self.assert_finds("lineage/b.h:2")


if __name__ == "__main__":
    unittest.main()
