#include "lineage/capture/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "capture_testing.h"
#include "lineage/capture/host.h"
#include "lineage/capture/variables.h"
#include "storage/base/json.h"
#include "storage/crypto/sha256.h"
#include "tests/support/fake_elf.h"

namespace reprise::capture {
namespace {

using reprise::testing::FakeElf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ReadAll;
using testing::TempFolder;

// A made-up machine with a project, a venv and packages.
class EnvironmentTest : public ::testing::Test {
 protected:
  EnvironmentTest() {
    root.Write("lib64/ld.so", FakeElf({.soname = "ld.so"}), 0755);
    root.Write("usr/lib/libc.so.6", FakeElf({.soname = "libc.so.6", .build_id = "\x0a\x0b"}));
    root.Write("usr/bin/env", FakeElf({.interpreter = "/lib64/ld.so", .needed = {"libc.so.6"}}),
               0755);
    root.Write("usr/bin/python3.11",
               FakeElf({.interpreter = "/lib64/ld.so", .needed = {"libc.so.6", "libgone.so"}}),
               0755);
    root.Write("home/me/project/venv/pyvenv.cfg", "home = /usr/bin\n");
    root.Link("home/me/project/venv/bin/python3", "/usr/bin/python3.11");
    root.Write("home/me/project/venv/lib/python3.11/site-packages/torch-2.1.dist-info/RECORD", "");
    root.Write("home/me/project/venv/lib/python3.11/site-packages/mine-0.dist-info/direct_url.json",
               R"({"dir_info": {"editable": true}, "url": "file:///home/me/elsewhere"})");
    root.Write("home/me/project/train.py", "#!/usr/bin/env python3\n", 0755);
    root.Write("home/me/project/ext.so", FakeElf({.soname = "ext.so"}));
    root.Write("home/me/project/data.npy", "data");
    root.Write("proc/cpuinfo",
               "processor\t: 0\nmodel name\t: Abacus 9\nflags\t\t: fpu sse2 avx avx2 fma ht\n\n"
               "processor\t: 1\nflags\t\t: fpu\n");
    root.Link("etc/localtime", "/usr/share/zoneinfo/Europe/Berlin");
    root.Write("var/lib/dpkg/status", "Package: libc6\nArchitecture: amd64\nVersion: 2.36-9\n");
    root.Write("var/lib/dpkg/info/libc6.list", "/lib/libc.so.6\n/lib64/ld.so\n");
    request.command = {{"./train.py"},
                       "/home/me/project",
                       {{"PATH", "/home/me/project/venv/bin:/usr/bin"},
                        {"HOME", "/home/me"},
                        {"LANG", "en_GB.UTF-8"},
                        {"LC_NUMERIC", "de_DE.UTF-8"},
                        {"OMP_NUM_THREADS", "4"},
                        {"PYTHONPATH", "/home/me/project/src:/opt/x:/home/me/project"},
                        {"HF_TOKEN", "hunter2"},
                        {"MODE", "fast"},
                        {"NOISE", "1"}}};
    request.project_folder = "/home/me/project";
    request.mapped_files = {"/usr/lib/libc.so.6", "/home/me/project/ext.so",
                            "/home/me/project/data.npy", "[vdso]", "/gone.so (deleted)"};
    request.keep_variables = {"MODE", "HF_TOKEN", "UNSET"};
    request.cache_folder = cache.path();
    request.digest_of = [this](const std::string& path) -> Result<Digest> {
      const auto content = view.Read(path, 1 << 20);
      if (!content.ok()) return content.error();
      return crypto::Sha256(std::string_view(*content));
    };
  }

  Environment Build() {
    auto environment = BuildEnvironment(view, request);
    EXPECT_TRUE(environment.ok()) << environment.error().message;
    return environment.ok() ? *std::move(environment) : Environment{};
  }
  Json Document() { return ParseJson(Build().document).value_or(Json()); }

  TempFolder root;
  TempFolder cache;
  SystemView view{PosixFileSystem(), root.path()};
  EnvironmentRequest request;
};

TEST_F(EnvironmentTest, TheDocumentOfAMadeUpMachineStaysByteForByte) {
  const Environment environment = Build();
  const std::string path = REPRISE_GOLDEN_DIR "/capture/environment_v1.json";
  if (std::getenv("REPRISE_TEST_ACCEPT") != nullptr) {
    std::ofstream(path, std::ios::binary) << environment.document;
  }
  EXPECT_EQ(environment.document, ReadAll(path));
}

TEST_F(EnvironmentTest, BuildingTwiceGivesTheSameBytes) {
  const std::string once = Build().document;
  std::reverse(request.mapped_files.begin(), request.mapped_files.end());
  std::reverse(request.keep_variables.begin(), request.keep_variables.end());
  request.cache_folder.clear();
  EXPECT_EQ(Build().document, once);
}

TEST_F(EnvironmentTest, AProjectElsewhereWithTheSameFilesIsTheSameEnvironment) {
  const std::string once = Build().document;
  const std::string from = root / "home/me/project";
  ASSERT_TRUE(CreateDirectories(PosixFileSystem(), root / "srv").ok());
  ASSERT_TRUE(PosixFileSystem().Rename(from, root / "srv/moved").ok());
  request.command.working_directory = request.project_folder = "/srv/moved";
  request.command.variables["PATH"] = "/srv/moved/venv/bin:/usr/bin";
  request.command.variables["PYTHONPATH"] = "/srv/moved/src:/opt/x:/srv/moved";
  request.mapped_files[1] = "/srv/moved/ext.so";
  EXPECT_EQ(Build().document, once);
}

TEST_F(EnvironmentTest, OneChangedByteOfALibraryIsAnotherEnvironment) {
  const std::string once = Build().document;
  root.Write("usr/lib/libc.so.6", ReadAll(root / "usr/lib/libc.so.6") + "x");
  EXPECT_NE(Build().document, once);
}

TEST_F(EnvironmentTest, SecretsAndUnlistedVariablesAreNotInTheDocument) {
  const Environment environment = Build();
  EXPECT_THAT(environment.document, Not(HasSubstr("hunter2")));
  EXPECT_THAT(environment.document, Not(HasSubstr("NOISE")));
  EXPECT_THAT(environment.document, HasSubstr(R"("name":"MODE","type":"string","value":"fast")"));
  EXPECT_TRUE(environment.redacted);
  EXPECT_THAT(environment.warnings, Contains(HasSubstr("HF_TOKEN is not recorded")));
  EXPECT_THAT(environment.warnings, Contains(HasSubstr("UNSET is not set")));
}

TEST_F(EnvironmentTest, WhatIsNotFoundIsAWarning) {
  const Environment environment = Build();
  EXPECT_THAT(environment.warnings, Contains("the library 'libgone.so' that "
                                             "'/home/me/project/venv/bin/python3' needs is not "
                                             "found"));
  EXPECT_THAT(environment.warnings, Contains(HasSubstr("gone.so (deleted)")));
  EXPECT_THAT(environment.warnings, Contains(HasSubstr("editable")));
}

TEST_F(EnvironmentTest, CompilersOfProgramsAndOfTheProjectAreNamed) {
  EXPECT_THAT(Build().document, Not(HasSubstr("compiler")));
  root.Write("home/me/project/ext.so", FakeElf({.soname = "ext.so", .comments = {"GCC: 12.2.0"}}));
  root.Write("usr/lib/libc.so.6", FakeElf({.soname = "libc.so.6", .comments = {"GCC: 9"}}));
  const std::string document = Build().document;
  EXPECT_THAT(document, HasSubstr(R"("compiler":["GCC: 12.2.0"])"));
  EXPECT_THAT(document, Not(HasSubstr("GCC: 9")));
}

TEST_F(EnvironmentTest, CondasPackagesAreListedWhereItMadeTheInterpreter) {
  EXPECT_THAT(Build().document, Not(HasSubstr("conda")));
  root.Write("usr/conda-meta/numpy-1.26.4-py311_0.json",
             "{\n    \"channel\": \"https://conda.anaconda.org/t/hunter2/lab/linux-64\",\n}");
  const Environment environment = Build();
  EXPECT_THAT(environment.document,
              HasSubstr(R"("conda_packages":[{"build":"py311_0","channel":)"
                        R"("conda.anaconda.org/lab","name":"numpy","version":"1.26.4"}])"));
  EXPECT_EQ(environment.conda_packages.size(), 1U);
}

TEST_F(EnvironmentTest, ACommandThatDoesNotExistStillHasAnEnvironment) {
  request.command.arguments = {"nonesuch"};
  const Environment environment = Build();
  EXPECT_THAT(environment.warnings, Contains(HasSubstr("nonesuch")));
  EXPECT_EQ(environment.files.size(), 2U);  // The mapped ones.
}

TEST_F(EnvironmentTest, AFileThatCannotBeHashedHasNoDigest) {
  request.digest_of = [](const std::string&) -> Result<Digest> {
    return Error{ErrorCode::kIoError, "device gone"};
  };
  const Environment environment = Build();
  EXPECT_FALSE(environment.files.front().digest.has_value());
  EXPECT_THAT(environment.document, HasSubstr(R"("digest":null)"));
  EXPECT_THAT(environment.warnings, Contains(HasSubstr("device gone")));
}

TEST_F(EnvironmentTest, NamesAndValuesThatAreNotUtf8AreKept) {
  root.Write("home/me/project/caf\xe9.so", FakeElf({}));
  request.mapped_files = {"/home/me/project/caf\xe9.so"};
  request.command.variables["MODE"] = "\xff";
  const std::string document = Build().document;
  EXPECT_THAT(document, HasSubstr(R"("path":{"type":"bytes","value":"Y2Fm6S5zbw=="})"));
  EXPECT_THAT(document, HasSubstr(R"("name":"MODE","type":"bytes","value":"/w==")"));
}

TEST_F(EnvironmentTest, TheTimeZoneComesFromTheVariableTheLinkOrTheText) {
  EXPECT_EQ(TimeZone(view, {{"TZ", ":Asia/Tokyo"}}), "Asia/Tokyo");
  EXPECT_EQ(TimeZone(view, {{"TZ", ""}}), "UTC");
  EXPECT_EQ(TimeZone(view, {}), "Europe/Berlin");
  TempFolder other;
  const SystemView bare(PosixFileSystem(), other.path());
  EXPECT_EQ(TimeZone(bare, {}), "UTC");
  other.Write("etc/timezone", "Africa/Lagos\n");
  EXPECT_EQ(TimeZone(bare, {}), "Africa/Lagos");
}

TEST(EffectiveLocale, LcAllBeatsTheCategoryAndTheCategoryBeatsLang) {
  const auto numeric = [](const Variables& variables) {
    return EffectiveLocale(variables).GetString("numeric").value_or("");
  };
  EXPECT_EQ(numeric({}), "C");
  EXPECT_EQ(numeric({{"LANG", "a"}}), "a");
  EXPECT_EQ(numeric({{"LANG", "a"}, {"LC_NUMERIC", "b"}}), "b");
  EXPECT_EQ(numeric({{"LANG", "a"}, {"LC_NUMERIC", "b"}, {"LC_ALL", "c"}}), "c");
  EXPECT_EQ(numeric({{"LANG", "a"}, {"LC_ALL", ""}}), "a");
}

TEST(VariableRules, AreSortedAndNoneIsSecret) {
  std::string before;
  for (const VariableRule& rule : VariableRules()) {
    EXPECT_LT(before, rule.name);
    EXPECT_FALSE(std::string(rule.name).find("KEY") != std::string::npos);
    before = rule.name;
  }
  EXPECT_NE(FindVariableRule("OMP_NUM_THREADS"), nullptr);
  EXPECT_EQ(FindVariableRule("PATH"), nullptr);
  EXPECT_EQ(FindVariableRule("LANGX"), nullptr);
}

TEST(ContextVariables, AreSortedAndStandInTheFormatsPage) {
  const auto page = ReadFile(PosixFileSystem(), REPRISE_SOURCE_DIR "/docs/formats/run.md");
  ASSERT_TRUE(page.ok());
  std::string listed = *page;
  std::ranges::replace(listed, '\n', ' ');
  std::string names;
  for (const std::string_view name : ContextVariables()) names.append(" ").append(name);
  EXPECT_NE(listed.find("`" + names.substr(1) + "`"), std::string::npos) << names;
  EXPECT_TRUE(std::ranges::is_sorted(ContextVariables()));
}

TEST(ContextVariables, AreRecordedUnlessTheirNameLooksSecret) {
  for (const char* name : {"PATH", "HOME", "LC_ALL", "XDG_DATA_HOME", "OMP_NUM_THREADS", "_",
                           "CONDA_PREFIX_1", "PYTHONPATH"}) {
    EXPECT_TRUE(IsRecordedVariable(name)) << name;
  }
  for (const char* name : {"MY_SETTING", "PYTHON_KEYRING_BACKEND", "XDG_SESSION_TOKEN", "PATHS",
                           "CONDA_CHANNEL_ALIAS", "https_proxy", "MAKEFLAGS", "TF_VAR_db", ""}) {
    EXPECT_FALSE(IsRecordedVariable(name)) << name;
  }
}

TEST(VariableRules, TensorFlowsVariablesCountAndTerraformsDoNot) {
  for (const char* name : {"TF_DETERMINISTIC_OPS", "TF_CPP_VMODULE", "TF_XLA_FLAGS"}) {
    EXPECT_NE(FindVariableRule(name), nullptr) << name;
  }
  for (const char* name : {"TF_VAR_db", "TF_CLI_CONFIG_FILE", "TF_LOG", "TF_WORKSPACE"}) {
    EXPECT_EQ(FindVariableRule(name), nullptr) << name;
  }
}

TEST(Hardware, TheInstructionSetLeavesOutWhatDoesNotChangeNumbers) {
  EXPECT_THAT(NumericInstructionSet({"ht", "avx2", "avx", "apic"}), ElementsAre("avx", "avx2"));
  EXPECT_THAT(HardwareLevels({"avx2"}), IsEmpty());
  EXPECT_THAT(HardwareLevels({"cx16", "lahf_lm", "pni", "popcnt", "sse4_1", "sse4_2", "ssse3"}),
              ElementsAre("x86-64-v2"));
}

TEST_F(EnvironmentTest, AMachinesProcessorIsKnownByWhatLibrariesAskFor) {
  root.Write("proc/cpuinfo",
             "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"
             "model name\t: Xeon\nstepping\t: 7\nmicrocode\t: 0x5003604\nflags\t\t: fpu\n\n"
             "processor\t: 1\nvendor_id\t: Other\n");
  Processor processor = ReadProcessor(view);
  EXPECT_EQ(processor.signature, "GenuineIntel 6 85 7");
  EXPECT_EQ(processor.microcode, "0x5003604");
  EXPECT_EQ(processor.model, "Xeon");
  EXPECT_EQ(processor.processors, 2U);
  root.Write("proc/cpuinfo",
             "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\n"
             "CPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1\n");
  EXPECT_EQ(ReadProcessor(view).signature, "0x41 8 0x3 0xd0c 1");
}

TEST(Hardware, TheVariablesOfThreadsAreToldWithTheHostAndNoOthers) {
  const Host host = ReadHost(
      SystemView(PosixFileSystem()),
      {{"OMP_NUM_THREADS", "4"}, {"HF_TOKEN", "hunter2"}, {"MKL_DYNAMIC", std::string(999, 'x')}});
  EXPECT_THAT(host.thread_variables, ElementsAre(std::pair("OMP_NUM_THREADS", "4")));
  const Json json = HostToJson(host);
  EXPECT_EQ(json.Find("thread_variables")->GetString("OMP_NUM_THREADS").value_or(""), "4");
  EXPECT_TRUE(json.Find("process")->GetString("umask").ok());
  EXPECT_TRUE(json.Find("processor_affinity")->is_string());
}

TEST(Hardware, ThisHostHasANameAKernelAndMemory) {
  const Host host = ReadHost(SystemView(PosixFileSystem()));
  EXPECT_TRUE(host.name.has_value());
  EXPECT_THAT(host.kernel.value_or(""), HasSubstr("Linux"));
  EXPECT_GT(host.memory_bytes.value_or(0), 1U << 20);
  EXPECT_GE(host.usable_processors.value_or(0), 1U);
  EXPECT_NE(HostToJson(host).Find("user"), nullptr);
}

TEST(EnvironmentOfThisSystem, OfAShellNamesItsPackageAndLibraries) {
  TempFolder cache;
  EnvironmentRequest request;
  request.command = {{"sh", "-c", "true"}, "/", {}};
  request.project_folder = cache.path();
  request.cache_folder = cache / "cache";
  request.digest_of = [](const std::string& path) -> Result<Digest> {
    return crypto::Sha256(std::string_view(ReadAll(path)));
  };
  const SystemView view(PosixFileSystem());
  const auto environment = BuildEnvironment(view, request);
  ASSERT_TRUE(environment.ok());
  EXPECT_GE(environment->files.size(), 2U);
  EXPECT_THAT(environment->warnings, IsEmpty());
  if (Exists(PosixFileSystem(), "/var/lib/dpkg/status")) {
    for (const EnvironmentFile& file : environment->files) {
      EXPECT_TRUE(file.package.has_value()) << file.path;
    }
  }
}

}  // namespace
}  // namespace reprise::capture
