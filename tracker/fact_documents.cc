#include "tracker/fact_documents.h"

#include "lineage/document.h"
#include "storage/base/canonical.h"
#include "storage/base/text_value.h"

namespace reprise::tracker {
namespace {

using lineage::ParseDocument;
using lineage::RequireSameDocument;

constexpr std::string_view kNoteType = "reprise/note/v1";
constexpr std::string_view kTagsType = "reprise/tags/v1";
constexpr std::string_view kDatasetType = "reprise/dataset/v1";

}  // namespace

Result<std::string> EncodeNote(const NoteDocument& note) {
  Json json;
  json.Set("type", kNoteType);
  json.Set("subject", note.subject);
  json.Set("text", BytesToJson(note.text));
  return Canonicalize(json);
}

Result<std::string> EncodeTags(const TagsDocument& tags) {
  Json json;
  json.Set("type", kTagsType);
  json.Set("subject", tags.subject);
  json.Set("tags", lineage::TextMapToJson(tags.tags));
  return Canonicalize(json);
}

Result<std::string> EncodeDataset(const DatasetDocument& dataset) {
  Json json;
  json.Set("type", kDatasetType);
  json.Set("name", dataset.name);
  json.Set("artifact", lineage::ArtifactUseToJson(dataset.artifact));
  json.Set("tags", lineage::TextMapToJson(dataset.tags));
  return Canonicalize(json);
}

Result<NoteDocument> DecodeNote(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, kNoteType));
  NoteDocument note;
  REPRISE_ASSIGN_OR_RETURN(note.subject, json.GetString("subject"));
  const Json* const text = json.Find("text");
  REPRISE_ASSIGN_OR_RETURN(note.text, BytesFromJson(text == nullptr ? Json() : *text));
  REPRISE_TRY(RequireSameDocument(EncodeNote(note), document, kNoteType));
  return note;
}

Result<TagsDocument> DecodeTags(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, kTagsType));
  TagsDocument tags;
  REPRISE_ASSIGN_OR_RETURN(tags.subject, json.GetString("subject"));
  REPRISE_ASSIGN_OR_RETURN(tags.tags, lineage::GetTextMap(json, "tags"));
  REPRISE_TRY(RequireSameDocument(EncodeTags(tags), document, kTagsType));
  return tags;
}

Result<DatasetDocument> DecodeDataset(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, kDatasetType));
  DatasetDocument dataset;
  REPRISE_ASSIGN_OR_RETURN(dataset.name, json.GetString("name"));
  const Json* const artifact = json.Find("artifact");
  REPRISE_ASSIGN_OR_RETURN(dataset.artifact,
                           lineage::ArtifactUseFromJson(artifact == nullptr ? Json() : *artifact));
  REPRISE_ASSIGN_OR_RETURN(dataset.tags, lineage::GetTextMap(json, "tags"));
  REPRISE_TRY(RequireSameDocument(EncodeDataset(dataset), document, kDatasetType));
  return dataset;
}

}  // namespace reprise::tracker
