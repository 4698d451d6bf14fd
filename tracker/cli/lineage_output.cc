#include "tracker/cli/lineage_output.h"

#include <algorithm>

#include "lineage/render/fold.h"
#include "lineage/render/render.h"
#include "storage/base/text_value.h"
#include "tracker/cli/text.h"
#include "tracker/lineage_view.h"

namespace reprise::cli {
namespace {

const std::vector<std::string> kFormats = {"text", "json", "dot", "svg", "mermaid"};

}  // namespace

void AddFormatOption(Command& command) {
  command.options.add_options()("format", po::value<std::string>()->default_value("text"),
                                "FORMAT: text, json, dot, svg or mermaid");
  command.choices["format"] = kFormats;
}

std::string FormatHelp() {
  return "More than 200 nodes are folded for text, dot, svg and mermaid: runs of one experiment "
         "and artifacts of like names that hang together alike are one node, with their number. "
         "json has all of them.";
}

Result<std::string> ReadFormat(const po::variables_map& args, const Context& context) {
  const std::string format = Text(args, "format");
  if (std::ranges::find(kFormats, format) == kFormats.end()) {
    return Error{
        ErrorCode::kInvalidArgument,
        "--format takes text, json, dot, svg or mermaid, and got '" + Printable(format) + "'"};
  }
  return context.global.json ? "json" : format;
}

std::string RenderFor(const Context& context, const lineage::RenderGraph& whole,
                      const std::string& format, lineage::Direction direction) {
  const lineage::RenderGraph graph = lineage::Fold(whole);
  if (format == "dot") return lineage::RenderDot(graph);
  if (format == "svg") return lineage::RenderSvg(graph);
  if (format == "mermaid") return lineage::RenderMermaid(graph);
  return lineage::RenderText(graph, direction, context.columns);
}

void WarnOfCycle(const Context& context, const std::vector<lineage::NodeId>& cycle) {
  if (!cycle.empty()) context.Warn(tracker::SentenceOfCycle(cycle));
}

void WarnOfPartial(const Context& context, const std::vector<lineage::NodeId>& folders) {
  constexpr std::size_t kNamedMax = 3;
  if (folders.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < std::min(folders.size(), kNamedMax); ++i) {
    names += (i == 0 ? "" : ", ") + ShortDigest(folders[i].artifact.ToString());
  }
  if (folders.size() > kNamedMax) {
    names += " and " + std::to_string(folders.size() - kNamedMax) + " more";
  }
  context.Warn("there may be more than is told: not all files are linked one by one in " + names +
               ", which " + (folders.size() == 1 ? "has" : "have") +
               " very many; `reprise whence FILE` looks for a file in there, too");
}

Json IdsToJson(const std::vector<lineage::NodeId>& nodes) {
  Json ids = Json::Array{};
  for (const lineage::NodeId& node : nodes) ids.Append(node.ToString());
  return ids;
}

}  // namespace reprise::cli
