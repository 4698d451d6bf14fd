// What a command is, and what it may touch.
//
// Commands never use std::cout, std::cerr or globals, so that a test runs one in-process and reads
// both streams.  The rules that hold for every command: docs/cli.md.

#pragma once

#include <boost/program_options.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::cli {

namespace po = boost::program_options;

class Table;  // tracker/cli/text.h

// Options that every command takes, before or after its name.
struct GlobalOptions {
  std::optional<std::string> store;  // --store DIR
  bool json = false;
  bool quiet = false;
};

struct Context {
  std::ostream& out;  // Results, text or --json; nothing else.
  std::ostream& err;  // Diagnostics and progress.
  FileSystem& files;
  std::string working_directory;  // Absolute; empty when it cannot be told.
  GlobalOptions global;
  std::vector<std::string> tail;  // What stood after "--".
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::optional<std::size_t> columns{};  // Of the terminal that `out` is, if it is one.

  // The store folder: --store, $REPRISE_STORE, or as git finds .git.
  Result<std::string> StoreFolder() const;
  // The project that the store belongs to.
  Result<std::string> ProjectFolder() const;
  tracker::StoreOptions StoreOptions() const;
  // Recovers the runs whose recorders died, for whoever opens the store next; OpenStore() does so
  // first.  Without the store: meanwhile nobody waits.
  void RecoverRuns() const;
  Result<std::unique_ptr<tracker::Store>> OpenStore() const;
  // The same for a command that reads much content: it holds nobody up (StoreOptions::gives_way).
  Result<std::unique_ptr<tracker::Store>> OpenStoreToRead() const;

  // A sentence on stderr, "reprise: " first.
  void Warn(const std::string& message) const;
  void PrintJson(const Json& json) const { out << FormatJson(json); }
  // What a command found: under --json the record `json`, else `text` or `table`, or where that is
  // empty the sentence `none`.
  void PrintFound(const Json& json, const std::string& text, const std::string& none) const;
  void PrintFound(const Json& json, const Table& table, const std::string& none) const;
  // Says what went wrong, on stderr and under --json as a record; returns `status`.
  int Fail(const Error& error, int status) const;
  int Fail(const Error& error) const { return Fail(error, ExitStatus(error.code)); }
};

struct Example {
  std::string command;
  std::string meaning;
};

struct Command {
  std::string name;     // "lineage up": noun, then verb.
  std::string summary;  // One line for `reprise help`.
  std::string usage;    // After the name: "[-e EXPERIMENT] -- COMMAND…".
  std::vector<Example> examples{};
  std::string details{};  // Paragraphs of help, may be empty.
  po::options_description options{"Options"};
  po::positional_options_description positionals{};
  po::options_description hidden{};     // Names of the positional arguments.
  std::vector<std::string> required{};  // Positional arguments that must be given, in order.
  // The values of an option, by its long name, or of the first argument, where they are fixed.
  std::map<std::string, std::vector<std::string>> choices{};
  bool takes_tail = false;   // Whether "-- …" has a meaning.
  bool takes_folder = true;  // Whether it needs a working directory that exists.
  bool internal = false;     // Not listed in help.
  // Returns the exit status: 0, or 1 for "the answer is no".
  std::function<Result<int>(const po::variables_map&, Context&)> run{};
};

// The whole command set, in help order.  One cmd_*.cc file defines each.
std::vector<Command> AllCommands();

// Runs the command line `arguments` (without the program's name) and returns the exit status.
int Dispatch(const std::vector<std::string>& arguments, Context& context);

// Typed access to parsed options.
std::string Text(const po::variables_map& args, const std::string& name);
std::optional<std::string> OptionalText(const po::variables_map& args, const std::string& name);
std::vector<std::string> Texts(const po::variables_map& args, const std::string& name);
// The paths in `given`, absolute.  Errors: kInvalidArgument  one is empty: a variable of the shell
// that is not set must not mean the whole folder.
Result<std::vector<std::string>> AbsolutePaths(const std::vector<std::string>& given,
                                               const Context& context);
bool Flag(const po::variables_map& args, const std::string& name);

// Splits "KEY=VALUE".  Errors: kInvalidArgument  no '=', or a key that is empty or not UTF-8.
Result<std::pair<std::string, std::string>> SplitAssignment(const std::string& text,
                                                            const std::string& option);

// The same for options that may be given more than once.  Errors: also kInvalidArgument when a key
// is given twice: one of two values would be passed over in silence.
Result<std::map<std::string, std::string>> SplitAssignments(const std::vector<std::string>& texts,
                                                            const std::string& option);

// Errors: kInvalidArgument  `text`, the value of `option`, is empty: a variable of the shell that
// is not set must not mean the working directory.
Result<void> RequireText(const std::string& text, const std::string& option);

// The tags in `texts`; of two with one key the later counts.  Errors: kInvalidArgument.
Result<std::map<std::string, std::string>> ParseTags(const std::vector<std::string>& texts,
                                                     const std::string& option);

}  // namespace reprise::cli
