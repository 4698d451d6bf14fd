// Sections of the report for people, and what they share.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/json.h"
#include "storage/base/result.h"
#include "tracker/audit/bundle_content.h"
#include "tracker/audit/html_writer.h"
#include "tracker/audit/report_json.h"

namespace reprise::tracker {

using Facts = std::vector<std::pair<std::string, Html>>;
using Rows = std::vector<std::vector<Html>>;

std::string SizeText(std::uint64_t size_bytes);  // "1.5 KiB"
std::string Spaced(std::string text);            // "within noise" for "within_noise".
Html DigestOr(const std::optional<Digest>& digest, std::string_view otherwise);

// A member of a document of ours, for display: text, or nothing when it is null or absent.
std::string Shown(const Json& json, std::string_view key);
// A list in a document of ours; empty when it is absent or no list.
const Json::Array& ArrayOf(const Json& json, std::string_view key);

// What each rerun that was compared with the run showed.
void WriteReproduction(const std::vector<ReportedVerdict>& verdicts, HtmlWriter& page);

// Each metric of a run with its course, where it has several points.
// Errors: those of drawing it.
Result<void> WriteMetrics(const BundleContent& content, const StoredRun& run, HtmlWriter& page);

// Programs, libraries, packages, variables, and the machine.
// Errors: kCorruption  the environment's document cannot be read.
Result<void> WriteEnvironment(const BundleContent& content, const StoredRun& run, HtmlWriter& page);

}  // namespace reprise::tracker
