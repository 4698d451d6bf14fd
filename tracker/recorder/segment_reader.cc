#include "tracker/recorder/segment_reader.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

namespace reprise::tracker {

SegmentReader::SegmentReader(FileSystem& files, std::string folder,
                             std::map<std::string, SegmentCursor> cursors)
    : files_(files), folder_(std::move(folder)), cursors_(std::move(cursors)) {
  for (const auto& [name, cursor] : cursors_) known_[name].state.cursor = cursor;
}

Result<void> SegmentReader::Poll(Writer writer, const Visit& visit) {
  unread_.reset();
  REPRISE_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, files_.List(folder_));
  // By number, so that the segments of a thread come in the order in which it filled them.
  std::vector<std::pair<wire::SegmentName, std::string>> segments;
  for (const DirectoryEntry& entry : entries) {
    const auto name = wire::ParseSegmentName(entry.name);
    if (name && entry.stat.kind == FileKind::kFile) segments.emplace_back(*name, entry.name);
  }
  std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) {
    const auto key = [](const wire::SegmentName& name) {
      return std::tie(name.process_start_ticks, name.pid, name.thread, name.sequence);
    };
    return key(a.first) < key(b.first);
  });
  // Forget what is no longer there.
  const auto is_gone = [&](const auto& item) {
    return std::none_of(segments.begin(), segments.end(),
                        [&](const auto& segment) { return segment.second == item.first; });
  };
  std::erase_if(known_, is_gone);
  std::erase_if(cursors_, is_gone);
  for (const auto& segment : segments) REPRISE_TRY(Read(segment.second, writer, visit));
  return {};
}

Result<void> SegmentReader::Read(const std::string& name, Writer writer, const Visit& visit) {
  Known& known = known_[name];
  if (known.drained) return {};
  const auto tell = [&](const Error& error) {
    if (!std::exchange(known.told, true)) {
      problems_.push_back("cannot read what a program reported in " + JoinPath(folder_, name) +
                          ": " + error.message);
    }
  };
  const auto mapping = files_.Map(JoinPath(folder_, name));
  if (!mapping.ok()) {
    // Removed since it was listed: by whom, is not our business.
    if (mapping.error().code == ErrorCode::kNotFound) return {};
    // Nobody will look again: it must not be thrown away unread.
    if (writer == Writer::kIsGone) return mapping.error();
    tell(mapping.error());
    unread_ = mapping.error();
    return {};
  }
  const ByteSpan bytes = (*mapping)->bytes();
  const auto header = writer == Writer::kIsGone ? ReadLeftHeader(bytes) : ReadSegmentHeader(bytes);
  if (!header.ok()) {
    const bool may_come = header.error().code == ErrorCode::kNotFound;
    if (!may_come) tell(header.error());
    // One that was never begun holds nothing.
    known.drained = may_come && writer == Writer::kIsGone;
    return {};
  }
  const SegmentSource source{*wire::ParseSegmentName(name), header->session};
  const Result<void> scanned =
      ScanSegment(bytes, writer, known.state,
                  [&](const SegmentRecord& record) { return visit(source, record); });
  cursors_[name] = known.state.cursor;
  REPRISE_TRY(scanned);
  known.drained = writer == Writer::kIsGone || header->closed != 0;
  return {};
}

std::vector<std::string> SegmentReader::Drained() const {
  std::vector<std::string> names;
  for (const auto& [name, known] : known_) {
    if (known.drained) names.push_back(name);
  }
  return names;
}

Result<void> SegmentReader::Remove(const std::string& name) {
  REPRISE_TRY(files_.RemoveFile(JoinPath(folder_, name)));
  known_.erase(name);
  cursors_.erase(name);
  return {};
}

std::vector<std::string> SegmentReader::TakeProblems() { return std::exchange(problems_, {}); }

}  // namespace reprise::tracker
