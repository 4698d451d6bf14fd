// A folder "work" of files, and the git command to make a repository of it.

#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "capture_testing.h"
#include "lineage/capture/git_state.h"

namespace reprise::capture::testing {

class GitTest : public ::testing::Test {
 protected:
  GitTest() {
    // Nobody's own settings change the result.
    setenv("HOME", home.path().c_str(), 1);
    setenv("XDG_CONFIG_HOME", home.path().c_str(), 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    for (const char* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}) unsetenv(name);
    home.Write(".gitconfig",
               "[user]\n\tname=n\n\temail=e@example.org\n[init]\n\tdefaultBranch=main\n"
               "[protocol \"file\"]\n\tallow=always\n[advice]\n\tdetachedHead=false\n");
    folder.Write("work/a.py", "print(1)\n");
    folder.Write("work/lib/b.py", "print(2)\n");
    folder.Write("work/run.sh", "#!/bin/sh\n", 0755);
    folder.Link("work/link", "a.py");
    folder.Write("work/.gitignore", "*.log\n/ignored/\n");
  }

  void Run(const std::string& command) const {
    const std::string line = "cd '" + folder / "work" + "' && { " + command + "; } >/dev/null 2>&1";
    ASSERT_EQ(std::system(line.c_str()), 0) << command;
  }
  void Commit() const { Run("git init -q && git add -A && git commit -qm one"); }

  GitLookup Look(std::string_view name = "work", const GitOptions& options = {}) const {
    auto lookup = ReadGitState(PosixFileSystem(), folder / name, options);
    EXPECT_TRUE(lookup.ok()) << lookup.error().message;
    return lookup.ok() ? *std::move(lookup) : GitLookup{};
  }
  GitState Read(std::string_view name = "work", const GitOptions& options = {}) const {
    GitLookup lookup = Look(name, options);
    EXPECT_TRUE(lookup.state.has_value()) << ::testing::PrintToString(lookup.warnings);
    return lookup.state.value_or(GitState{});
  }
  static std::vector<std::string> Paths(const GitState& state) {
    std::vector<std::string> paths;
    for (const WorkFile& file : state.files) paths.push_back(file.path);
    return paths;
  }
  static const WorkFile* Find(const GitState& state, std::string_view path) {
    for (const WorkFile& file : state.files) {
      if (file.path == path) return &file;
    }
    return nullptr;
  }

  TempFolder home;
  TempFolder folder;
};

}  // namespace reprise::capture::testing
