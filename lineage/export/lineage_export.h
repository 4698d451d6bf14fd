// A part of the lineage as other tools are told of it: whole runs, what they read and wrote, and
// the environments that they ran in.
//
// It is gathered once (tracker/export_view.h) and written in many formats (formats.h).  Secrets are
// gone from it already, and nothing in it depends on when or by whom it is exported: equal content
// gives equal files.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "lineage/graph.h"
#include "lineage/recipe.h"
#include "lineage/run_record.h"
#include "storage/base/digest.h"
#include "storage/base/ulid.h"

namespace reprise::lineage {

// A program, library or script that an environment document names.
struct ExportedFile {
  std::string path;  // Raw bytes; relative to the project when inside it.
  std::string role;  // "executable", "interpreter", "library", "script"
  std::optional<Digest> digest;
  std::uint64_t size_bytes = 0;
  std::optional<std::string> package;  // The Debian package that owns it.
  std::optional<std::string> version;
};

// A distribution of Python or a package of conda.
struct ExportedPackage {
  enum class Kind { kPython, kConda };
  Kind kind = Kind::kPython;
  std::string name;
  std::string version;
  std::string build;    // Of conda; "" where there is none.
  std::string channel;  // Likewise.
};

struct ExportedEnvironment {
  std::string architecture;
  std::vector<ExportedFile> files;        // In the order of the document: by path.
  std::vector<ExportedPackage> packages;  // Python's, then conda's.
  std::map<std::string, std::string> variables;
};

// A column that a run says it computed from others: run.derive("score", {"age", "amount"}).
struct DerivedColumn {
  struct Source {
    std::string path;  // Of an input of the run.
    std::string column;
  };
  std::string path;  // Of an output of the run.
  std::string column;
  std::vector<Source> sources;
};

struct ExportedNote {
  std::int64_t time_unix_ms = 0;
  std::string actor;
  std::string text;
};

struct ExportedRun {
  RunRecord record;
  Digest document;  // Of the run document.
  std::optional<Recipe> recipe;
  std::optional<Code> code;
  std::map<std::string, std::string> tags;  // The record's, overlaid by later ones.
  std::vector<ExportedNote> notes;          // Likewise, by time.
  std::vector<DerivedColumn> derived_columns;
  // What the store was to know of it and does not any more: "its environment sha256:…".
  std::vector<std::string> missing;
};

// A column of a table.
struct ExportedColumn {
  std::string path;  // Of the table within the folder; "" of a file.
  std::string name;  // Raw bytes.
  std::string type;  // As ColumnTypeName().
};

struct ExportedArtifact {
  Digest digest;
  ArtifactKind kind = ArtifactKind::kFile;
  std::optional<std::uint64_t> size_bytes;  // Of a folder: of all files below.
  bool is_executable = false;               // Of a file.
  std::set<std::string> paths;              // Under which runs read and wrote it.
  std::set<std::string> roles;
  std::set<std::string> dataset_names;
  std::map<std::string, std::string> tags;
  std::vector<ExportedColumn> columns{};  // As far as profiles know them.
};

struct LineageExport {
  Ulid store;
  NodeId subject;  // What was asked for: a run or an artifact, and in `runs` or `artifacts`.
  std::vector<ExportedRun> runs;  // By time of start, then id.
  std::set<Ulid> lost_runs;       // That others name, and of which the store has no record.
  std::vector<ExportedArtifact> artifacts;             // By digest.
  std::vector<Edge> edges;                             // Sorted; both ends are above.
  std::map<Digest, ExportedEnvironment> environments;  // By digest of the document.

  // nullptr: not in it.  Looks at every run: for one, not for each.
  const ExportedRun* FindRun(const Ulid& id) const;
  const ExportedArtifact* FindArtifact(const Digest& digest) const;        // nullptr: likewise.
  const ExportedEnvironment* EnvironmentOf(const ExportedRun& run) const;  // nullptr: likewise.
};

// A sentence for each thing that the lineage lacks and that the store was to have: records of runs,
// and what is missing of others.  Empty: it is whole.
std::vector<std::string> MissingParts(const LineageExport& lineage);

// Which of `uses` a table lies in that a run names by `path`: that of the path, or the innermost
// folder around it; nullptr: none.
const ArtifactUse* UseThatHolds(const std::vector<ArtifactUse>& uses, const std::string& path);

// What runs call what they read and wrote, by run, kind of the edge and path; without those that
// have no role.
using UseRoles = std::map<std::tuple<Ulid, EdgeKind, std::string>, std::set<std::string>>;
UseRoles RolesOfUses(const LineageExport& lineage);

// When the last run of it ended (or began, where the end is not known), in Unix milliseconds; 0
// without runs.  What exports give as their date: that of their content.
std::int64_t LastTimeOf(const LineageExport& lineage);

// Short name of a path: what follows its last slash.
std::string BaseName(const std::string& path);

// What a person calls the artifact: its shortest path, or the beginning of its digest.
std::string NameOf(const ExportedArtifact& artifact);

// The program that a command runs: base name of its first word, or of the second where the first is
// an interpreter of scripts ("python3 train.py" is "train.py").  "unknown" of an empty command.
std::string ProgramOf(const ExportedRun& run);

// The words of the command, printable, apart by spaces; "" where it is not known.
std::string CommandTextOf(const ExportedRun& run);

// Why a run that did not finish did not: "exit status 3".
std::string FailureOf(const RunRecord& record);

// The variables of its environment, overlaid by those that the caller set for this run.
std::map<std::string, std::string> VariablesOf(const LineageExport& lineage,
                                               const ExportedRun& run);

// A name for the state of the program's code: the commit where that was the whole of it, else the
// digest of the code's tree, else "unknown".
std::string CodeVersionOf(const ExportedRun& run);

// The name of what was asked for.
std::string SubjectName(const LineageExport& lineage);

// Reads an environment document (docs/formats/environment.md) that a later release may have added
// members to.  Errors: kCorruption  it is none.
Result<ExportedEnvironment> ReadExportedEnvironment(std::string_view document);

}  // namespace reprise::lineage
