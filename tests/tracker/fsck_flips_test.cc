// Every byte of every file of a store is changed, one at a time: no change is ever returned as
// content, and every one in a file that holds truth (docs/formats/store.md) is named by fsck.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/fault_file_system.h"
#include "tests/tracker/store_testing.h"
#include "tracker/fsck.h"
#include "tracker/run_names.h"
#include "tracker/store_key.h"

namespace reprise::tracker {
namespace {

using reprise::testing::FaultFileSystem;
using ::testing::AnyOf;
using testing::CatalogDisk;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TestRun;

const std::string kProject = "/project";
const std::string kStore = "/project/.reprise";
constexpr std::string_view kContent = "a small model";

// A file or symlink of the store.
struct Place {
  std::string path;
  bool is_symlink = false;
};

class FsckFlips : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.CreateDirectory(kProject).ok());
    ASSERT_TRUE(Store::Create(files_, kProject).ok());
    const auto key = LoadOrMakeStoreKey(files_, kStore);
    ASSERT_TRUE(key.ok());
    run_.host.Set("store_key", key->Id());
    ASSERT_TRUE(testing::SealRun(files_, kStore, run_).ok());
    ASSERT_TRUE(Store::Open(files_, kStore, disk_.Options(files_)).ok());
    List(kStore);
  }

  void List(const std::string& folder) {
    const auto entries = files_.List(folder);
    ASSERT_TRUE(entries.ok());
    for (const DirectoryEntry& entry : *entries) {
      const std::string path = JoinPath(folder, entry.name);
      if (entry.stat.kind == FileKind::kDirectory) List(path);
      if (entry.stat.kind == FileKind::kSymlink) places_.push_back({path, true});
      if (entry.stat.kind == FileKind::kFile && entry.stat.size_bytes > 0) {
        places_.push_back({path, false});
      }
    }
  }

  std::string Read(const Place& place) {
    return place.is_symlink ? *files_.ReadLink(place.path) : *ReadFile(files_, place.path);
  }
  void Write(const Place& place, const std::string& content) {
    if (place.is_symlink) {
      (void)files_.RemoveFile(place.path);
      ASSERT_TRUE(files_.CreateSymlink(content, place.path).ok());
    } else {
      ASSERT_TRUE(WriteFileAtomically(files_, place.path, content).ok());
    }
  }

  // Whether the place is one of those that hold truth, or the names that people rely upon.
  static bool IsTruth(const Place& place) {
    for (const std::string_view truth :
         {"packs/", "keys/", "names/", "format", "ledger/entries", "ledger/checkpoint"}) {
      if (place.path.starts_with(JoinPath(kStore, truth))) return true;
    }
    return false;
  }

  // What a check says of the store as it is: its problems, what it told meanwhile, or its error.
  std::vector<std::string> Check() {
    CatalogDisk copy = disk_;
    const auto report =
        CheckStore(files_, kStore, copy.Options(files_), {.read_data_percent = 100});
    std::vector<std::string> said = copy.notices;
    if (report.ok()) {
      for (const FsckProblem& problem : report->problems) said.push_back(problem.message);
    } else {
      // The check comes to an end, unless the change reads as a newer format.
      EXPECT_EQ(report.error().code, ErrorCode::kUnsupportedVersion) << report.error().message;
      said.push_back(report.error().message);
    }
    return said;
  }

  void ExpectContentOrError() {
    CatalogDisk copy = disk_;
    const auto store = Store::Open(files_, kStore, copy.Options(files_));
    if (!store.ok()) return;
    const auto content = (*store)->objects().Get(crypto::Sha256(kContent));
    EXPECT_TRUE(!content.ok() || *content == kContent);
  }

  // That a check names `place`: by its path, a pack by its id, an entry of the ledger by its
  // number, and a format that is another by what it is.
  void ExpectNamed(const Place& place) {
    ::testing::Matcher<std::string> named = HasSubstr(place.path);
    if (place.path.ends_with(".pack")) named = HasSubstr(PackId(place));
    if (place.path.ends_with("/entries")) named = AnyOf(named, HasSubstr("entry 0"));
    if (place.path.ends_with("/format")) named = AnyOf(named, HasSubstr("' has format "));
    EXPECT_THAT(Check(), Contains(named));
  }

  static std::string PackId(const Place& pack) {
    return BaseName(pack.path).substr(0, Ulid::kTextSize);
  }

  FaultFileSystem files_;
  CatalogDisk disk_;
  TestRun run_ = {.name = "subject", .outputs = {{"model.bin", std::string(kContent)}}};
  std::vector<Place> places_;
};

TEST_F(FsckFlips, Promise4NoFlippedByteOfAnyFileIsReturnedAsContentAndEveryOneOfTheTruthIsNamed) {
  int flips = 0;
  std::set<std::string> truth;
  for (const Place& place : places_) {
    const std::string whole = Read(place);
    for (std::size_t offset = 0; offset < whole.size(); ++offset, ++flips) {
      SCOPED_TRACE(place.path + " at " + std::to_string(offset));
      std::string damaged = whole;
      damaged[offset] = static_cast<char>(damaged[offset] ^ 1 << offset % 8);
      Write(place, damaged);
      ExpectContentOrError();
      Write(place, damaged);  // Opening mends what is derived.
      if (IsTruth(place)) {
        truth.insert(BaseName(ParentPath(place.path)));
        ExpectNamed(place);
      } else {
        Check();
      }
      Write(place, whole);
    }
  }
  EXPECT_GT(flips, 1'500);
  EXPECT_EQ(truth.size(), 5U);  // The store's own folder, packs/xx, ledger, keys, names.
  EXPECT_THAT(Check(), IsEmpty());
}

TEST_F(FsckFlips, Promise4NoFileOfTheTruthIsMissingUnnoticed) {
  for (const Place& place : places_) {
    if (!IsTruth(place)) continue;
    SCOPED_TRACE(place.path);
    const std::string whole = Read(place);
    ASSERT_TRUE(files_.RemoveFile(place.path).ok());
    ExpectContentOrError();
    (void)files_.RemoveFile(place.path);
    const bool is_pack = place.path.ends_with(".pack");
    EXPECT_THAT(Check(), Contains(HasSubstr(is_pack ? PackId(place) : BaseName(place.path))));
    Write(place, whole);
  }
  EXPECT_THAT(Check(), IsEmpty());
}

// A name that leads nowhere, or to another run, is given back when the catalog is made anew.
TEST_F(FsckFlips, ANameThatIsDamagedIsRestoredFromItsRun) {
  const Place link{kStore + "/names/subject", true};
  for (const std::string& target : {std::string("nowhere"), Ulid::Generate().ToString()}) {
    Write(link, target);
    disk_.Keep(0);
    EXPECT_THAT(Check(), Not(Contains(HasSubstr(link.path)))) << target;
    const auto store = Store::Open(files_, kStore, disk_.Options(files_));
    ASSERT_TRUE(store.ok());
    const auto holder = FindRunByName(files_, kStore, "subject");
    ASSERT_TRUE(holder.ok()) << holder.error().message;
    EXPECT_EQ(*holder, run_.id);
  }
}

}  // namespace
}  // namespace reprise::tracker
