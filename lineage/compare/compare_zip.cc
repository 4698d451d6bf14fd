// Members of zip archives are matched by name, and taken for equal where their checksums and sizes
// are.  The first that differs is compared by its own kind.

#include <algorithm>
#include <map>

#include "lineage/compare/inflate.h"
#include "lineage/compare/kinds.h"
#include "lineage/compare/wording.h"
#include "lineage/compare/zip_archive.h"

namespace reprise::lineage {
namespace {

using Members = std::map<std::string, ZipMember>;

// Absent: not well-formed, for the reason in `why_not`.
Result<std::optional<Members>> ReadMembers(const ContentSource& archive, std::string& why_not) {
  REPRISE_ASSIGN_OR_RETURN(auto list, ReadZipMembers(archive));
  if (!list.has_value()) why_not = "not as a zip archive: its list of members is malformed";
  if (!list.has_value()) return std::optional<Members>();
  Members members;
  for (ZipMember& member : *list) {
    const std::string name = member.name;
    if (!members.emplace(name, std::move(member)).second) {
      why_not = "not as a zip archive: it has " + Quoted(name) + " twice";
      return std::optional<Members>();
    }
  }
  return std::optional(std::move(members));
}

// The content of a member; absent where it cannot be read.
class MemberContent {
 public:
  static Result<std::unique_ptr<MemberContent>> Open(const ContentSource& archive,
                                                     const ZipMember& member) {
    REPRISE_ASSIGN_OR_RETURN(const auto data, FindZipData(archive, member));
    if (!data.has_value() || member.is_encrypted) return std::unique_ptr<MemberContent>();
    auto content =
        std::unique_ptr<MemberContent>(new MemberContent(archive, *data, member.stored_bytes));
    if (member.method == kZipStored) {
      if (member.stored_bytes != member.expanded_bytes) return std::unique_ptr<MemberContent>();
      return content;
    }
    if (member.method != kZipDeflated) return std::unique_ptr<MemberContent>();
    REPRISE_ASSIGN_OR_RETURN(const auto size, MeasureExpanded(content->stored_, DeflateForm::kRaw));
    if (size != member.expanded_bytes) return std::unique_ptr<MemberContent>();
    content->expanded_ = std::make_unique<StreamContent>(
        *size, [&stored = content->stored_] { return OpenDeflated(stored, DeflateForm::kRaw); });
    return content;
  }
  const ContentSource& source() const {
    return expanded_ != nullptr ? static_cast<const ContentSource&>(*expanded_) : stored_;
  }

