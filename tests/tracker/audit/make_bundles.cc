// Makes the bundles that verify_test.py breaks:
//
//   FOLDER/bundle        a bundle
//   FOLDER/later         the same after the log grew
//   FOLDER/forged        the same by another log and key, as somebody would who can write it all
//   FOLDER/proofs_only   without the list of all entries

#include <iostream>

#include "tests/tracker/audit/test_bundle.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_bundles FOLDER\n";
    return 2;
  }
  const std::string folder = argv[1];
  const auto write = [&](reprise::testing::TestBundle& bundle, const std::string& name) {
    const auto files = bundle.Files();
    REPRISE_ASSERT(files.ok());
    reprise::testing::WriteBundle(*files, reprise::JoinPath(folder, name));
  };
  reprise::testing::TestBundle bundle;
  write(bundle, "bundle");
  bundle.content.lists_whole_log = false;
  write(bundle, "proofs_only");
  bundle.content.lists_whole_log = true;
  for (int i = 0; i < 5; ++i) bundle.GrowLog();
  write(bundle, "later");
  reprise::testing::TestBundle forged;
  write(forged, "forged");
  return 0;
}
