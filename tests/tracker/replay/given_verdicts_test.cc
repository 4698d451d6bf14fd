// The document of a verdict: its golden bytes, and what is read of it again.

#include "tracker/replay/given_verdicts.h"

#include <gtest/gtest.h>

#include <cmath>

#include "storage/crypto/sha256.h"
#include "tests/support/golden.h"
#include "tracker/replay/verdict.h"

namespace reprise::tracker {
namespace {

Ulid IdOf(std::string_view text) { return *Ulid::Parse(text); }

const Ulid kOriginal = IdOf("01ARZ3NDEKTSV4RRFFQ69G5FAV");
const std::vector<Ulid> kReruns = {IdOf("01BX5ZZKBKACTAV9WEVGEMMVRZ"),
                                   IdOf("01BX5ZZKBKACTAV9WEVGEMMVS0")};

Verdict SomeVerdict() {
  Verdict verdict;
  verdict.result = VerdictResult::kNotComparable;
  verdict.outputs = {
      {.path = "model",
       .state = ComparisonState::kDiffers,
       .expected = crypto::Sha256("m"),
       .actual = crypto::Sha256("n"),
       .varies = true,
       .difference = lineage::ContentDifference{.kind = "text",
                                                .sentence = "line 1: 'a' became 'b'",
                                                .details = Json().Set("first_line", 1)}},
      {.path = "caf\xE9", .state = ComparisonState::kMissing, .expected = Digest()}};
  verdict.metrics = {{.key = "auc",
                      .state = ComparisonState::kWithinNoise,
                      .expected = 0.8,
                      .actual = 0.75,
                      .first_differing_step = 3,
                      .difference_max = 0.125,
                      .envelope = Envelope{0.75, 0.8125}},
                     {.key = "loss", .state = ComparisonState::kExtra, .actual = NAN}};
  verdict.environment = {"the file /usr/lib/libc.so.6 differs"};
  verdict.hardware = {"the architecture was x86_64 and is aarch64"};
  verdict.missing = {"a sentence"};
  verdict.same_exit = false;
  return verdict;
}

TEST(VerdictDocument, HasItsGoldenBytes) {
  const auto document = EncodeVerdict(SomeVerdict(), kOriginal, kReruns, true);
  ASSERT_TRUE(document.ok()) << document.error().message;
  reprise::testing::ExpectGolden("documents/verdict_v1.json", *document);
}

// Written before verdicts said how outputs differ.
TEST(VerdictDocument, OneWithoutDifferencesIsReadAsEver) {
  const auto document =
      ReadFile(PosixFileSystem(),
               JoinPath(REPRISE_GOLDEN_DIR, "documents/verdict_without_differences_v1.json"));
  ASSERT_TRUE(document.ok());
  const auto given = DecodeGivenVerdict(*document);
  ASSERT_TRUE(given.ok()) << given.error().message;
  EXPECT_EQ(given->original, kOriginal.ToString());
  EXPECT_EQ(given->reruns.size(), 2U);
  EXPECT_EQ(given->result, "not_comparable");
  EXPECT_TRUE(given->on_host);
}

TEST(VerdictDocument, ProvesItsOriginalOnlyByEveryBitOutOfWhatWasCaptured) {
  Verdict verdict{.result = VerdictResult::kIdentical};
  const auto proves = [&](bool on_host) {
    const auto given = DecodeGivenVerdict(*EncodeVerdict(verdict, kOriginal, kReruns, on_host));
    return given.ok() && given->is_proof;
  };
  EXPECT_TRUE(proves(false));
  EXPECT_FALSE(proves(true));
  verdict.outside_reads = {"it was not traced"};
  EXPECT_FALSE(proves(false));
  verdict.outside_reads.clear();
  verdict.result = VerdictResult::kEquivalent;
  EXPECT_FALSE(proves(false));
}

TEST(VerdictDocument, SaysWhichRunsItComparedAndWhatCameOfIt) {
  const auto given = DecodeGivenVerdict(*EncodeVerdict(SomeVerdict(), kOriginal, kReruns, true));
  ASSERT_TRUE(given.ok()) << given.error().message;
  EXPECT_EQ(given->original, kOriginal.ToString());
  EXPECT_EQ(given->reruns,
            (std::vector<std::string>{kReruns[0].ToString(), kReruns[1].ToString()}));
  EXPECT_EQ(given->result, "not_comparable");
}

TEST(VerdictDocument, AnotherDocumentIsNoVerdict) {
  for (const char* document : {"", "{}", R"({"type":"reprise/verdict/v1"})",
                               R"({"original":"x","result":"identical","reruns":[],"type":)"
                               R"("reprise/note/v1"})"}) {
    const auto given = DecodeGivenVerdict(document);
    ASSERT_FALSE(given.ok()) << document;
    EXPECT_EQ(given.error().code, ErrorCode::kCorruption) << document;
  }
}

}  // namespace
}  // namespace reprise::tracker
