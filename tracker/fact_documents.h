// The documents of facts that are said about a subject: notes, tags, datasets.
// docs/formats/facts.md.
//
// Thread-safety: pure functions.

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "lineage/artifact.h"
#include "storage/base/result.h"

namespace reprise::tracker {

struct NoteDocument {
  std::string subject;
  std::string text;
};
struct TagsDocument {
  std::string subject;
  std::map<std::string, std::string> tags;
};
struct DatasetDocument {
  std::string name;  // "" for none.
  lineage::ArtifactUse artifact;
  std::map<std::string, std::string> tags;
};
Result<std::string> EncodeNote(const NoteDocument& note);
Result<std::string> EncodeTags(const TagsDocument& tags);
Result<std::string> EncodeDataset(const DatasetDocument& dataset);
// The inverses, for exactly the bytes that those write.
// Errors: kCorruption.
Result<NoteDocument> DecodeNote(std::string_view document);
Result<TagsDocument> DecodeTags(std::string_view document);
Result<DatasetDocument> DecodeDataset(std::string_view document);

}  // namespace reprise::tracker
