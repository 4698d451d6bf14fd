// No byte of a store tells a secret that a traced run had.

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <functional>

#include "storage/object_rows.h"
#include "tests/tracker/cli/cli_testing.h"
#include "tracker/run_closure.h"
#include "tracker/store.h"
#include "tracker/store_key.h"

namespace reprise::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Nothing else is written like these.
const std::string kPassword = "hunter2-correct-horse-battery";
const std::string kToken = "hunter3-zebra-quartz-lantern";
const std::string kPlain = "hunter4-plain-but-not-listed";

class SecretsTest : public CliStoreTest {
 protected:
  SecretsTest() {
    EXPECT_TRUE(CreateDirectories(files, Home()).ok());
    EXPECT_TRUE(WriteFileAtomically(files, JoinPath(Home(), ".netrc"),
                                    "machine example.org login me password " + kPassword + "\n")
                    .ok());
    before_ = getenv("HOME") != nullptr ? getenv("HOME") : "/";
    setenv("HOME", Home().c_str(), 1);
    setenv("MY_TOKEN", kToken.c_str(), 1);
    setenv("MY_SETTING", kPlain.c_str(), 1);
    setenv("LC_NOTE", ("https://me:" + kPassword + "@example.org/").c_str(), 1);
  }
  ~SecretsTest() override {
    setenv("HOME", before_.c_str(), 1);
    for (const char* const name : {"MY_TOKEN", "MY_SETTING", "LC_NOTE"}) unsetenv(name);
  }

  std::string Home() const { return dir.Path("home"); }
  std::string StoreFolder() const { return JoinPath(project, ".reprise"); }

  using Visit = std::function<void(const std::string& what, const std::string& bytes)>;

  // Calls `visit` with the bytes of every file below `folder` as they lie there.
  void ForEachFile(const std::string& folder, const Visit& visit) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      const std::string path = entry.path().string();
      if (entry.is_regular_file()) visit(path, *ReadFile(files, path));
    }
  }

  // Likewise with those of the store and with the content of every object in its packs.
  void ForEachContent(const Visit& visit) {
    ForEachFile(StoreFolder(), visit);
    const auto store = tracker::Store::Open(files, StoreFolder());
    ASSERT_TRUE(store.ok()) << store.error().message;
    std::vector<Digest> digests;
    for (const storage::Space space : {storage::Space::kObject, storage::Space::kChunk}) {
      ASSERT_TRUE((*store)
                      ->catalog()
                      .Scan(space, {},
                            [&](std::string_view key, std::string_view) {
                              if (const auto digest = Digest::FromStored(AsBytes(key));
                                  digest.ok()) {
                                digests.push_back(*digest);
                              }
                              return true;
                            })
                      .ok());
    }
    int objects = 0;
    for (const Digest& digest : digests) {
      std::string content;
      const auto read = (*store)->objects().Read(digest, [&](ByteSpan part) -> Result<void> {
        content += AsText(part);
        return {};
      });
      if (!read.ok()) continue;  // A chunk that is no object of its own.
      visit(digest.ToString(), content);
      ++objects;
    }
    EXPECT_GT(objects, 5);
  }

  // How often any of these is said in the store.
  int Mentions(const std::vector<std::string>& texts) {
    int count = 0;
    ForEachContent([&](const std::string& what, const std::string& bytes) {
      for (const std::string& text : texts) {
        if (bytes.find(text) == std::string::npos) continue;
        ++count;
        last_ = what;
      }
    });
    return count;
  }

  bool IsTraced(const std::string& run) const {
    return !Done({"show", run, "--json"}).at({"run", "capture", "closure"}).is_null();
  }

  std::string last_;  // Where the last mention was.

 private:
  std::string before_;
};

TEST_F(SecretsTest, NoByteOfTheStoreTellsASecretThatATracedRunHad) {
  Record("one",
         "cat $HOME/.netrc > /dev/null; test -n \"$MY_TOKEN\"; echo changed >> $HOME/.netrc; "
         "ln $HOME/.netrc linked; mv linked result; echo fine > model");
  if (!IsTraced("one")) GTEST_SKIP() << "SKIPPED: nothing can be traced here";
  EXPECT_EQ(Mentions({kPassword, kToken, kPlain}), 0) << last_;
  EXPECT_GT(Mentions({"fine\n"}), 0) << "what is there is not found";
  const std::string shown = Done({"show", "one"}).out;
  EXPECT_THAT(shown, HasSubstr("must be supplied again"));
  EXPECT_THAT(shown, HasSubstr("'" + JoinPath(Home(), ".netrc") + "' is a secret: it is not"));
  EXPECT_THAT(shown, HasSubstr("secret under another name"));
  EXPECT_EQ(Done({"fsck"}).status, 0);
}

