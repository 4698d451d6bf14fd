#include "tracker/run_row.h"

#include "storage/crypto/sha256.h"
#include "tracker/index.h"

namespace reprise::tracker {

std::vector<Note> NotesOf(const CatalogFactList& facts) {
  std::vector<Note> notes;
  for (const v1::CatalogFact& fact : facts) {
    if (const auto note = DecodeNote(fact.document()); note.ok()) {
      notes.push_back({fact.time_unix_ms(), fact.actor(), note->text});
    }
  }
  return notes;
}

void OverlayTags(const CatalogFactList& facts, std::map<std::string, std::string>& tags) {
  for (const v1::CatalogFact& fact : facts) {
    if (const auto added = DecodeTags(fact.document()); added.ok()) {
      for (const auto& [key, value] : added->tags) tags[key] = value;
    }
  }
}

Result<StoredRun> DecodeRunRow(std::string_view value) {
  v1::CatalogRun row;
  if (!row.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return Error{ErrorCode::kCorruption,
                 "a run's row in the catalog is damaged; `reprise fsck --rebuild-index` mends it"};
  }
  StoredRun run;
  REPRISE_ASSIGN_OR_RETURN(run.record, lineage::DecodeRunRecord(row.run_document()));
  run.document = crypto::Sha256(row.run_document());
  if (!row.recipe_document().empty()) {
    REPRISE_ASSIGN_OR_RETURN(run.recipe, lineage::DecodeRecipe(row.recipe_document()));
  }
  if (!row.code_document().empty()) {
    REPRISE_ASSIGN_OR_RETURN(run.code, lineage::DecodeCode(row.code_document()));
  }
  run.ledger_sequence = row.ledger_sequence();
  run.tags = run.record.tags;
  OverlayTags(row.facts(), run.tags);
  for (const std::string& text : run.record.notes) {
    run.notes.push_back({run.record.started_at_unix_ms, run.record.actor, text});
  }
  for (Note& note : NotesOf(row.facts())) run.notes.push_back(std::move(note));
  return run;
}

}  // namespace reprise::tracker
