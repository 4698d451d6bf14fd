#!/usr/bin/env python3
"""That scripts/check_layers.py finds what it is there for, and nothing else."""

import unittest

from lint_testing import TreeTest

import check_layers


class LayersTest(TreeTest):
    check = staticmethod(check_layers.check)

    def test_going_down_is_clean(self):
        self.write("storage/base/bytes.h", "#include <string>\n#include <sys/types.h>\n")
        self.write("storage/catalog.h", '#include "storage/base/bytes.h"\n')
        self.write("lineage/graph.h", '#include "storage/catalog.h"\n')
        self.write("tracker/store.cc", '#include "lineage/graph.h"\n')
        self.write("tracker/cli/main.cc", '#include "tracker/store.h"\n#include <unistd.h>\n')
        self.write("tracker/store.h", "")
        self.assert_clean()

    def test_going_up_is_found(self):
        self.write("lineage/graph.h", "")
        self.write("storage/catalog.h", '// One.\n#include "lineage/graph.h"\n')
        self.assert_finds("storage/catalog.h:2:", "storage may not depend on lineage")

    def test_base_depends_on_nothing(self):
        self.write("storage/catalog.h", "")
        self.write("storage/base/file.h", '#  include "storage/catalog.h"\n')
        self.assert_finds("storage/base/file.h:1:")

    def test_nothing_includes_the_command_line(self):
        self.write("tracker/cli/command.h", "")
        self.write("tracker/audit/report.cc", '#include "tracker/cli/command.h"\n')
        self.assert_finds("tracker/audit may not depend on tracker/cli")

    def test_the_recorder_may_read_the_wire_and_the_tracker_may_not(self):
        self.write("sdk/wire/segment.h", "")
        self.write("tracker/recorder/reader.cc", '#include "sdk/wire/segment.h"\n')
        self.assert_clean()
        self.write("tracker/store.cc", '#include "sdk/wire/segment.h"\n')
        self.assert_finds("tracker/store.cc:1:")

    def test_the_sdk_stands_alone(self):
        self.write("storage/base/bytes.h", "")
        self.write("sdk/src/run.cc", '#include "storage/base/bytes.h"\n')
        self.assert_finds("sdk may not depend on storage/base")

    def test_examples_see_only_what_is_installed(self):
        self.write("sdk/include/reprise/run.h", "")
        self.write("sdk/src/session.h", "")
        self.write("sdk/examples/one/csv.h", "")
        self.write("sdk/examples/one/main.cc", '#include <reprise/run.h>\n#include "csv.h"\n')
        self.assert_clean()
        self.write("sdk/examples/one/csv.cc", '#include "sdk/src/session.h"\n')
        self.assert_finds("sdk/examples/one/csv.cc:1:")

    def test_the_installed_headers_may_not_include_others(self):
        self.write("sdk/wire/segment.h", "")
        self.write("sdk/include/reprise/run.h", '#include "sdk/wire/segment.h"\n')
        self.assert_finds("sdk/include/reprise/run.h:1:")

    def test_tests_may_look_into_everything(self):
        self.write("tracker/cli/command.h", "")
        self.write("sdk/wire/segment.h", "")
        self.write("tests/storage/a_test.cc",
                   '#include "tracker/cli/command.h"\n#include "sdk/wire/segment.h"\n')
        self.assert_clean()
        self.write("tests/support/x.h", "")
        self.write("storage/a.cc", '#include "tests/support/x.h"\n')
        self.assert_finds("storage/a.cc:1:")

    def test_a_library_lives_in_one_folder(self):
        for header, folder in (("rocksdb/db.h", "storage/rocksdb"), ("openssl/evp.h",
                               "storage/crypto"), ("git2.h", "lineage/capture"), ("git2/refs.h",
                               "lineage/capture"), ("zstd.h", "storage/zstd"),
                               ("boost/program_options.hpp", "tracker/cli")):
            with self.subTest(header):
                self.write(folder + "/a.cc", f"#include <{header}>\n")
                self.assert_clean()
                self.write("tracker/b.cc", f"#include <{header}>\n")
                self.assert_finds("tracker/b.cc:1:", f"which only {folder} may")
                self.write("tracker/b.cc", "")

    def test_an_unknown_library_is_found(self):
        for header in ("curl/curl.h", "lmdb.h"):
            with self.subTest(header):
                self.write("storage/a.cc", f"#include <{header}>\n")
                self.assert_finds("unknown library")

    def test_a_header_that_is_not_there_is_found(self):
        self.write("storage/a.cc", '#include "storage/gone.h"\n')
        self.assert_finds("storage/a.cc:1:", "not in the tree")

    def test_generated_headers_count_by_their_folder(self):
        self.write("storage/a.cc", '#include "storage/proto/a.pb.h"\n')
        self.assert_clean()
        self.write("storage/a.cc", '#include "tracker/proto/a.pb.h"\n')
        self.assert_finds("storage may not depend on tracker/proto")

    def test_a_cycle_is_found_however_long(self):
        self.write("storage/a.h", '#include "storage/b.h"\n')
        self.write("storage/b.h", '#include "storage/c.h"\n')
        self.write("storage/c.h", "")
        self.assert_clean()
        self.write("storage/c.h", '#include "storage/a.h"\n')
        self.assert_finds("storage/a.h → storage/b.h → storage/c.h → storage/a.h")

    def test_a_diamond_is_no_cycle(self):
        self.write("storage/a.h", '#include "storage/b.h"\n#include "storage/c.h"\n')
        self.write("storage/b.h", '#include "storage/d.h"\n')
        self.write("storage/c.h", '#include "storage/d.h"\n')
        self.write("storage/d.h", "")
        self.assert_clean()

    def test_every_exception_has_a_reason(self):
        for reason in check_layers.EXCEPTIONS.values():
            self.assertGreater(len(reason), 20)


if __name__ == "__main__":
    unittest.main()
