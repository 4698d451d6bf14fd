// A project with a store, and commands run in it, in this process, with both streams caught.

#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/json.h"
#include "tests/support/temp_dir.h"
#include "tracker/cli/command.h"

namespace reprise::cli {

struct Answer {
  int status = 0;
  std::string out;
  std::string err;

  // What --json printed; fails the test unless it is exactly one record.
  Json json() const {
    auto parsed = ParseJson(out);
    EXPECT_TRUE(parsed.ok()) << out;
    return parsed.ok() ? *std::move(parsed) : Json();
  }

  // The member of that record that `keys` lead to; fails the test and is null when there is none.
  Json at(std::initializer_list<std::string_view> keys) const {
    Json value = json();
    for (const std::string_view key : keys) {
      const Json* const member = value.Find(key);
      EXPECT_NE(member, nullptr) << key << " is not in " << out;
      value = member != nullptr ? Json(*member) : Json();
    }
    return value;
  }
};

// The keys and types of `json`, sorted: {"a": [1], "b": null} is "{a: [number], b: null}".  Of an
// array's elements the first counts.
inline std::string Shape(const Json& json) {
  if (json.is_null()) return "null";
  if (json.is_bool()) return "bool";
  if (json.is_number()) return "number";
  if (json.is_string()) return "text";
  if (json.is_array()) {
    return "[" + (json.as_array().empty() ? "" : Shape(json.as_array().front())) + "]";
  }
  std::vector<std::string> members;
  for (const auto& [key, value] : json.as_object()) members.push_back(key + ": " + Shape(value));
  std::ranges::sort(members);
  std::string text;
  for (const std::string& member : members) text += (text.empty() ? "" : ", ") + member;
  return "{" + text + "}";
}

class CliTest : public ::testing::Test {
 protected:
  CliTest() {
    for (const char* const name : {"REPRISE_STORE", "REPRISE_RUN_DIR", "REPRISE_RUN_ID"}) {
      unsetenv(name);
    }
    EXPECT_TRUE(CreateDirectories(files, project).ok());
  }

  Answer Run(const std::vector<std::string>& arguments) const {
    std::ostringstream out;
    std::ostringstream err;
    Context context{.out = out,
                    .err = err,
                    .files = files,
                    .working_directory = project,
                    .global = {},
                    .tail = {}};
    const int status = Dispatch(arguments, context);
    return {status, out.str(), err.str()};
  }

  // As Run(), and expects the command to succeed.
  Answer Done(const std::vector<std::string>& arguments) const {
    Answer answer = Run(arguments);
    EXPECT_EQ(answer.status, 0) << arguments[0] << ": " << answer.err;
    return answer;
  }

  // Expects an error of that exit status whose sentence contains `words`.
  void ExpectError(int status, std::string_view words,
                   const std::vector<std::string>& arguments) const {
    const Answer answer = Run(arguments);
    EXPECT_EQ(answer.status, status) << arguments[0] << ": " << answer.err;
    EXPECT_NE(answer.err.find(words), std::string::npos) << answer.err;
    EXPECT_TRUE(answer.err.starts_with("reprise: ")) << answer.err;
    EXPECT_EQ(answer.out, "");
  }

  // Records `sh -c SCRIPT` as run `name`, with `options` of `reprise run`.
  void Record(const std::string& name, const std::string& script,
              std::vector<std::string> options = {}) const {
    std::vector<std::string> arguments = {"run", "-n", name};
    arguments.insert(arguments.end(), options.begin(), options.end());
    for (const char* const word : {"--", "sh", "-c"}) arguments.emplace_back(word);
    arguments.push_back(script);
    Done(arguments);
  }

  void Write(const std::string& name, std::string_view content) const {
    ASSERT_TRUE(WriteFileAtomically(files, JoinPath(project, name), content).ok());
  }

  std::string Read(const std::string& name) const {
    const auto content = ReadFile(files, JoinPath(project, name));
    return content.ok() ? *content : content.error().message;
  }

  testing::TempDir dir;
  FileSystem& files = PosixFileSystem();
  std::string project = dir.Path("project");
};

// With a store in the project.
class CliStoreTest : public CliTest {
 protected:
  CliStoreTest() { Done({"init"}); }
};

}  // namespace reprise::cli
