#include "lineage/closure.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "lineage/document.h"
#include "lineage/run_record.h"
#include "storage/base/assert.h"
#include "storage/base/canonical.h"
#include "storage/base/plain_path.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

constexpr std::array<std::pair<FileClass, std::string_view>, 9> kClassNames = {{
    {FileClass::kCode, "code"},
    {FileClass::kData, "data"},
    {FileClass::kScratch, "scratch"},
    {FileClass::kSystem, "system"},
    {FileClass::kCache, "cache"},
    {FileClass::kConfiguration, "configuration"},
    {FileClass::kSecret, "secret"},
    {FileClass::kDevice, "device"},
    {FileClass::kKernel, "kernel"},
}};

constexpr std::array<std::pair<FileKind, std::string_view>, 4> kKindNames = {{
    {FileKind::kFile, "file"},
    {FileKind::kDirectory, "folder"},
    {FileKind::kSymlink, "symlink"},
    {FileKind::kOther, "other"},
}};

constexpr std::array<std::pair<std::uint32_t, std::string_view>, 5> kUseNames = {{
    {kFileLookedUp, "looked_up"},
    {kFileRead, "read"},
    {kFileListed, "listed"},
    {kFileExecuted, "executed"},
    {kFileChanged, "changed"},
}};

Error Nonsense(const std::string& what) {
  return Error{ErrorCode::kCorruption, "a closure document is damaged: " + what};
}

// The first of the pair whose second is `name`.
template <typename T, std::size_t kSize>
std::optional<T> Named(const std::array<std::pair<T, std::string_view>, kSize>& names,
                       std::string_view name) {
  for (const auto& [value, known] : names) {
    if (known == name) return value;
  }
  return std::nullopt;
}

template <typename T, std::size_t kSize>
std::string_view NameOf(const std::array<std::pair<T, std::string_view>, kSize>& names, T value) {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  return "";
}

Result<std::uint32_t> UsesFromJson(const Json& json) {
  REPRISE_ASSIGN_OR_RETURN(const std::vector<std::string> names, GetTexts(json, "uses"));
  std::uint32_t uses = 0;
  for (const std::string& name : names) {
    const auto use = Named(kUseNames, name);
    if (!use.has_value()) return Nonsense("it names an unknown use");
    uses |= *use;
  }
  return uses;
}

// What says nothing is left out: there may be many thousand files.
Json FileToJson(const ClosureFile& file) {
  Json json;
  json.Set("path", BytesToJson(file.path));
  json.Set("class", FileClassName(file.file_class));
  json.Set("kind", NameOf(kKindNames, file.kind));
  json.Set("mode", std::int64_t{file.mode});
  json.Set("uses", TextsToJson(FileUseNames(file.uses)));
  if (file.digest.has_value()) json.Set("digest", file.digest->ToString());
  if (file.kind == FileKind::kFile) {
    json.Set("size_bytes", IntegerToJson(static_cast<std::int64_t>(file.size_bytes)));
  }
  if (file.modified_at_unix_ns != 0) {
    json.Set("modified_at_unix_ns", IntegerToJson(file.modified_at_unix_ns));
  }
  if (file.kind == FileKind::kSymlink) json.Set("target", BytesToJson(file.target));
  if (file.keyed_digest.has_value()) json.Set("keyed_digest", *file.keyed_digest);
  if (file.stored) json.Set("stored", true);
  if (file.unstable) json.Set("unstable", true);
  if (file.rule.has_value()) json.Set("rule", static_cast<std::int64_t>(*file.rule));
  return json;
}

Result<std::int64_t> IntegerIn(const Json& json, std::string_view key) {
  if (MemberOrNull(json, key).is_null()) return std::int64_t{0};
  return GetInteger(json, key);
}

Result<bool> FlagIn(const Json& json, std::string_view key) {
  if (MemberOrNull(json, key).is_null()) return false;
  return json.GetBool(key);
}

