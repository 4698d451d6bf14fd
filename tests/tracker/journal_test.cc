// The golden bytes of frames that came after those of tests/golden/store_v1.

#include "tracker/journal.h"

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "storage/frame_log.h"
#include "tests/support/golden.h"

namespace reprise::tracker {
namespace {

v1::Frame Started() {
  v1::Frame frame;
  frame.mutable_started()->set_kind(v1::SessionStarted::KIND_RUN);
  return frame;
}

// What a run derived, and what it attached as evidence: a text of its own, and a file.
v1::Frame DerivationsAndEvidence() {
  v1::Frame frame;
  v1::Observed& observed = *frame.mutable_observed();
  auto* const derivation = observed.add_derivations();
  derivation->set_column("score");
  derivation->add_sources("age");
  derivation->add_sources("data/a.csv#amount");
  auto* const text = observed.add_evidence();
  text->set_kind("validation");
  text->mutable_artifact()->set_digest(crypto::Sha256("{}").ToStored());
  text->mutable_artifact()->set_size_bytes(2);
  auto* const file = observed.add_evidence();
  file->set_kind("document");
  file->mutable_artifact()->set_path("/project/report.pdf");
  file->mutable_artifact()->set_digest(crypto::Sha256("report").ToStored());
  file->mutable_artifact()->set_size_bytes(6);
  return frame;
}

TEST(Journal, DerivationsAndEvidenceHaveTheirGoldenBytes) {
  std::string bytes = JournalHeader();
  storage::AppendFrame(bytes, Started().SerializeAsString());
  storage::AppendFrame(bytes, DerivationsAndEvidence().SerializeAsString());
  testing::ExpectGolden("journal/derivations_and_evidence_v1.bin", bytes);
  auto reader = JournalReader::OpenBytes(AsBytes(bytes), "journal");
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  v1::Frame frame;
  for (int i = 0; i < 2; ++i) {
    const auto read = reader->Next(frame);
    ASSERT_TRUE(read.ok() && *read);
  }
  EXPECT_EQ(frame.SerializeAsString(), DerivationsAndEvidence().SerializeAsString());
}

}  // namespace
}  // namespace reprise::tracker
