// From the SDK's segments into the session's journal.
//
// Everything that a program reports lies in segments (sdk/wire/segment.h) before it asks anything,
// so that a recorder that dies loses nothing.  What is drained and how far stand in one journal
// frame, so that its successor repeats nothing.
//
// Thread-safety: one thread at a time.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lineage/metric_series.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/importer.h"
#include "tracker/recorder/segment_reader.h"
#include "tracker/session.h"

namespace reprise::tracker {

class SegmentDrain {
 public:
  // Begins after what the session's journal holds already.  `sandbox_files`, which outlives the
  // drain, has the files by the paths that the program used, where it runs in a sandbox.  Of a
  // session in a sandbox that is gone nothing can be stored any more, which each file's record
  // says.
  static Result<std::unique_ptr<SegmentDrain>> Open(FileSystem& files, Session& session,
                                                    storage::ImportOptions importing,
                                                    FileSystem* sandbox_files = nullptr);

  // Journals every record that is complete by now, and stores the inputs and outputs that were
  // named since the last call; their content is durable when the call returns. Errors: the session
  // can no longer be written.
  Result<void> Drain(Writer writer);

  // Errors: why the last Drain() could not read a segment, which the next one may be able to.
  Result<void> CheckAllRead() const;

  // What could not be stored since the last call, for the program that asks; "" when all was.
  std::string TakeProblems();

 private:
  // What one frame will hold.
  struct Batch {
    // By key and writer.
    std::map<std::pair<std::string, std::string>, std::vector<lineage::MetricPoint>> points;
    std::vector<FileRecord> files;
    std::vector<std::string> texts;  // Paths and roles of `files`, which only borrow them.
    struct EvidenceText {
      std::string kind;
      std::string text;
    };
    std::vector<EvidenceText> evidence;
    v1::Observed observed;
    std::uint64_t size = 0;  // A measure of the memory held: points and bytes.
    bool empty = true;
  };

  SegmentDrain(FileSystem& files, Session& session, storage::ImportOptions importing,
               FileSystem* sandbox_files, std::map<std::string, SegmentCursor> cursors);

  Result<bool> Step(Writer writer);
  void Add(const SegmentSource& source, const SegmentRecord& record, Batch& batch);
  Result<void> StoreFiles(Batch& batch);
  Result<void> StoreEvidence(const Batch::EvidenceText& evidence, Batch& batch,
                             storage::ObjectWriter& writer);
  void CheckEvidence(const std::string& kind, const std::string& path,
                     v1::Artifact& artifact) const;
  static void AddEvidence(const std::string& kind, v1::Artifact artifact, Batch& batch);
  void NoteProblem(const std::string& problem);
  Result<v1::Artifact> StoreFile(const FileRecord& file, const std::string& path,
                                 const std::string& role, Batch& batch,
                                 storage::ObjectWriter& writer);
  Result<void> Journal(Batch& batch);
  Result<void> RemoveDrained();

  Session& session_;
  storage::ImportOptions importing_;
  // By the paths that the program used; null: they are gone.
  FileSystem* const run_files_;
  SegmentReader reader_;
  std::map<std::string, SegmentCursor> journalled_;
  std::string problems_;
};

}  // namespace reprise::tracker
