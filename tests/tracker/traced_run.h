// A run that was traced, as a recorder would have sealed it, without a recorder: for tests of what
// is made of a closure.

#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lineage/closure.h"
#include "lineage/recipe.h"
#include "lineage/run_record.h"
#include "storage/base/file.h"
#include "storage/crypto/sha256.h"
#include "tracker/session.h"

namespace reprise::tracker::testing {

struct TracedRun {
  Ulid id = Ulid::Generate();
  lineage::Recipe recipe = {.command = {"./train"}, .working_directory = "."};
  lineage::Closure closure = {};
  std::vector<std::string> contents = {};  // Stored; what names others names absent content.
  Json host = Json().Set("project_folder", "/project");
  lineage::RunStatus status = lineage::RunStatus::kFinished;
  std::string closure_document = {};  // Stored in place of that of `closure`, if it is not empty.
};

// A file of that content, read and stored.
inline lineage::ClosureFile StoredFile(const std::string& path, const std::string& content) {
  return {.path = path,
          .uses = lineage::kFileRead,
          .digest = crypto::Sha256(content),
          .size_bytes = content.size(),
          .mode = 0644,
          .modified_at_unix_ns = 1'600'000'000'000'000'000,
          .stored = true};
}

// Up to and including the seal.
inline Result<void> SealTracedRun(FileSystem& files, const std::string& store_folder,
                                  const TracedRun& run) {
  v1::SessionStarted started;
  started.set_kind(v1::SessionStarted::KIND_RUN);
  started.set_experiment("default");
  started.set_started_at_unix_ms(1'700'000'000'000);
  REPRISE_ASSIGN_OR_RETURN(const auto session,
                           Session::Create(files, store_folder, run.id, started));
  v1::Frame frame;
  frame.mutable_code()->set_host("{}");
  REPRISE_TRY(session->Append(frame));
  REPRISE_TRY(session->Sync());
  REPRISE_ASSIGN_OR_RETURN(auto writer, session->NewWriter(nullptr, 1));
  for (const std::string& content : run.contents) REPRISE_TRY(writer->Put(AsBytes(content)));
  lineage::RunRecord record;
  record.id = run.id;
  record.experiment = "default";
  record.status = run.status;
  record.exit_code = 0;
  record.host = run.host;
  record.started_at_unix_ms = 1'700'000'000'000;
  record.ended_at_unix_ms = 1'700'000'001'000;
  record.capture.level = "sealed";
  std::string document = run.closure_document;
  if (document.empty()) {
    REPRISE_ASSIGN_OR_RETURN(document, lineage::EncodeClosure(run.closure));
  }
  REPRISE_ASSIGN_OR_RETURN(const auto closure, writer->Put(AsBytes(document)));
  record.capture.closure = closure.digest;
  REPRISE_ASSIGN_OR_RETURN(document, lineage::EncodeRecipe(run.recipe));
  REPRISE_ASSIGN_OR_RETURN(const auto recipe, writer->Put(AsBytes(document)));
  record.recipe = recipe.digest;
  REPRISE_ASSIGN_OR_RETURN(document, lineage::EncodeRunRecord(record));
  REPRISE_ASSIGN_OR_RETURN(const auto stored, writer->Put(AsBytes(document)));
  REPRISE_TRY(session->FinishWriter(std::move(writer)));
  v1::LedgerFact fact;
  fact.set_kind("run");
  fact.set_subject(run.id.ToString());
  fact.set_payload(stored.digest.ToStored());
  fact.set_time_unix_ms(1'700'000'001'000);
  fact.set_actor("tester");
  return session->Seal({fact});
}

}  // namespace reprise::tracker::testing
