#include "tracker/row_files.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "lineage/compare/inflate.h"

namespace reprise::tracker {
namespace {

std::string InSmall(std::string_view text) {
  std::string small(text);
  for (char& c : small) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return small;
}

bool EndsWithAny(std::string_view text, std::span<const std::string_view> ends) {
  return std::ranges::any_of(ends, [&](std::string_view end) { return text.ends_with(end); });
}

}  // namespace

std::optional<RowFile> RowFileOf(std::string_view path) {
  RowFile file;
  std::string name = InSmall(path);
  constexpr std::string_view kGzip = ".gz";
  if (name.ends_with(kGzip)) {
    name.resize(name.size() - kGzip.size());
    file.is_gzip = true;
  }
  if (EndsWithAny(name, std::array<std::string_view, 2>{".csv", ".tsv"})) return file;
  file.format = RowFormat::kJsonLines;
  if (EndsWithAny(name, std::array<std::string_view, 2>{".jsonl", ".ndjson"})) return file;
  return std::nullopt;
}

bool HoldsUnreadRows(std::string_view path) {
  constexpr std::array<std::string_view, 23> kFormats = {
      ".parquet", ".feather", ".arrow", ".orc",  ".avro", ".xlsx", ".xls",      ".ods",
      ".h5",      ".hdf5",    ".npy",   ".npz",  ".pkl",  ".dta",  ".sav",      ".sas7bdat",
      ".xpt",     ".rds",     ".arff",  ".json", ".svm",  ".tab",  ".tfrecord",
  };
  constexpr std::array<std::string_view, 6> kCompressed = {".gz",  ".bz2", ".xz",
                                                           ".zst", ".lz4", ".zip"};
  std::string name = InSmall(path);
  if (RowFileOf(name).has_value()) return false;
  if (EndsWithAny(name, kCompressed)) {
    name.resize(name.rfind('.'));
    if (RowFileOf(name).has_value()) return true;
  }
  return EndsWithAny(name, kFormats);
}

Result<void> ReadRowFile(storage::ObjectReader& objects, const Digest& digest, const RowFile& file,
                         const std::function<Result<void>(std::string_view part)>& feed) {
  std::unique_ptr<lineage::ContentSource> compressed;
  std::unique_ptr<storage::ObjectStream> stream;
  lineage::NextPart next;
  if (file.is_gzip) {
    REPRISE_ASSIGN_OR_RETURN(compressed, lineage::OpenObject(objects, digest));
    REPRISE_ASSIGN_OR_RETURN(next, lineage::OpenDeflated(*compressed, lineage::DeflateForm::kGzip));
  } else {
    REPRISE_ASSIGN_OR_RETURN(stream, objects.Open(digest));
    next = [&stream](std::string& out) { return stream->Next(out); };
  }
  std::string part;
  for (bool more = true; more;) {
    part.clear();
    REPRISE_ASSIGN_OR_RETURN(more, next(part));
    REPRISE_TRY(feed(part));
  }
  return {};
}

}  // namespace reprise::tracker
