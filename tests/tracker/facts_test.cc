// The documents of notes, tags and datasets: their golden bytes, and what their readers refuse.

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "tests/support/golden.h"
#include "tracker/fact_documents.h"

namespace reprise::tracker {
namespace {

using reprise::testing::ExpectGolden;

const NoteDocument kNote = {.subject = "01ARZ3NDEKTSV4RRFFQ69G5FAV", .text = "caf\xC3\xA9, bon\n"};

TagsDocument SomeTags() {
  return {.subject = crypto::Sha256("model").ToString(),
          .tags = {{"stage", "qa"}, {"raw", "\xFF"}, {"empty", ""}}};
}

DatasetDocument SomeDataset() {
  DatasetDocument dataset{.name = "german-credit", .tags = {{"licence", "public"}}};
  dataset.artifact.path = "data/caf\xE9.csv";
  dataset.artifact.digest = crypto::Sha256("age,amount\n");
  dataset.artifact.size_bytes = 11;
  return dataset;
}

// `document` with `text`, which it has once, replaced.
std::string With(std::string document, std::string_view text, std::string_view replacement) {
  const std::size_t at = document.find(text);
  EXPECT_NE(at, std::string::npos) << text;
  return at == std::string::npos ? document : document.replace(at, text.size(), replacement);
}

template <typename Document>
void ExpectRefused(const Result<Document>& read, const std::string& document) {
  ASSERT_FALSE(read.ok()) << document;
  EXPECT_EQ(read.error().code, ErrorCode::kCorruption) << document;
}

TEST(FactDocuments, HaveTheirGoldenBytes) {
  ExpectGolden("documents/note_v1.json", *EncodeNote(kNote));
  ExpectGolden("documents/tags_v1.json", *EncodeTags(SomeTags()));
  ExpectGolden("documents/dataset_v1.json", *EncodeDataset(SomeDataset()));
}

TEST(FactDocuments, AreReadAsTheyWereWritten) {
  const auto note = DecodeNote(*EncodeNote(kNote));
  ASSERT_TRUE(note.ok()) << note.error().message;
  EXPECT_EQ(note->subject, kNote.subject);
  EXPECT_EQ(note->text, kNote.text);
  const auto tags = DecodeTags(*EncodeTags(SomeTags()));
  ASSERT_TRUE(tags.ok()) << tags.error().message;
  EXPECT_EQ(tags->subject, SomeTags().subject);
  EXPECT_EQ(tags->tags, SomeTags().tags);
  const auto dataset = DecodeDataset(*EncodeDataset(SomeDataset()));
  ASSERT_TRUE(dataset.ok()) << dataset.error().message;
  EXPECT_EQ(dataset->name, "german-credit");
  EXPECT_EQ(dataset->artifact, SomeDataset().artifact);
  EXPECT_EQ(dataset->tags, SomeDataset().tags);
}

TEST(FactDocuments, AMemberThatNobodyKnowsIsRefused) {
  const std::string note = With(*EncodeNote(kNote), R"("subject")", R"("stray":1,"subject")");
  ExpectRefused(DecodeNote(note), note);
  const std::string tags = With(*EncodeTags(SomeTags()), R"("subject")", R"("stray":1,"subject")");
  ExpectRefused(DecodeTags(tags), tags);
  const std::string dataset = *EncodeDataset(SomeDataset());
  for (const std::string& changed : {With(dataset, R"("name")", R"("more":1,"name")"),
                                     With(dataset, R"("kind")", R"("extra":1,"kind")")}) {
    ExpectRefused(DecodeDataset(changed), changed);
  }
}

TEST(FactDocuments, OneKindIsNotReadAsAnother) {
  ExpectRefused(DecodeTags(*EncodeNote(kNote)), "a note");
  ExpectRefused(DecodeDataset(*EncodeTags(SomeTags())), "tags");
  ExpectRefused(DecodeNote(*EncodeDataset(SomeDataset())), "a dataset");
}

}  // namespace
}  // namespace reprise::tracker
