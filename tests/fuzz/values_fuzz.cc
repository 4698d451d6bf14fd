// The small values that people type, on arbitrary bytes: times, digests, ids, parameters,
// tolerances, and commands with parameters in them.  What is accepted is written as the same.

#include <cstddef>
#include <cstdint>
#include <string>

#include "lineage/param_value.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "storage/base/digest.h"
#include "storage/base/ulid.h"
#include "tracker/recorder/command_line.h"
#include "tracker/replay/tolerance.h"

namespace {

using namespace reprise;  // NOLINT: a fuzz target is its own program.
using lineage::ParamType;
using lineage::ParamValue;

void ReadNames(std::string_view text) {
  if (const auto digest = Digest::Parse(text); digest.ok()) {
    REPRISE_ASSERT(*Digest::Parse(digest->ToString()) == *digest);
  }
  if (const auto id = Ulid::Parse(text); id.ok()) {
    REPRISE_ASSERT(*CanonicalUlidPrefix(text) == id->ToString());
    REPRISE_ASSERT(*Ulid::Parse(id->ToString()) == *id);
  }
}

void ReadTimes(std::string_view text) {
  if (const auto time = ParseTime(text); time.ok()) {
    const std::string written = FormatTime(*time);
    REPRISE_ASSERT(*ParseTime(written) == *time);
    REPRISE_ASSERT(*ParseTimeOfPerson(written) == *time);
    REPRISE_ASSERT(*ParseTimeOfPerson(text) == *time);
  }
  (void)ParseTimeOfPerson(text);
}

void ExpectCanonical(const ParamValue& value) {
  const auto again = ParamValue::Parse(value.type(), value.text());
  REPRISE_ASSERT(again.ok() && *again == value);
  const auto read = ParamValue::FromDocument(value.ToDocument());
  REPRISE_ASSERT(read.ok() && *read == value);
}

void ReadParameter(std::string_view text) {
  ExpectCanonical(ParamValue::Guess(text));
  for (const auto type : {ParamType::kInt, ParamType::kReal, ParamType::kBool, ParamType::kString,
                          ParamType::kJson}) {
    if (const auto value = ParamValue::Parse(type, text); value.ok()) ExpectCanonical(*value);
  }
}

void ReadCommand(const std::string& text) {
  const auto words = tracker::SplitVariables({text, text});
  REPRISE_ASSERT(words.command.size() + words.variables.size() <= 2);
  const std::map<std::string, ParamValue> params = {{"eta", ParamValue::Real(0.5)}};
  const auto filled =
      tracker::FillTemplates({text}, tracker::ParamTexts(params, {{"REPRISE_PARAM_ETA", text}}));
  REPRISE_ASSERT(filled.size() == 1);
  if (!tracker::HasTemplate({text}, "eta")) REPRISE_ASSERT(filled[0] == text);
  for (const char c : tracker::ParamVariable(text)) REPRISE_ASSERT(c != '=' && c != '\0');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  ReadNames(text);
  ReadTimes(text);
  ReadParameter(text);
  ReadCommand(text);
  const auto tolerances = tracker::ParseTolerances({text});
  if (tolerances.ok()) {
    for (const auto& [metric, tolerance] : *tolerances) {
      REPRISE_ASSERT(!metric.empty() && tolerance.Allows(0.5, 0.5));
    }
  }
  return 0;
}
