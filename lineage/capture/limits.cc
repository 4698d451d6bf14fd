#include "lineage/capture/limits.h"

#include <grp.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include "lineage/capture/text_fields.h"

namespace reprise::capture {
namespace {

constexpr std::uint64_t kFileBytesMax = 1 << 20;
constexpr std::uint64_t kExactMax = std::uint64_t{1} << 53;  // Of numbers in JSON.
constexpr std::string_view kGroupsRoot = "/sys/fs/cgroup";
// Version 1 says "no limit" by the largest multiple of a page.
constexpr std::uint64_t kMemoryMax = std::uint64_t{1} << 60;

template <typename T>
void Lower(std::optional<T>& limit, T value) {
  if (!limit.has_value() || value < *limit) limit = value;
}

class ControlGroups {
 public:
  explicit ControlGroups(const SystemView& view) : view_(view) {}

  ControlGroupLimits Read() {
    const auto text = view_.Read("/proc/self/cgroup", kFileBytesMax);
    if (!text.ok()) return limits_;
    for (const std::string& line : Split(*text, '\n')) {
      // "4:cpu,cpuacct:/user.slice", of version 2 "0::/user.slice".
      const std::size_t first = line.find(':');
      if (first == std::string::npos) continue;
      const std::size_t second = line.find(':', first + 1);
      if (second == std::string::npos) continue;
      const std::string controllers = line.substr(first + 1, second - first - 1);
      const std::string path = line.substr(second + 1);
      if (controllers.empty()) {
        ReadUpwards(std::string(kGroupsRoot), path, &ControlGroups::ReadVersion2);
        ReadUpwards(JoinPath(kGroupsRoot, "unified"), path, &ControlGroups::ReadVersion2);
        continue;
      }
      for (const std::string& controller : Split(controllers, ',')) {
        const std::string root = JoinPath(kGroupsRoot, controller);
        if (controller == "cpu") ReadUpwards(root, path, &ControlGroups::ReadProcessors1);
        if (controller == "memory") ReadUpwards(root, path, &ControlGroups::ReadMemory1);
      }
    }
    return limits_;
  }

 private:
  // The limits of every group above count, too.
  void ReadUpwards(const std::string& root, std::string path,
                   void (ControlGroups::*read)(const std::string&)) {
    // In a namespace of its own a process may see its group outside of what is mounted ("/../x").
    if (!path.starts_with('/') || path.find("/..") != std::string::npos) path = "/";
    while (path.size() > 1) {
      (this->*read)(root + path);
      path.resize(std::max<std::size_t>(path.rfind('/'), 1));
    }
    (this->*read)(root);
  }

  std::optional<std::string> Line(const std::string& folder, std::string_view name) const {
    const auto text = view_.Read(JoinPath(folder, name), kFileBytesMax);
    if (!text.ok()) return std::nullopt;
    return text->substr(0, text->find('\n'));
  }
  std::optional<std::uint64_t> Number(const std::string& folder, std::string_view name) const {
    return ParseUnsigned(Line(folder, name).value_or(""));
  }

  void LowerProcessors(std::optional<std::uint64_t> quota, std::optional<std::uint64_t> period) {
    // Without a limit the quota is "max" or -1, which are no such numbers.
    if (!quota.has_value() || period.value_or(0) == 0) return;
    Lower(limits_.processors, static_cast<double>(*quota) / static_cast<double>(*period));
  }
  void LowerMemory(std::optional<std::uint64_t> bytes) {
    if (bytes.has_value() && *bytes < kMemoryMax) Lower(limits_.memory_bytes, *bytes);
  }

  void ReadVersion2(const std::string& folder) {
    // "150000 100000", or "max 100000".
    const std::vector<std::string> words = Split(Line(folder, "cpu.max").value_or(""), ' ');
    if (words.size() == 2) LowerProcessors(ParseUnsigned(words[0]), ParseUnsigned(words[1]));
    LowerMemory(Number(folder, "memory.max"));
  }
  void ReadProcessors1(const std::string& folder) {
    LowerProcessors(Number(folder, "cpu.cfs_quota_us"), Number(folder, "cpu.cfs_period_us"));
  }
  void ReadMemory1(const std::string& folder) {
    LowerMemory(Number(folder, "memory.limit_in_bytes"));
  }

