#include "tracker/cli/commands.h"

namespace reprise::cli {

std::vector<Command> AllCommands() {
  std::vector<Command> commands;
  for (const auto make : {InitCommand,
                          RunCommand,
                          AddCommand,
                          NoteCommand,
                          TagCommand,
                          RunsCommand,
                          ShowCommand,
                          LogCommand,
                          MetricsCommand,
                          CompareCommand,
                          DiffCommand,
                          CatCommand,
                          ExperimentsCommand,
                          StatusCommand,
                          LineageUpCommand,
                          LineageDownCommand,
                          LineagePathCommand,
                          LineageImpactCommand,
                          LineageOverlapCommand,
                          LineageLeakCommand,
                          WhenceCommand,
                          RestoreCommand,
                          RerunCommand,
                          ShellCommand,
                          ExplainCommand,
                          DoctorCommand,
                          ModelRegisterCommand,
                          ModelShowCommand,
                          ModelPromoteCommand,
                          ModelRetireCommand,
                          ModelsCommand,
                          LedgerShowCommand,
                          LedgerCheckpointCommand,
                          LedgerKeyCommand,
                          LedgerProveCommand,
                          LedgerVerifyCommand,
                          LedgerCosignCommand,
                          LedgerTimestampCommand,
                          LedgerWitnessCommand,
                          LedgerRekeyCommand,
                          AuditExportCommand,
                          ExportCommand,
                          ImportCommand,
                          FsckCommand,
                          CompletionCommand,
                          HelpCommand,
                          RecorderCommand}) {
    commands.push_back(make());
  }
  return commands;
}

}  // namespace reprise::cli