Result<ClosureFile> FileFromJson(const Json& json) {
  ClosureFile file;
  REPRISE_ASSIGN_OR_RETURN(file.path, BytesFromJson(MemberOrNull(json, "path")));
  REPRISE_ASSIGN_OR_RETURN(const std::string class_name, json.GetString("class"));
  REPRISE_ASSIGN_OR_RETURN(const std::string kind_name, json.GetString("kind"));
  const auto file_class = ParseFileClass(class_name);
  const auto kind = Named(kKindNames, kind_name);
  if (!file_class.has_value() || !kind.has_value()) return Nonsense("a file is of an unknown kind");
  file.file_class = *file_class;
  file.kind = *kind;
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t mode, IntegerIn(json, "mode"));
  if (mode < 0 || mode > 07777) return Nonsense("a mode is out of range");
  file.mode = static_cast<std::uint32_t>(mode);
  REPRISE_ASSIGN_OR_RETURN(file.uses, UsesFromJson(json));
  REPRISE_ASSIGN_OR_RETURN(file.digest, GetOptionalDigest(json, "digest"));
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t size, IntegerIn(json, "size_bytes"));
  file.size_bytes = static_cast<std::uint64_t>(size);
  REPRISE_ASSIGN_OR_RETURN(file.modified_at_unix_ns, IntegerIn(json, "modified_at_unix_ns"));
  if (file.kind == FileKind::kSymlink) {
    REPRISE_ASSIGN_OR_RETURN(file.target, BytesFromJson(MemberOrNull(json, "target")));
  }
  REPRISE_ASSIGN_OR_RETURN(file.keyed_digest, json.GetOptionalString("keyed_digest"));
  REPRISE_ASSIGN_OR_RETURN(file.stored, FlagIn(json, "stored"));
  REPRISE_ASSIGN_OR_RETURN(file.unstable, FlagIn(json, "unstable"));
  if (!MemberOrNull(json, "rule").is_null()) {
    REPRISE_ASSIGN_OR_RETURN(const std::int64_t rule, GetInteger(json, "rule"));
    if (rule < 0) return Nonsense("the number of a rule is out of range");
    file.rule = static_cast<std::size_t>(rule);
  }
  return file;
}

Json RuleToJson(const ClosureRule& rule) {
  Json json;
  json.Set("class", FileClassName(rule.file_class));
  if (!rule.pattern.empty()) json.Set("pattern", BytesToJson(rule.pattern));
  if (!rule.reason.empty()) json.Set("reason", rule.reason);
  json.Set("origin", rule.origin);
  return json;
}

Result<ClosureRule> RuleFromJson(const Json& json) {
  ClosureRule rule;
  REPRISE_ASSIGN_OR_RETURN(const std::string class_name, json.GetString("class"));
  const auto file_class = ParseFileClass(class_name);
  if (!file_class.has_value()) return Nonsense("a rule is of an unknown class");
  rule.file_class = *file_class;
  if (const Json& pattern = MemberOrNull(json, "pattern"); !pattern.is_null()) {
    REPRISE_ASSIGN_OR_RETURN(rule.pattern, BytesFromJson(pattern));
  }
  REPRISE_ASSIGN_OR_RETURN(const auto reason, json.GetOptionalString("reason"));
  rule.reason = reason.value_or("");
  REPRISE_ASSIGN_OR_RETURN(rule.origin, json.GetString("origin"));
  return rule;
}

Json ListingToJson(const ClosureListing& listing) {
  Json json;
  json.Set("folder", BytesToJson(listing.folder));
  json.Set("files", TextsToJson(listing.files));
  json.Set("folders", TextsToJson(listing.folders));
  json.Set("symlinks", TextsToJson(listing.symlinks));
  json.Set("others", TextsToJson(listing.others));
  return json;
}

Result<ClosureListing> ListingFromJson(const Json& json) {
  ClosureListing listing;
  REPRISE_ASSIGN_OR_RETURN(listing.folder, BytesFromJson(MemberOrNull(json, "folder")));
  REPRISE_ASSIGN_OR_RETURN(listing.files, GetTexts(json, "files"));
  REPRISE_ASSIGN_OR_RETURN(listing.folders, GetTexts(json, "folders"));
  REPRISE_ASSIGN_OR_RETURN(listing.symlinks, GetTexts(json, "symlinks"));
  REPRISE_ASSIGN_OR_RETURN(listing.others, GetTexts(json, "others"));
  return listing;
}

// A name that leads elsewhere would be written elsewhere when the closure is laid out.
Result<void> CheckNames(const Closure& closure) {
  for (const ClosureFile& file : closure.files) {
    if (!IsPlainPath(file.path)) return Nonsense("a path leads away");
  }
  for (const ClosureListing& listing : closure.listings) {
    if (!IsPlainPath(listing.folder)) return Nonsense("a listed folder leads away");
    for (const auto* names :
         {&listing.files, &listing.folders, &listing.symlinks, &listing.others}) {
      if (!std::ranges::all_of(*names, IsPlainName)) return Nonsense("a listed name leads away");
    }
  }
  return {};
}

