// A bundle made without a store: a run, one upstream of it and that one's original, a rerun with
// its verdict, a note and tags, in a real ledger of its own.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/crypto/ed25519.h"
#include "storage/ledger.h"
#include "tests/support/temp_dir.h"
#include "tracker/audit/bundle_content.h"

namespace reprise::testing {

// What somebody who has the log's key may do to its history.
enum class Rewrite { kNothing, kActor, kTime, kOrder, kDropped, kInserted };

class TestBundle {
 public:
  // A key of its own unless one is given.
  explicit TestBundle(const std::optional<crypto::Ed25519PrivateKey>& key = std::nullopt,
                      Rewrite rewrite = Rewrite::kNothing);
  ~TestBundle();

  tracker::BundleContent content;
  Result<std::vector<tracker::BundleFile>> Files();
  storage::Ledger& ledger() { return *ledger_; }
  // The private key that signs now, PEM: for whoever is to sign what they changed.
  std::string SigningKey() const;
  // The signed checkpoint after so many entries.
  const std::vector<std::string>& checkpoints() const { return checkpoints_; }

  // Appends an entry about nothing in the bundle, and takes the log's new state into `content`.
  void GrowLog();
  // Lets the bundle begin from the checkpoint after so many entries.
  void BeginFrom(std::uint64_t size);
  // Lets a witness (TestKey(0x51), "witness.example/w1") cosign the newest checkpoint, changes the
  // log's key, and takes all of it into `content`.
  void SealAndChangeKey();

 private:
  Digest Document(const std::string& bytes);
  std::int64_t NextTime() const;  // Of the next entry of the log.
  Digest Fact(const std::string& kind, const std::string& subject, const std::string& document);
  // Gives the run of the bundle a metric; the values of `points` rise.
  void AddMetric(tracker::StoredRun& run, const std::string& key,
                 std::vector<lineage::MetricPoint> points);
  void AddRuns();
  void AddFacts();
  void AddLineage();
  void TakeLog();

  const Rewrite rewrite_;
  TempDir folder_;
  std::unique_ptr<storage::Ledger> ledger_;
  std::vector<std::string> checkpoints_;
};

// Writes files below `folder`.
void WriteBundle(const std::vector<tracker::BundleFile>& files, const std::string& folder);

}  // namespace reprise::testing
