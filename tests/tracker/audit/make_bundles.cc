// Makes the bundles that tests break by broken_bundle.py:
//
//   FOLDER/bundle        a bundle
//   FOLDER/later         the same after the log grew
//   FOLDER/since         the same, which begins from the checkpoint after 5 entries
//   FOLDER/since_proofs_only
//   FOLDER/checkpoints/N what its log signed when it had N entries
//   FOLDER/forged        the same by another log and key, as somebody would who can write it all
//   FOLDER/rewritten_*   another history by the same log and key, as somebody would who has the key
//   FOLDER/proofs_only   without the list of all entries
//   FOLDER/sealed        cosigned by a witness, and the log's key was changed; sealed_proofs_only
//   FOLDER/sealed_keys/  its first key, its second, and the witness'
//   FOLDER/signing_keys/ the private keys, PEM, by the bundles' names: for whoever changes one and
//                        signs it again, as only who has the key can

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
    reprise::testing::WriteBundle({{name, bundle.SigningKey()}},
                                  reprise::JoinPath(folder, "signing_keys"));
  };
  const auto key = reprise::crypto::Ed25519PrivateKey::Generate();
  REPRISE_ASSERT(key.ok());
  reprise::testing::TestBundle bundle(*key);
  write(bundle, "bundle");
  bundle.content.lists_whole_log = false;
  write(bundle, "proofs_only");
  bundle.content.lists_whole_log = true;
  for (int i = 0; i < 5; ++i) bundle.GrowLog();
  write(bundle, "later");
  bundle.BeginFrom(5);
  write(bundle, "since");
  bundle.content.lists_whole_log = false;
  write(bundle, "since_proofs_only");
  std::vector<reprise::tracker::BundleFile> checkpoints;
  for (const std::string& checkpoint : bundle.checkpoints()) {
    checkpoints.push_back({std::to_string(checkpoints.size()), checkpoint});
  }
  reprise::testing::WriteBundle(checkpoints, reprise::JoinPath(folder, "checkpoints"));
  reprise::testing::TestBundle forged;
  write(forged, "forged");
  const auto write_rewritten = [&](const std::string& what, reprise::testing::Rewrite rewrite) {
    reprise::testing::TestBundle rewritten(*key, rewrite);
    // Longer than what anybody kept a checkpoint of: its size alone tells nothing.
    for (int i = 0; i < 5; ++i) rewritten.GrowLog();
    write(rewritten, "rewritten_" + what);
  };
  using reprise::testing::Rewrite;
  write_rewritten("nothing", Rewrite::kNothing);
  write_rewritten("actor", Rewrite::kActor);
  write_rewritten("time", Rewrite::kTime);
  write_rewritten("order", Rewrite::kOrder);
  write_rewritten("dropped", Rewrite::kDropped);
  write_rewritten("inserted", Rewrite::kInserted);
  reprise::testing::TestBundle sealed;
  const auto first = sealed.ledger().Key();
  sealed.SealAndChangeKey();
  write(sealed, "sealed");
  reprise::testing::WriteBundle({{"first", first->ToText()},
                                 {"second", sealed.content.key},
                                 {"witness", sealed.content.witnesses}},
                                reprise::JoinPath(folder, "sealed_keys"));
  sealed.content.lists_whole_log = false;
  write(sealed, "sealed_proofs_only");
  return 0;
}
