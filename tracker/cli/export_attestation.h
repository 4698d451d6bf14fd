// `reprise export` of what is signed for other tools: SLSA provenance, and OpenSSF Model Signing.

#pragma once

#include <string>
#include <vector>

#include "tracker/cli/command.h"

namespace reprise::cli {

// "slsa", "model-signing".
std::vector<std::string> AttestationFormats();

// Adds --unsigned and --signer.
void TakeAttestationOptions(Command& command);
// Whether one of these was given, which go with these formats alone.
bool HasAttestationOptions(const po::variables_map& args);

// Writes the signed file of a version of a model, as it was recorded; for slsa also, of anything
// that a run wrote, the statement without a signature.
Result<int> ExportAttestation(const po::variables_map& args, Context& context,
                              const std::string& format);

}  // namespace reprise::cli