// A session that nobody can adopt yet is in the inbox for long.
TEST_F(SecretsTest, WhatWasKeptOfASecretIsGoneWhenItsRunIsSealed) {
  Record("one", "true");
  if (!IsTraced("one")) GTEST_SKIP() << "SKIPPED: nothing can be traced here";
  const std::string entries = JoinPath(StoreFolder(), "ledger/entries");
  const std::string whole = *ReadFile(files, entries);
  ASSERT_TRUE(WriteFileAtomically(files, entries, whole.substr(0, whole.size() - 20)).ok());
  Write("data.txt", "kept before it was changed\n");
  Record("two",
         "for file in data.txt $HOME/.netrc; do cat $file; echo x >> $file; done > /dev/null");
  int data = 0;
  ForEachFile(JoinPath(StoreFolder(), "inbox"), [&](const std::string& what, const std::string& b) {
    EXPECT_THAT(b, Not(HasSubstr(kPassword))) << what;
    data += b == "kept before it was changed\n" ? 1 : 0;
  });
  EXPECT_EQ(data, 1) << "nothing was kept at all";
}

TEST_F(SecretsTest, VariablesAreRecordedByValueOrByKeyedDigest) {
  Record("one", "true");
  const Json host = Done({"show", "one", "--json"}).at({"run", "host"});
  const Json& variables = *host.Find("variables");
  const Json& keyed = *host.Find("keyed_variables");
  EXPECT_EQ(*variables.GetString("HOME"), Home());
  EXPECT_EQ(variables.Find("MY_TOKEN"), nullptr);
  EXPECT_THAT(*variables.GetString("LC_NOTE"), HasSubstr("<redacted>"));
  const auto key = tracker::LoadStoreKey(files, StoreFolder());
  ASSERT_TRUE(key.ok() && key->has_value());
  EXPECT_EQ(*host.GetString("store_key"), (*key)->Id());
  EXPECT_EQ(*keyed.GetString("MY_TOKEN"), (*key)->DigestOf(kToken));
  EXPECT_EQ(*keyed.GetString("MY_SETTING"), (*key)->DigestOf(kPlain));
  EXPECT_NE(keyed.Find("LC_NOTE"), nullptr);
  EXPECT_EQ(keyed.Find("HOME"), nullptr);
  for (const auto& [name, value] : keyed.as_object()) EXPECT_FALSE(name.starts_with("REPRISE_"));
}

TEST_F(SecretsTest, TheKeyIsMadeByTheFirstRunAndIsInNoBundle) {
  const std::string path = JoinPath(StoreFolder(), "keys/digest.key");
  EXPECT_FALSE(Exists(files, path));
  Record("one", "echo fine > model", {"-o", "model"});
  const std::string key = *ReadFile(files, path);
  EXPECT_EQ(files.Stat(path)->mode & 0777, 0600U);
  Record("two", "true");
  EXPECT_EQ(*ReadFile(files, path), key);
  Done({"audit", "export", "one", "-o", "bundle"});
  const std::string digits = key.substr(key.find(' ') + 1, 64);
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(JoinPath(project, "bundle"))) {
    if (!entry.is_regular_file()) continue;
    EXPECT_THAT(*ReadFile(files, entry.path().string()), Not(HasSubstr(digits))) << entry.path();
  }
  EXPECT_EQ(Mentions({digits}), 1) << last_;  // In its file.
}

TEST_F(SecretsTest, ASecretInTheProjectIsNoCodeUnlessGitKnowsIt) {
  Write(".env", "PASSWORD=" + kPassword + "\n");
  Write("train.sh", "cat .env > /dev/null\n");
  Record("one", "sh train.sh");
  EXPECT_EQ(Mentions({kPassword}), 0) << last_;
  EXPECT_GT(Mentions({"cat .env > /dev/null\n"}), 0);
  EXPECT_THAT(Done({"show", "one"}).out, HasSubstr("not part of the recorded code"));
  const auto git = [&](const std::string& command) {
    const std::string whole = "cd '" + project + "' && git -c user.name=a -c user.email=a@b " +
                              command + " > /dev/null 2>&1";
    ASSERT_EQ(std::system(whole.c_str()), 0) << whole;
  };
  git("init -q -b main");
  git("add train.sh");
  git("commit -qm first");
  Record("two", "sh train.sh");
  EXPECT_EQ(Mentions({kPassword}), 0) << last_;
  git("add .env");
  Record("three", "sh train.sh");
  EXPECT_GT(Mentions({kPassword}), 0);
  if (IsTraced("three")) {
    EXPECT_THAT(Done({"show", "three"}).out, HasSubstr("part of the recorded code"));
  }
}

TEST_F(SecretsTest, ADamagedKeyDoesNotKeepARunFromBeingRecorded) {
  Record("one", "true");
  ASSERT_TRUE(
      WriteFileAtomically(files, JoinPath(StoreFolder(), "keys/digest.key"), "damaged").ok());
  Record("two", "true");
  EXPECT_THAT(Done({"show", "two"}).out, HasSubstr("digest.key' is damaged"));
  EXPECT_EQ(Mentions({kPassword, kToken, kPlain}), 0) << last_;
  EXPECT_THAT(Run({"fsck"}).out + Run({"fsck"}).err, HasSubstr("digest.key' is damaged"));
}

}  // namespace
}  // namespace reprise::cli
