// The part of `show` that tells which files a run used, and by which rule each is what it is.

#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "tracker/run_files.h"

namespace reprise::cli {

// What --files can be given; the first is what it means without a value.
std::vector<std::string> FileChoices();

// Counts and sizes by class and rule.
void PrintFileClasses(const tracker::RunFiles& files, std::ostream& out);
// One line for each file of `choice` ("all", "input", or the name of a class).
void PrintFiles(const tracker::RunFiles& files, const std::string& choice, std::ostream& out);

}  // namespace reprise::cli
