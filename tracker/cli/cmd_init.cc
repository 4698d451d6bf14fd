#include "storage/base/text_value.h"
#include "tracker/cli/commands.h"
#include "tracker/project_path.h"

namespace reprise::cli {

Command InitCommand() {
  Command command{"init", "Make a store in a project's folder.", "[DIR]"};
  command.examples = {{"reprise init", "in this folder"},
                      {"reprise init ~/credit", "in another folder, made if it is missing"}};
  command.hidden.add_options()("dir", po::value<std::string>()->default_value("."));
  command.positionals.add("dir", 1);
  command.run = [](const po::variables_map& args, Context& context) -> Result<int> {
    const std::string given = context.global.store.value_or(Text(args, "dir"));
    REPRISE_TRY(RequireText(given, context.global.store.has_value() ? "--store" : "DIR"));
    std::string folder = tracker::AbsolutePath(given, context.working_directory);
    if (BaseName(folder) == ".reprise") folder = ParentPath(folder);
    REPRISE_TRY(tracker::Store::Create(context.files, folder));
    const std::string store = JoinPath(folder, ".reprise");
    if (context.global.json) {
      context.PrintJson(Json().Set("store", BytesToJson(store)));
    } else {
      context.out << "made the store " << Printable(store) << "\n";
    }
    return 0;
  };
  return command;
}

}  // namespace reprise::cli
