#include "tracker/cli/governance_options.h"

#include "storage/base/clock.h"

namespace reprise::cli {

Result<std::string> RequiredOption(const po::variables_map& args, const std::string& name) {
  const auto text = OptionalText(args, name);
  if (text.has_value() && !text->empty()) return *text;
  return Error{ErrorCode::kInvalidArgument,
               "--" + name + (text.has_value() ? " is empty" : " is missing")};
}

Result<std::optional<std::int64_t>> OptionalTime(const po::variables_map& args,
                                                 const std::string& name) {
  const auto text = OptionalText(args, name);
  if (!text.has_value()) return std::optional<std::int64_t>();
  auto time = ParseTimeOfPerson(*text);
  if (time.ok()) return std::optional(*time);
  return Annotate(std::move(time).error(), "--" + name);
}

Result<tracker::RegisteredModel> ModelOf(tracker::Store& store, const std::string& ref) {
  REPRISE_ASSIGN_OR_RETURN(const auto model, tracker::FindModel(store.catalog(), ref));
  if (model.has_value()) return *model;
  if (ref.find('@') == std::string::npos) {
    return Error{ErrorCode::kInvalidArgument, "'" + Printable(ref) +
                                                  "' names no version: write it as NAME@VERSION "
                                                  "or NAME@STAGE"};
  }
  return Error{ErrorCode::kNotFound, "there is no model '" +
                                         Printable(ref.substr(0, ref.find('@'))) +
                                         "'; `reprise models` lists them"};
}

}  // namespace reprise::cli
