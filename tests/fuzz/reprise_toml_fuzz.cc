// A reprise.toml of arbitrary bytes: an error in one line, or rules that give every path a class.

#include <cstddef>
#include <cstdint>

#include "lineage/capture/file_rules.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a fuzz target is its own program.
  const std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  auto rules = capture::FileRules::Parse(text, {.project_folder = "/p/[x]",
                                                .home_folder = "/home/me",
                                                .temporary_folder = "/p/[x]/tmp",
                                                .store_folder = "/p/[x]/.reprise"});
  if (!rules.ok()) {
    const std::string& message = rules.error().message;
    REPRISE_ASSERT(rules.error().code == ErrorCode::kInvalidArgument);
    REPRISE_ASSERT(message.starts_with("reprise.toml:") && IsUtf8(message));
    for (const char c : message) REPRISE_ASSERT(static_cast<unsigned char>(c) >= 0x20);
    return 0;
  }
  rules->AddEnvironments({"/p/[x]/env"});
  const std::string odd = "/" + std::string(text.substr(0, 200));
  for (const std::string_view path :
       {std::string_view("/usr/lib/libc.so.6"), std::string_view("/p/[x]/src/a.py"),
        std::string_view("/home/me/.netrc"), std::string_view("pipe:[7]"), std::string_view(odd)}) {
    const capture::FileRule& rule = rules->RuleFor(path);
    REPRISE_ASSERT(rule.is_project_itself || rules->ClassOf(path) == rule.file_class);
    // What is code lies in the project.
    if (rules->ClassOf(path) == lineage::FileClass::kCode) {
      REPRISE_ASSERT(path.starts_with("/p/[x]"));
    }
    (void)rules->IsCodeName(path);
    (void)rules->IsLeftOut(path);
  }
  return 0;
}
