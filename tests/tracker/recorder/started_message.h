// What a recorder writes first of a run of `./train`.

#pragma once

#include <cstdint>
#include <string>

#include "tracker/proto/journal.pb.h"

namespace reprise::tracker::testing {

inline v1::SessionStarted StartedIn(const std::string& project, std::int64_t started_at_unix_ms) {
  v1::SessionStarted started;
  started.set_kind(v1::SessionStarted::KIND_RUN);
  started.set_project_folder(project);
  started.set_working_directory(project);
  started.set_started_at_unix_ms(started_at_unix_ms);
  started.add_arguments("./train");
  started.set_experiment("default");
  started.set_actor("tester");
  return started;
}

}  // namespace reprise::tracker::testing