  const SystemView& view_;
  ControlGroupLimits limits_;
};

std::optional<std::uint64_t> SoftLimit(int resource) {
  rlimit limit{};
  if (getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) return std::nullopt;
  return limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : std::uint64_t{limit.rlim_cur};
}

std::vector<std::uint32_t> SupplementaryGroups() {
  const int count = getgroups(0, nullptr);
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 0)));
  const int read = groups.empty() ? 0 : getgroups(count, groups.data());
  std::vector<std::uint32_t> sorted(groups.begin(), groups.begin() + std::max(read, 0));
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

Json LimitToJson(std::optional<std::uint64_t> limit) {
  if (!limit.has_value()) return {};
  if (*limit == UINT64_MAX) return "unlimited";
  // Larger ones are decimal strings, as everywhere in documents.
  return *limit > kExactMax ? Json(std::to_string(*limit)) : Json(*limit);
}

}  // namespace

ControlGroupLimits ReadControlGroupLimits(const SystemView& view) {
  return ControlGroups(view).Read();
}

std::vector<std::uint32_t> AllowedProcessors() {
  std::vector<std::uint32_t> allowed;
  // More processors than a cpu_set_t has room for are an error (EINVAL).
  for (int processors = CPU_SETSIZE; processors <= (1 << 20); processors *= 2) {
    cpu_set_t* const set = CPU_ALLOC(processors);
    if (set == nullptr) return allowed;
    const std::size_t size = CPU_ALLOC_SIZE(processors);
    CPU_ZERO_S(size, set);
    const bool known = sched_getaffinity(0, size, set) == 0;
    const bool is_too_small = !known && errno == EINVAL;
    for (int i = 0; known && i < processors; ++i) {
      if (CPU_ISSET_S(i, size, set)) allowed.push_back(static_cast<std::uint32_t>(i));
    }
    CPU_FREE(set);
    if (!is_too_small) return allowed;
  }
  return allowed;
}

std::string RangesOf(const std::vector<std::uint32_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text += (text.empty() ? "" : ",") + std::to_string(numbers[i]);
    if (last > i) text += "-" + std::to_string(numbers[last]);
    i = last + 1;
  }
  return text;
}

ProcessFacts ReadProcessFacts(const SystemView& view) {
  ProcessFacts facts;
  if (const auto text = view.Read("/proc/self/status", kFileBytesMax); text.ok()) {
    const std::string digits = FindField(*text, "Umask", ':').value_or("");
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 8);
    if (error == std::errc{} && end == digits.data() + digits.size() && value <= 0777) {
      facts.umask = value;
    }
  }
  facts.user_id = geteuid();
  facts.group_id = getegid();
  facts.groups = SupplementaryGroups();
  errno = 0;
  const int nice = getpriority(PRIO_PROCESS, 0);
  if (errno == 0) facts.nice = nice;
  facts.stack_bytes = SoftLimit(RLIMIT_STACK);
  facts.address_space_bytes = SoftLimit(RLIMIT_AS);
  facts.open_files = SoftLimit(RLIMIT_NOFILE);
  return facts;
}

Json ProcessFactsToJson(const ProcessFacts& facts) {
  Json json = Json::Object{};
  Json umask;
  if (facts.umask.has_value()) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%04o", *facts.umask);
    umask = text.data();
  }
  json.Set("umask", std::move(umask));
  json.Set("user_id", facts.user_id);
  json.Set("group_id", facts.group_id);
  Json groups = Json::Array{};
  for (const std::uint32_t group : facts.groups) groups.Append(group);
  json.Set("groups", std::move(groups));
  json.Set("nice", Json(facts.nice));
  Json limits = Json::Object{};
  limits.Set("stack_bytes", LimitToJson(facts.stack_bytes));
  limits.Set("address_space_bytes", LimitToJson(facts.address_space_bytes));
  limits.Set("open_files", LimitToJson(facts.open_files));
  json.Set("limits", std::move(limits));
  return json;
}

}  // namespace reprise::capture
