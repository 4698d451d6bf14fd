#include "tracker/cli/audit_formats.h"

#include <algorithm>

#include "storage/base/words.h"
#include "tracker/audit/pdf.h"
#include "tracker/audit/report_html.h"
#include "tracker/audit/requirement_answers.h"
#include "tracker/project_path.h"

namespace reprise::cli {
namespace {

// A file is named by a path with a slash, or by its ending.
Result<lineage::RequirementTemplate> TemplateOf(const std::string& given, const Context& context) {
  if (given.find('/') == std::string::npos && !given.ends_with(".toml")) {
    return tracker::NamedRequirements(given);
  }
  const std::string path = tracker::AbsolutePath(given, context.working_directory);
  const auto text = ReadFile(context.files, path);
  if (!text.ok()) {
    return Annotate(text.error(), "the requirements '" + Printable(given) + "' cannot be read");
  }
  return lineage::ParseRequirements(*text, given);
}

}  // namespace

std::vector<std::string> AuditFormats() {
  return {"bundle", "html", "pdf", "prov", "ro-crate", "openlineage"};
}

bool IsLineageFormat(std::string_view format) {
  return format == "prov" || format == "ro-crate" || format == "openlineage";
}

void AddAuditFormatOptions(Command& command) {
  auto add = command.options.add_options();
  add("format", po::value<std::string>()->default_value("bundle"),
      "FORMAT: bundle; html or pdf: the report alone; prov, ro-crate or openlineage: as `reprise "
      "export` writes them");
  static const std::string names =
      "NAME or FILE: answer these requirements in the report, with "
      "the digests of what is recorded; may be repeated (" +
      Joined(tracker::RequirementTemplateNames()) + ")";
  add("requirements", po::value<std::vector<std::string>>(), names.c_str());
  add("pdf", po::bool_switch(), "put the report as PDF into the bundle, too (needs weasyprint)");
  auto hidden = command.hidden.add_options();
  hidden("depth", po::value<std::int64_t>(), "");
  hidden("no-data", po::bool_switch(), "");
  hidden("compression", po::value<std::string>()->default_value("none"), "");
  hidden("allow-missing", po::bool_switch(), "");
  command.choices["format"] = AuditFormats();
}

Result<std::vector<lineage::RequirementTemplate>> RequirementsOf(const po::variables_map& args,
                                                                 const Context& context) {
  std::vector<lineage::RequirementTemplate> templates;
  for (const std::string& given : Texts(args, "requirements")) {
    REPRISE_TRY(RequireText(given, "--requirements"));
    REPRISE_ASSIGN_OR_RETURN(lineage::RequirementTemplate read, TemplateOf(given, context));
    if (std::ranges::find(templates, read.name, &lineage::RequirementTemplate::name) !=
        templates.end()) {
      return Error{ErrorCode::kInvalidArgument,
                   "--requirements names the template '" + Printable(read.name) + "' twice"};
    }
    templates.push_back(std::move(read));
  }
  return templates;
}

Result<void> WriteReportFile(tracker::Store& store, const tracker::BundleRequest& request,
                             const std::string& format, const std::string& path,
                             FileSystem& files) {
  if (Exists(files, path)) {
    return Error{ErrorCode::kAlreadyExists, "no report can be written: '" + Printable(path) +
                                                "' exists already; name a new file with -o"};
  }
  const auto content = tracker::GatherBundle(store, request);
  if (!content.ok()) {
    return Annotate(content.error(), "no report can be written of " + TitleOf(request.subject));
  }
  REPRISE_ASSIGN_OR_RETURN(std::string report, tracker::ReportHtml(*content));
  if (format == "pdf") {
    REPRISE_ASSIGN_OR_RETURN(report, tracker::MakePdf(report));
  }
  return WriteFileAtomically(files, path, report);
}

}  // namespace reprise::cli