// Of a document: that each file has a rule of its class, if any.
Result<void> CheckRules(const Closure& closure) {
  for (const ClosureFile& file : closure.files) {
    if (!file.rule.has_value()) continue;
    if (*file.rule >= closure.rules.size()) return Nonsense("it lacks the rule of a file");
    if (closure.rules[*file.rule].file_class != file.file_class) {
      return Nonsense("the rule of a file is of another class");
    }
  }
  return {};
}

void SortRules(Closure& closure) {
  std::set<ClosureRule> used;
  for (const ClosureFile& file : closure.files) {
    if (!file.rule.has_value()) continue;
    REPRISE_ASSERT(*file.rule < closure.rules.size());
    used.insert(closure.rules[*file.rule]);
  }
  std::vector<ClosureRule> sorted(used.begin(), used.end());
  std::vector<std::size_t> numbers;  // By those that they had.
  for (const ClosureRule& rule : closure.rules) {
    const auto place = std::ranges::lower_bound(sorted, rule);
    numbers.push_back(static_cast<std::size_t>(place - sorted.begin()));
  }
  for (ClosureFile& file : closure.files) {
    if (file.rule.has_value()) file.rule = numbers[*file.rule];
  }
  closure.rules = std::move(sorted);
}

void Sort(Closure& closure) {
  SortRules(closure);
  std::ranges::sort(closure.files, {}, &ClosureFile::path);
  std::ranges::sort(closure.missing);
  std::ranges::sort(closure.listings, {}, &ClosureListing::folder);
  for (ClosureListing& listing : closure.listings) {
    for (auto* names : {&listing.files, &listing.folders, &listing.symlinks, &listing.others}) {
      std::ranges::sort(*names);
    }
  }
}

}  // namespace

std::string_view FileClassName(FileClass file_class) { return NameOf(kClassNames, file_class); }

std::optional<FileClass> ParseFileClass(std::string_view name) { return Named(kClassNames, name); }

std::vector<std::string> FileUseNames(std::uint32_t uses) {
  std::vector<std::string> names;
  for (const auto& [use, name] : kUseNames) {
    if ((uses & use) != 0) names.emplace_back(name);
  }
  return names;
}

bool IsVolatile(FileClass file_class) {
  return file_class == FileClass::kDevice || file_class == FileClass::kKernel;
}

bool IsOfTheMachine(FileClass file_class) {
  return file_class == FileClass::kSystem || file_class == FileClass::kCache ||
         file_class == FileClass::kConfiguration;
}

Result<std::string> EncodeClosure(Closure closure) {
  Sort(closure);
  Json files = Json::Array{};
  for (const ClosureFile& file : closure.files) files.Append(FileToJson(file));
  Json listings = Json::Array{};
  for (const ClosureListing& listing : closure.listings) listings.Append(ListingToJson(listing));
  Json json;
  json.Set("type", kClosureType);
  json.Set("files", std::move(files));
  json.Set("missing", TextsToJson(closure.missing));
  json.Set("listings", std::move(listings));
  if (!closure.rules.empty()) {
    Json rules = Json::Array{};
    for (const ClosureRule& rule : closure.rules) rules.Append(RuleToJson(rule));
    json.Set("rules", std::move(rules));
  }
  return Canonicalize(json);
}

Result<Closure> DecodeClosure(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, kClosureType));
  Closure closure;
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const files, json.GetArray("files"));
  for (const Json& item : *files) {
    REPRISE_ASSIGN_OR_RETURN(ClosureFile file, FileFromJson(item));
    closure.files.push_back(std::move(file));
  }
  REPRISE_ASSIGN_OR_RETURN(closure.missing, GetTexts(json, "missing"));
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const listings, json.GetArray("listings"));
  for (const Json& item : *listings) {
    REPRISE_ASSIGN_OR_RETURN(ClosureListing listing, ListingFromJson(item));
    closure.listings.push_back(std::move(listing));
  }
  if (!MemberOrNull(json, "rules").is_null()) {
    REPRISE_ASSIGN_OR_RETURN(const Json::Array* const rules, json.GetArray("rules"));
    for (const Json& item : *rules) {
      REPRISE_ASSIGN_OR_RETURN(ClosureRule rule, RuleFromJson(item));
      closure.rules.push_back(std::move(rule));
    }
  }
  REPRISE_TRY(CheckNames(closure));
  REPRISE_TRY(CheckRules(closure));
  REPRISE_TRY(RequireSameDocument(EncodeClosure(closure), document, kClosureType));
  return closure;
}

}  // namespace reprise::lineage
