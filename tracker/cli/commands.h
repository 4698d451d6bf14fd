// One function for each command; commands.cc lists them in help order.

#pragma once

#include "tracker/cli/command.h"

namespace reprise::cli {

Command InitCommand();
Command RunCommand();
Command AddCommand();
Command NoteCommand();
Command TagCommand();

Command RunsCommand();
Command ShowCommand();
Command LogCommand();
Command MetricsCommand();
Command CompareCommand();
Command DiffCommand();
Command CatCommand();
Command ExperimentsCommand();
Command StatusCommand();

Command LineageUpCommand();
Command LineageDownCommand();
Command LineageOverlapCommand();
Command LineageLeakCommand();
Command LineagePathCommand();
Command LineageImpactCommand();
Command WhenceCommand();

Command RestoreCommand();
Command RerunCommand();
Command ShellCommand();
Command ExplainCommand();
Command DoctorCommand();

Command ModelRegisterCommand();
Command ModelShowCommand();
Command ModelPromoteCommand();
Command ModelRetireCommand();
Command ModelsCommand();
Command ModelCompareCommand();
Command EvidenceAddCommand();
Command EvidenceListCommand();
Command CheckDriftCommand();
Command CheckStabilityCommand();
Command CheckSubpopulationsCommand();
Command CheckCalibrationCommand();
Command SignCommand();
Command AttestCommand();
Command PolicySetCommand();
Command PolicyShowCommand();
Command PolicyCheckCommand();
Command KeyNewCommand();
Command KeyListCommand();
Command KeyTrustCommand();
Command KeyRevokeCommand();
Command KeyExportCommand();
Command LedgerShowCommand();
Command LedgerCheckpointCommand();
Command LedgerKeyCommand();
Command LedgerProveCommand();
Command LedgerVerifyCommand();
Command LedgerCosignCommand();
Command LedgerTimestampCommand();
Command LedgerWitnessCommand();
Command LedgerRekeyCommand();
Command AuditExportCommand();
Command AuditVerifyCommand();
Command ExportCommand();
Command ImportCommand();

Command FsckCommand();
Command EraseCommand();
Command CompletionCommand();
Command HelpCommand();
Command RecorderCommand();

}  // namespace reprise::cli
