#include "lineage/capture/elf_closure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "capture_testing.h"
#include "lineage/capture/elf.h"
#include "lineage/capture/host.h"
#include "tests/support/fake_elf.h"

namespace reprise::capture {
namespace {

using reprise::testing::FakeElf;
using reprise::testing::FakeElfParts;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::TempFolder;
using ::testing::UnorderedElementsAre;

// A made-up system with a loader and a C library.
class ElfClosure : public ::testing::Test {
 protected:
  ElfClosure() {
    root.Write("lib64/ld.so", FakeElf({.soname = "ld.so"}), 0755);
    root.Write("usr/lib/libc.so.6", FakeElf({.needed = {"ld.so"}, .soname = "libc.so.6"}));
  }

  void Object(std::string_view path, const FakeElfParts& parts) {
    root.Write(path, FakeElf(parts), 0755);
  }
  void AddProgram(std::string_view path, FakeElfParts parts) {
    parts.interpreter = "/lib64/ld.so";
    Object(path, parts);
  }
  Closure Find(std::vector<std::string> arguments, Variables variables = {},
               const std::vector<std::string>& levels = {}) {
    variables.emplace("PATH", "/bin");
    auto closure = FindClosure(view, {std::move(arguments), "/work", std::move(variables)}, levels);
    EXPECT_TRUE(closure.ok()) << closure.error().message;
    return closure.ok() ? *closure : Closure{};
  }
  static std::vector<std::string> Paths(const Closure& closure) {
    std::vector<std::string> paths;
    for (const ClosureFile& file : closure.files) paths.push_back(file.path);
    return paths;
  }

