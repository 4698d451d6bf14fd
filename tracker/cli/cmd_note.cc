#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"

namespace reprise::cli {
namespace {

// Prints what was done, as a sentence or a record.
void Report(Context& context, const std::string& subject, const std::string& sentence) {
  if (context.global.json) {
    context.PrintJson(Json().Set("subject", subject));
  } else if (!context.global.quiet) {
    context.Warn(sentence);
  }
}

}  // namespace

Command NoteCommand() {
  Command command{"note", "Add a note to a run or artifact.", "REF TEXT"};
  command.examples = {{"reprise note @last 'the one that went to review'", "note the newest run"}};
  TakeRef(command);
  TakeRef(command, "text");
  command.run = [](const po::variables_map& args, Context& context) -> Result<int> {
    REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
    REPRISE_ASSIGN_OR_RETURN(const std::string text, RequiredText(args, "text"));
    REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
    REPRISE_ASSIGN_OR_RETURN(const std::string subject, SubjectOf(*store, context, ref));
    REPRISE_TRY(store->AddNote(subject, text));
    Report(context, subject, "noted on " + subject);
    return 0;
  };
  return command;
}

Command TagCommand() {
  Command command{"tag", "Add or change tags of a run or artifact.", "REF KEY=VALUE…"};
  command.examples = {
      {"reprise tag credit@last stage=candidate", "tag an experiment's newest run"}};
  TakeRef(command);
  command.hidden.add_options()("tags", po::value<std::vector<std::string>>());
  command.positionals.add("tags", -1);
  command.required.emplace_back("tags");
  command.run = [](const po::variables_map& args, Context& context) -> Result<int> {
    REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
    REPRISE_ASSIGN_OR_RETURN(const auto tags, ParseTags(Texts(args, "tags"), "a tag"));
    REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
    REPRISE_ASSIGN_OR_RETURN(const std::string subject, SubjectOf(*store, context, ref));
    REPRISE_TRY(store->AddTags(subject, tags));
    Report(context, subject, "tagged " + subject);
    return 0;
  };
  return command;
}

}  // namespace reprise::cli