 private:
  MemberContent(const ContentSource& archive, std::uint64_t offset, std::uint64_t size_bytes)
      : stored_(archive, offset, size_bytes) {}
  ContentRange stored_;
  std::unique_ptr<StreamContent> expanded_;
};

// How the contents of a member differ; absent where they cannot be read.
Result<std::optional<ContentDifference>> CompareMember(const ContentPair& pair,
                                                       const ZipMember& expected,
                                                       const ZipMember& actual) {
  REPRISE_ASSIGN_OR_RETURN(const auto before, MemberContent::Open(pair.expected, expected));
  if (before == nullptr) return std::optional<ContentDifference>();
  REPRISE_ASSIGN_OR_RETURN(const auto after, MemberContent::Open(pair.actual, actual));
  if (after == nullptr) return std::optional<ContentDifference>();
  REPRISE_ASSIGN_OR_RETURN(ContentDifference difference, ComparePair({.expected = before->source(),
                                                                      .actual = after->source(),
                                                                      .name = expected.name,
                                                                      .depth = pair.depth + 1}));
  return std::optional(std::move(difference));
}

struct ArchiveDifference {
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::vector<const ZipMember*> differing;  // Of the expected archive.
  std::uint64_t other_times = 0;
  const ZipMember* first_time = nullptr;
};

ArchiveDifference CompareMembers(const Members& expected, const Members& actual) {
  ArchiveDifference difference;
  for (const auto& [name, member] : actual) {
    if (!expected.contains(name)) difference.added.push_back(name);
  }
  for (const auto& [name, member] : expected) {
    const auto found = actual.find(name);
    if (found == actual.end()) {
      difference.removed.push_back(name);
      continue;
    }
    if (member.dos_time != found->second.dos_time) {
      ++difference.other_times;
      if (difference.first_time == nullptr) difference.first_time = &member;
    }
    if (member.crc32 != found->second.crc32 ||
        member.expanded_bytes != found->second.expanded_bytes) {
      difference.differing.push_back(&member);
    }
  }
  return difference;
}

std::string DescribeNames(const std::vector<std::string>& names, std::string_view what) {
  return Counted(names.size(), "member") + " " + std::string(what) + ", as " +
         Quoted(names.front());
}

Json NamesToJson(const std::vector<std::string>& names) {
  Json json = Json::Array{};
  for (std::size_t i = 0; i < std::min(names.size(), kListedMax); ++i) {
    json.Append(Shown(names[i]));
  }
  return json;
}

std::string DescribeTimes(const ArchiveDifference& difference, const Members& actual,
                          std::size_t members) {
  const ZipMember& first = *difference.first_time;
  const std::string times = "the time stamps of " + std::to_string(difference.other_times) +
                            " of " + Counted(members, "member") + ", as " + Quoted(first.name) +
                            " from " + ZipTimeText(first.dos_time) + " to " +
                            ZipTimeText(actual.at(first.name).dos_time);
  return times;
}

}  // namespace

Result<std::optional<ContentDifference>> CompareZip(const ContentPair& pair, std::string& why_not) {
  REPRISE_ASSIGN_OR_RETURN(const bool begin_alike, BothBegin(pair, "PK\x03\x04"));
  if (!begin_alike) return std::optional<ContentDifference>();
  if (pair.depth >= kDepthMax) {
    why_not = "archives are nested too deeply";
    return std::optional<ContentDifference>();
  }
  REPRISE_ASSIGN_OR_RETURN(const auto before, ReadMembers(pair.expected, why_not));
  if (!before.has_value()) return std::optional<ContentDifference>();
  REPRISE_ASSIGN_OR_RETURN(const auto after, ReadMembers(pair.actual, why_not));
  if (!after.has_value()) return std::optional<ContentDifference>();
  const ArchiveDifference found = CompareMembers(*before, *after);
  std::string sentence;
  const auto say = [&](const std::string& part) {
    sentence += (sentence.empty() ? "" : "; ") + part;
  };
  if (!found.removed.empty()) say(DescribeNames(found.removed, "removed"));
  if (!found.added.empty()) say(DescribeNames(found.added, "added"));
  Json first;
  if (!found.differing.empty()) {
    const ZipMember& member = *found.differing.front();
    REPRISE_ASSIGN_OR_RETURN(const auto inner, CompareMember(pair, member, after->at(member.name)));
    say("member " + Quoted(member.name) + ": " +
        (inner.has_value() ? inner->kind + ", " + inner->sentence
                           : std::string("another checksum, and the content cannot be read")));
    say(CountOf(found.differing.size(), before->size(), "member"));
    first.Set("name", Shown(member.name))
        .Set("difference", inner.has_value() ? ContentDifferenceToJson(*inner) : Json());
  }
  const bool same_contents = sentence.empty();
  if (same_contents && found.other_times > 0) {
    say("the same contents; only " + DescribeTimes(found, *after, before->size()) + ", differ");
  } else if (same_contents) {
    say("the same contents; only how they are packed differs");
  }
  std::vector<std::string> differing;
  for (const ZipMember* const member : found.differing) differing.push_back(member->name);
  Json details = Json()
                     .Set("members", CountToJson(before->size()))
                     .Set("added", CountToJson(found.added.size()))
                     .Set("removed", CountToJson(found.removed.size()))
                     .Set("differing", CountToJson(differing.size()))
                     .Set("other_times", CountToJson(found.other_times))
                     .Set("names_added", NamesToJson(found.added))
                     .Set("names_removed", NamesToJson(found.removed))
                     .Set("names_differing", NamesToJson(differing))
                     .Set("first", std::move(first))
                     .Set("only_times", same_contents && found.other_times > 0);
  return std::optional(ContentDifference{
      .kind = "zip", .sentence = std::move(sentence), .details = std::move(details)});
}

}  // namespace reprise::lineage
