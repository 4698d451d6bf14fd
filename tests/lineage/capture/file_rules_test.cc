#include "lineage/capture/file_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "capture_testing.h"
#include "lineage/capture/file_rule_table.h"

namespace reprise::capture {
namespace {

using enum lineage::FileClass;
using lineage::FileClass;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TempFolder;

constexpr const char* kProject = "/home/me/project";
const Places kPlaces{.project_folder = kProject,
                     .home_folder = "/home/me",
                     .temporary_folder = "/scratch/me",
                     .store_folder = "/home/me/project/.reprise"};

struct Expectation {
  const char* path;
  FileClass file_class;
};

void ExpectClasses(const FileRules& rules, const std::vector<Expectation>& expectations) {
  for (const auto& [path, file_class] : expectations) {
    EXPECT_EQ(FileClassName(rules.ClassOf(path)), FileClassName(file_class))
        << path << " by " << rules.RuleFor(path).pattern;
  }
}

FileRules Parse(std::string_view text) {
  auto rules = FileRules::Parse(text, kPlaces);
  EXPECT_TRUE(rules.ok()) << rules.error().message;
  return rules.ok() ? *std::move(rules) : FileRules::BuiltIn(kPlaces);
}

std::string ErrorOf(std::string_view text) {
  const auto rules = FileRules::Parse(text, kPlaces);
  if (rules.ok()) return "none";
  EXPECT_EQ(rules.error().code, ErrorCode::kInvalidArgument);
  return rules.error().message;
}

std::string Rule(const std::string& pattern, const std::string& file_class) {
  return "[[files]]\npattern = \"" + pattern + "\"\nclass = \"" + file_class + "\"\n";
}

TEST(FileRules, WhatAMachineHasIsSystemConfigurationOrKernel) {
  ExpectClasses(FileRules::BuiltIn(kPlaces),
                {{"/usr/lib/x86_64-linux-gnu/libc.so.6", kSystem},
                 {"/usr", kSystem},
                 {"/bin/sh", kSystem},
                 {"/opt/conda/bin/python", kSystem},
                 {"/nix/store/x-hello/bin/hello", kSystem},
                 {"/etc/ld.so.cache", kCache},
                 {"/etc/passwd", kConfiguration},
                 {"/etc/ssl/certs/ca-certificates.crt", kConfiguration},
                 {"/etc/localtime", kConfiguration},
                 {"/usr/share/zoneinfo/Europe/Berlin", kSystem},
                 {"/run/systemd/resolve/stub-resolv.conf", kConfiguration},
                 {"/proc/self/maps", kKernel},
                 {"/sys/fs/cgroup/cpu.max", kKernel},
                 {"/dev/urandom", kDevice},
                 {"/dev/shm/torch_1", kScratch},
                 {"/tmp/x", kScratch},
                 {"/var/tmp/x", kScratch},
                 {"/scratch/me/x", kScratch},
                 {"/run/user/1000/x", kScratch},
                 {"/var/cache/fontconfig/x.cache-7", kCache},
                 {"/", kData},
                 {"/data/imagenet/1.jpg", kData},
                 {"/home/you/corpus.txt", kData}});
}

TEST(FileRules, CredentialsAreSecretsAndCertificatesAreNot) {
  ExpectClasses(FileRules::BuiltIn(kPlaces),
                {{"/home/me/.aws/credentials", kSecret},
                 {"/root/.ssh/id_ed25519", kSecret},
                 {"/home/me/.netrc", kSecret},
                 {"/home/me/.config/gcloud/x.db", kSecret},
                 {"/home/me/.docker/config.json", kSecret},
                 {"/home/me/.docker/contexts/x", kConfiguration},
                 {"/home/me/.cache/huggingface/token", kSecret},
                 {"/home/me/.kaggle/kaggle.json", kSecret},
                 {"/home/me/.config/gh/hosts.yml", kSecret},
                 {"/home/me/.pypirc", kSecret},
                 {"/etc/shadow", kSecret},
                 {"/etc/ssh/ssh_host_rsa_key", kSecret},
                 {"/etc/ssh/ssh_host_rsa_key.pub", kConfiguration},
                 {"/run/secrets/db", kSecret},
                 {"/home/me/project/.env", kSecret},
                 {"/home/me/project/.env.local", kSecret},
                 {"/home/me/project/deploy/id_rsa", kSecret},
                 {"/home/me/project/tls/server.key", kSecret},
                 {"/home/me/project/tls/server-key.pem", kSecret},
                 {"/home/me/project/.env.example", kCode},
                 {"/home/me/project/tls/server.pem", kData},
                 {"/usr/lib/python3/dist-packages/certifi/cacert.pem", kSystem},
                 {"/home/me/project/v/lib/python3.11/site-packages/certifi/cacert.pem", kSystem},
                 {"/etc/ssl/certs/ISRG_Root_X1.pem", kConfiguration}});
}

TEST(FileRules, TheHomeFolderHasPackagesCachesModelsAndSettings) {
  ExpectClasses(FileRules::BuiltIn(kPlaces),
                {{"/home/me/.local/lib/python3.11/site-packages/x.py", kSystem},
                 {"/home/me/.local/bin/tool", kSystem},
                 {"/home/me/miniconda3/envs/a/bin/python", kSystem},
                 {"/home/me/.cache/pip/x", kCache},
                 {"/home/me/.cache/huggingface/hub/models--x/blobs/1", kData},
                 {"/home/me/.cache/torch/hub/checkpoints/resnet.pth", kData},
                 {"/home/me/.cache/torch_extensions/x.so", kCache},
                 {"/home/me/.triton/cache/x.cubin", kCache},
                 {"/home/me/.nv/ComputeCache/index", kCache},
                 {"/home/me/.config/matplotlib/matplotlibrc", kConfiguration},
                 {"/home/me/.bashrc", kConfiguration},
                 {"/home/me/.local/share/nltk/x", kData},
                 {"/home/me/R/x86_64-pc-linux-gnu-library/4.2/x", kSystem},
                 {"/home/me/data.csv", kData}});
}

TEST(FileRules, FilesOfTheProjectAreCodeByNameOrByGitAndElseData) {
  const FileRules rules = FileRules::BuiltIn(kPlaces);
  ExpectClasses(rules, {{"/home/me/project/train.py", kCode},
                        {"/home/me/project/src/net/layer.cu", kCode},
                        {"/home/me/project/conf/a.yaml", kCode},
                        {"/home/me/project/Makefile", kCode},
                        {"/home/me/project/requirements-dev.txt", kCode},
                        {"/home/me/project", kCode},
                        {"/home/me/project/train.csv", kData},
                        {"/home/me/project/model.bin", kData},
                        {"/home/me/project/__pycache__/train.pyc", kCache},
                        {"/home/me/project/node_modules/x/index.js", kSystem},
                        {"/home/me/project2/train.py", kData}});
  EXPECT_EQ(rules.ClassOf("/home/me/project/model.bin", true), kCode);
  EXPECT_EQ(rules.ClassOf("/home/me/project/train.csv", true), kData);
  EXPECT_EQ(rules.ClassOf("/home/me/project/scans/IMG_1.JPG", true), kData);
  EXPECT_EQ(rules.ClassOf("/home/me/project/.env", true), kSecret);
  EXPECT_TRUE(rules.RuleFor("/home/me/project/train.csv").is_project_itself);
}

TEST(FileRules, AProjectMayLieAnywhere) {
  for (const char* project : {"/opt/app", "/usr/src/app", "/tmp/x/app", "/home/me/.cache/app",
                              "/home/me", "/", "/home/me/[a]*"}) {
    Places places = kPlaces;
    places.project_folder = project;
    const FileRules rules = FileRules::BuiltIn(places);
    const std::string below = project == std::string("/") ? "" : project;
    EXPECT_EQ(rules.ClassOf(below + "/train.py"), kCode) << project;
    EXPECT_EQ(rules.ClassOf(below + "/train.csv"), kData) << project;
    ExpectClasses(rules, {{"/usr/lib/libc.so.6", kSystem},
                          {"/tmp/y", kScratch},
                          {"/home/me/.bashrc", kConfiguration},
                          {"/proc/1/stat", kKernel}});
  }
}

TEST(FileRules, ATemporaryFolderInTheProjectIsScratchAndOneAroundItIsNot) {
  Places places = kPlaces;
  places.temporary_folder = "/home/me/project/tmp";
  EXPECT_EQ(FileRules::BuiltIn(places).ClassOf("/home/me/project/tmp/a.py"), kScratch);
  for (const char* around : {"/home/me/project", "/home/me"}) {
    places.temporary_folder = around;
    EXPECT_EQ(FileRules::BuiltIn(places).ClassOf("/home/me/project/a.py"), kCode);
  }
}

TEST(FileRules, PlacesThatAreNotThereHaveNoRules) {
  const FileRules rules = FileRules::BuiltIn({.project_folder = kProject});
  for (const FileRule& rule : rules.rules()) {
    EXPECT_FALSE(rule.pattern.starts_with("<home>") || rule.pattern.starts_with("<tmp>"));
  }
  EXPECT_EQ(rules.ClassOf("/home/me/.bashrc"), kData);
}

TEST(FileRules, EnvironmentsThatWereFoundAreSystem) {
  FileRules rules = FileRules::BuiltIn(kPlaces);
  EXPECT_EQ(rules.ClassOf("/home/me/project/env/bin/python"), kData);
  rules.AddEnvironments({"/home/me/project/env", "/data/conda", "/"});
  ExpectClasses(rules, {{"/home/me/project/env/bin/python", kSystem},
                        {"/data/conda/ssl/cert.pem", kSystem},
                        {"/data/other", kData},
                        {"/home/me/project/env/lib/__pycache__/a.pyc", kCache},
                        {"/home/me/project/env.py", kCode}});
  EXPECT_EQ(rules.RuleFor("/data/conda/x").origin, "found in this run");
}

TEST(FileRules, AProjectThatIsAnEnvironmentKeepsItsCode) {
  FileRules rules = FileRules::BuiltIn(kPlaces);
  rules.AddEnvironments({kProject, "/home/me"});
  ExpectClasses(rules, {{"/home/me/project/train.py", kCode},
                        {"/home/me/project/bin/python", kSystem},
                        {"/home/me/project/lib64/x.so", kSystem}});
}

TEST(FileRules, EnvironmentsAreFoundByTheirMarks) {
  const std::vector<std::string> paths = {
      "/v/pyvenv.cfg", "/v/bin/python", "/c/conda-meta/a.json", "/c/conda-meta/history",
      "/conda-meta/x", "pyvenv.cfg",    "/d/conda-metal"};
  EXPECT_THAT(FindEnvironmentFolders(paths), ElementsAre("/c", "/v"));
}

TEST(FileRules, TheStoreAndGitAreLeftOut) {
  const FileRules rules = FileRules::BuiltIn(kPlaces);
  for (const char* path :
       {"/home/me/project/.reprise", "/home/me/project/.reprise/store/x", "/home/me/project/.git",
        "/home/me/project/.git/HEAD", "/home/me/.git/config", "/home/me/project/lib/.git/index",
        "/.git/HEAD"}) {
    EXPECT_TRUE(rules.IsLeftOut(path)) << path;
  }
  for (const char* path : {"/home/me/project/.gitignore", "/home/you/.git/HEAD",
                           "/home/me/project/.reprise2", "/home/me/project/a.git/x"}) {
    EXPECT_FALSE(rules.IsLeftOut(path)) << path;
  }
}

TEST(FileRules, RulesOfTheProjectComeFirstInTheirOrder) {
  const FileRules rules =
      Parse(Rule("data/keep.py", "code") + Rule("data/**", "data") + Rule("/opt/models/", "data") +
            Rule("*.bin", "cache") + Rule("**/*.gguf", "data") + Rule("<home>/shared/", "system"));
  ExpectClasses(rules, {{"/home/me/project/data/keep.py", kCode},
                        {"/home/me/project/data/x.py", kData},
                        {"/opt/models/a", kData},
                        {"/home/me/project/sub/a.bin", kCache},
                        {"/data/a.bin", kData},
                        {"/usr/share/a.gguf", kData},
                        {"/home/me/shared/x", kSystem}});
  EXPECT_EQ(rules.RuleFor("/opt/models/a").origin, "reprise.toml:8");
  EXPECT_EQ(rules.RuleFor("/usr/x").origin, "built in");
  EXPECT_EQ(rules.rules().front().pattern, "data/keep.py");
}

TEST(FileRules, CodeIsIncludedAndExcludedByName) {
  const FileRules rules = Parse(
      "[code]\ninclude = [\"*.prompt\", \"queries/**\", \"a.py\"]\nexclude = [\"notebooks/\", "
      "\"a.py\"]\n");
  for (const char* path : {"x.prompt", "sub/x.prompt", "queries/a/b.txt", "train.py"}) {
    EXPECT_TRUE(rules.IsCodeName(path)) << path;
  }
  for (const char* path : {"notebooks/a.py", "sub/notebooks/b.py", "sub/queries/c.txt", "a.py"}) {
    EXPECT_FALSE(rules.IsCodeName(path)) << path;
  }
  EXPECT_EQ(rules.ClassOf("/home/me/project/notebooks/a.py"), kData);
}

TEST(FileRules, WhatDecidesOfAFileOfTheProjectIsNamed) {
  const FileRules rules =
      Parse("[code]\ninclude = [\"*.prompt\", \"fixtures/*.csv\"]\nexclude = [\n\"notebooks/\"]\n");
  struct Decision {
    const char* path;
    bool known_to_git;
    FileRule rule;
  };
  const std::vector<Decision> decisions = {
      {"x.prompt", false, {"*.prompt", kCode, "[code] include", "reprise.toml:2"}},
      {"notebooks/a.py", false, {"notebooks/", kData, "[code] exclude", "reprise.toml:4"}},
      {"train.py", false, {"*.py", kCode, "named as code: sources", "built in"}},
      {"lookup", true, {"<project>/", kCode, "git knows it", "built in"}},
      {"data/train.csv.gz",
       true,
       {"<project>/", kData, "of the project, and named as data", "built in"}},
      {"train.csv", false, {"<project>/", kData, "of the project, and named as data", "built in"}},
      {"fixtures/a.csv", true, {"<project>/", kCode, "git knows it", "built in"}},
      {"train.dat",
       false,
       {"<project>/", kData, "of the project, and neither known to git nor named as code",
        "built in"}},
      {".env", true, {"**/.env", kSecret, "variables that often are credentials", "built in"}}};
  for (const Decision& decision : decisions) {
    const std::string path = std::string(kProject) + "/" + decision.path;
    EXPECT_EQ(rules.DecidingRule(path, decision.known_to_git), decision.rule) << path;
    EXPECT_EQ(rules.ClassOf(path, decision.known_to_git), decision.rule.file_class) << path;
  }
  EXPECT_EQ(rules.DecidingRule(kProject).reason, "the project's folder");
  EXPECT_EQ(rules.DecidingRule("/usr/lib/x").pattern, "/usr/");
}

TEST(FileRules, WhatIsWrongInAPatternIsSaidWithItsLine) {
  EXPECT_THAT(ErrorOf(Rule("~/data", "data")), HasSubstr("reprise.toml:2: the pattern '~/data'"));
  EXPECT_THAT(ErrorOf(Rule("<hmoe>/x", "data")), HasSubstr("did you mean <home>?"));
  EXPECT_THAT(ErrorOf(Rule("<home>", "data")), HasSubstr("write <home>/"));
  EXPECT_THAT(ErrorOf(Rule("", "data")), HasSubstr("a pattern is empty"));
  EXPECT_THAT(ErrorOf(Rule("../x", "data")), HasSubstr("has a part '..'"));
  EXPECT_THAT(ErrorOf(Rule("a//b", "data")), HasSubstr("two slashes"));
  EXPECT_THAT(ErrorOf(Rule("//", "data")), HasSubstr("two slashes"));
  EXPECT_THAT(ErrorOf(Rule("a[b", "data")), HasSubstr("without its ']'"));
  EXPECT_THAT(ErrorOf(Rule("a\\\\", "data")), HasSubstr("ends in a backslash"));
  EXPECT_THAT(ErrorOf(Rule("a\\n", "data")), HasSubstr("control character"));
  EXPECT_THAT(ErrorOf(Rule("/opt/lib/**", "code")), HasSubstr("leads out of the project"));
  EXPECT_THAT(ErrorOf(Rule("**/*.x", "code")), HasSubstr("\"<project>/**/*.x\""));
  EXPECT_THAT(ErrorOf(Rule("a", "data") + Rule("b", "data") + Rule("a", "cache")),
              HasSubstr("reprise.toml:8: the pattern 'a' was given in line 2"));
  EXPECT_THAT(ErrorOf("[code]\ninclude = [\"/x/**\"]"), HasSubstr("must be one of the project"));
}

TEST(FileRules, AProjectWithoutTheFileHasTheBuiltInRules) {
  TempFolder folder;
  Places places = kPlaces;
  places.project_folder = folder.path();
  const auto without = FileRules::Load(PosixFileSystem(), places);
  ASSERT_TRUE(without.ok());
  const auto built_in = FileRules::BuiltIn(places);
  EXPECT_TRUE(std::ranges::equal(without->rules(), built_in.rules()));
  folder.Write("reprise.toml", Rule("x", "data"));
  const auto with = FileRules::Load(PosixFileSystem(), places);
  ASSERT_TRUE(with.ok());
  EXPECT_EQ(with->rules().size(), built_in.rules().size() + 1);
}

TEST(FileRules, AFileThatCannotBeReadIsAnErrorAndNotNoRules) {
  TempFolder folder;
  Places places = kPlaces;
  places.project_folder = folder.path();
  folder.Link("reprise.toml", "nowhere");
  EXPECT_FALSE(FileRules::Load(PosixFileSystem(), places).ok());
  ASSERT_TRUE(PosixFileSystem().RemoveFile(folder / "reprise.toml").ok());
  folder.Write("reprise.toml/x", "");
  const auto rules = FileRules::Load(PosixFileSystem(), places);
  ASSERT_FALSE(rules.ok());
  EXPECT_THAT(rules.error().message, HasSubstr("it is not a regular file"));
}

TEST(BuiltInFileRules, HaveNoPatternTwiceAndEndWithAllFiles) {
  std::set<std::string> patterns;
  const FileRules rules = FileRules::BuiltIn(kPlaces);
  for (const FileRule& rule : rules.rules()) {
    EXPECT_TRUE(patterns.insert(rule.pattern).second) << rule.pattern;
    EXPECT_FALSE(rule.reason.empty()) << rule.pattern;
  }
  EXPECT_EQ(rules.rules().back().pattern, "/");
  EXPECT_TRUE(patterns.contains(std::string(kProjectPattern)));
}

}  // namespace
}  // namespace reprise::capture