  TempFolder root;
  SystemView view{PosixFileSystem(), root.path()};
};

TEST_F(ElfClosure, LibrariesOfLibrariesAreFoundAndTheLoaderIsOne) {
  AddProgram("bin/train", {.needed = {"liba.so", "libc.so.6"}, .build_id = "\x12"});
  Object("usr/lib/liba.so", {.needed = {"libb.so"}});
  Object("lib/libb.so", {});
  const Closure closure = Find({"train"});
  EXPECT_THAT(Paths(closure), ElementsAre("/bin/train", "/lib/libb.so", "/lib64/ld.so",
                                          "/usr/lib/liba.so", "/usr/lib/libc.so.6"));
  EXPECT_EQ(closure.files[0].role, FileRole::kExecutable);
  EXPECT_EQ(closure.files[0].build_id, "12");
  EXPECT_EQ(closure.files[2].role, FileRole::kLibrary);
  EXPECT_THAT(closure.missing, IsEmpty());
}

TEST_F(ElfClosure, RpathThenLibraryPathThenRunpath) {
  for (const char* folder : {"opt/rpath", "opt/env", "opt/runpath"}) {
    Object(std::string(folder) + "/liba.so", {});
  }
  AddProgram("bin/old", {.needed = {"liba.so"}, .rpath = "/opt/rpath"});
  AddProgram("bin/new", {.needed = {"liba.so"}, .rpath = "/opt/rpath", .runpath = "/opt/runpath"});
  const Variables variables = {{"LD_LIBRARY_PATH", "/none:/opt/env"}};
  EXPECT_THAT(Paths(Find({"old"}, variables)), ::testing::Contains("/opt/rpath/liba.so"));
  EXPECT_THAT(Paths(Find({"new"}, variables)), ::testing::Contains("/opt/env/liba.so"));
  EXPECT_THAT(Paths(Find({"new"})), ::testing::Contains("/opt/runpath/liba.so"));
}

TEST_F(ElfClosure, RpathIsInheritedAndRunpathIsNot) {
  Object("opt/x/liba.so", {.needed = {"libb.so"}});
  Object("opt/x/libb.so", {});
  AddProgram("bin/old", {.needed = {"liba.so"}, .rpath = "/opt/x"});
  AddProgram("bin/new", {.needed = {"liba.so"}, .runpath = "/opt/x"});
  EXPECT_THAT(Find({"old"}).missing, IsEmpty());
  EXPECT_THAT(Find({"new"}).missing, ElementsAre(MissingLibrary{"libb.so", "/opt/x/liba.so"}));
}

TEST_F(ElfClosure, ALibraryWithARunpathDoesNotUseTheProgramsRpath) {
  Object("opt/x/liba.so", {.needed = {"libb.so"}, .runpath = "/none"});
  Object("opt/x/libb.so", {});
  AddProgram("bin/old", {.needed = {"liba.so"}, .rpath = "/opt/x"});
  EXPECT_THAT(Find({"old"}).missing, ElementsAre(MissingLibrary{"libb.so", "/opt/x/liba.so"}));
}

TEST_F(ElfClosure, OriginIsTheProgramsRealFolder) {
  AddProgram("opt/app/bin/train", {.needed = {"liba.so"}, .runpath = "$ORIGIN/../lib"});
  Object("opt/app/lib/liba.so", {});
  root.Link("bin/train", "../opt/app/bin/train");
  const Closure closure = Find({"train"});
  EXPECT_THAT(closure.missing, IsEmpty());
  EXPECT_THAT(Paths(closure),
              UnorderedElementsAre("/bin/train", "/lib64/ld.so", "/opt/app/bin/../lib/liba.so"));
  EXPECT_EQ(closure.files[0].real_path, "/opt/app/bin/train");
}

TEST_F(ElfClosure, ALibraryOfAnotherMachineIsPassedOver) {
  Object("opt/arm/liba.so", {.machine = kMachineAarch64});
  Object("opt/intel/liba.so", {});
  AddProgram("bin/train", {.needed = {"liba.so"}, .runpath = "/opt/arm:/opt/intel"});
  EXPECT_THAT(Paths(Find({"train"})), ::testing::Contains("/opt/intel/liba.so"));
}

TEST_F(ElfClosure, TheBestVersionForTheProcessorIsTaken) {
  Object("opt/glibc-hwcaps/x86-64-v3/liba.so", {});
  Object("opt/glibc-hwcaps/x86-64-v2/liba.so", {});
  Object("opt/liba.so", {});
  AddProgram("bin/train", {.needed = {"liba.so"}, .runpath = "/opt"});
  EXPECT_THAT(Paths(Find({"train"}, {}, {"x86-64-v3", "x86-64-v2"})),
              ::testing::Contains("/opt/glibc-hwcaps/x86-64-v3/liba.so"));
  EXPECT_THAT(Paths(Find({"train"}, {}, {"x86-64-v2"})),
              ::testing::Contains("/opt/glibc-hwcaps/x86-64-v2/liba.so"));
  EXPECT_THAT(Paths(Find({"train"})), ::testing::Contains("/opt/liba.so"));
}

TEST_F(ElfClosure, LibrariesThatNeedEachOtherEnd) {
  Object("usr/lib/liba.so", {.needed = {"libb.so"}});
  Object("usr/lib/libb.so", {.needed = {"liba.so"}});
  AddProgram("bin/train", {.needed = {"liba.so"}});
  EXPECT_EQ(Find({"train"}).files.size(), 4U);
}

TEST_F(ElfClosure, PreloadedLibrariesCount) {
  Object("opt/libhook.so", {});
  AddProgram("bin/train", {});
  EXPECT_THAT(Paths(Find({"train"}, {{"LD_PRELOAD", "/opt/libhook.so libgone.so"}})),
              ::testing::Contains("/opt/libhook.so"));
  EXPECT_THAT(Find({"train"}, {{"LD_PRELOAD", "libgone.so"}}).missing,
              ElementsAre(MissingLibrary{"libgone.so", "/bin/train"}));
}

TEST_F(ElfClosure, AStaticProgramIsAlone) {
  Object("bin/static", {.type = 2});
  EXPECT_THAT(Paths(Find({"static"})), ElementsAre("/bin/static"));
}

TEST_F(ElfClosure, AScriptBringsEnvAndItsInterpreter) {
  AddProgram("usr/bin/env", {.needed = {"libc.so.6"}});
  AddProgram("opt/py/python3", {.needed = {"libpy.so"}});
  Object("usr/lib/libpy.so", {});
  root.Write("work/train.py", "#!/usr/bin/env python3\nprint()\n", 0755);
  const Closure closure = Find({"./train.py", "--lr=1"}, {{"PATH", "/none:/opt/py:/bin"}});
  EXPECT_THAT(closure.programs,
              ElementsAre(reprise::capture::Program{"/work/./train.py", FileRole::kScript},
                          reprise::capture::Program{"/usr/bin/env", FileRole::kInterpreter},
                          reprise::capture::Program{"/opt/py/python3", FileRole::kInterpreter}));
  EXPECT_THAT(Paths(closure),
              ElementsAre("/lib64/ld.so", "/opt/py/python3", "/usr/bin/env", "/usr/lib/libc.so.6",
                          "/usr/lib/libpy.so", "/work/./train.py"));
}

TEST_F(ElfClosure, EnvAsACommandLeadsToWhatItRuns) {
  AddProgram("usr/bin/env", {});
  AddProgram("opt/a/train", {});
  const Closure closure =
      Find({"/usr/bin/env", "-u", "X", "PATH=/opt/a", "MODE=fast", "train", "--x=1"});
  EXPECT_THAT(Paths(closure), ElementsAre("/lib64/ld.so", "/opt/a/train", "/usr/bin/env"));
}

TEST_F(ElfClosure, ATextWithoutAFirstLineIsForTheShell) {
  AddProgram("bin/sh", {});
  root.Write("work/run", "echo\n", 0755);
  EXPECT_THAT(Paths(Find({"./run"})), ElementsAre("/bin/sh", "/lib64/ld.so", "/work/./run"));
}

TEST_F(ElfClosure, AScriptThatInterpretsItselfIsRefused) {
  root.Write("work/loop", "#!/work/loop\n", 0755);
  const auto closure = FindClosure(view, {{"./loop"}, "/work", {}}, {});
  ASSERT_FALSE(closure.ok());
  EXPECT_EQ(closure.error().code, ErrorCode::kUnsupported);
}

TEST_F(ElfClosure, PathSkipsWhatCannotBeExecuted) {
  root.Write("a/train", FakeElf({.type = 2}), 0644);
  Object("bin/train", {.type = 2});
  EXPECT_THAT(Paths(Find({"train"}, {{"PATH", "/a:/bin"}})), ElementsAre("/bin/train"));
  const auto closure = FindClosure(view, {{"none"}, "/work", {}}, {});
  ASSERT_FALSE(closure.ok());
  EXPECT_EQ(closure.error().code, ErrorCode::kNotFound);
}

TEST(ElfClosureOfThisSystem, AgreesWithTheLoaderItself) {
  const SystemView view(PosixFileSystem());
  const std::vector<std::string> levels = HardwareLevels(ReadProcessor(view).flags);
  for (const char* program : {"/bin/bash", "/usr/bin/git"}) {
    if (!view.IsExecutableFile(program)) continue;
    const auto closure = FindClosure(view, {{program}, "/", {}}, levels);
    ASSERT_TRUE(closure.ok());
    std::set<std::string> found;
    for (const ClosureFile& file : closure->files) {
      if (file.role == FileRole::kLibrary) found.insert(file.real_path);
    }
    // The loader lists what it loads, and stops before main().
    const std::string command = "env -i LD_TRACE_LOADED_OBJECTS=1 " + std::string(program);
    std::set<std::string> expected;
    FILE* const pipe = popen(command.c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    char line[4096];
    while (fgets(line, sizeof line, pipe) != nullptr) {
      std::string text = line;
      const std::size_t slash = text.find(" => /");
      const std::size_t start = slash != std::string::npos ? slash + 4 : text.find('/');
      if (start == std::string::npos) continue;
      const std::string path = text.substr(start, text.find(' ', start) - start);
      expected.insert(view.RealPath(path).value_or(path));
    }
    pclose(pipe);
    EXPECT_EQ(found, expected) << program;
    EXPECT_FALSE(expected.empty());
  }
}

}  // namespace
}  // namespace reprise::capture
