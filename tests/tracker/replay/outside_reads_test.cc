#include "tracker/replay/outside_reads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"

namespace reprise::tracker {
namespace {

using lineage::Closure;
using lineage::ClosureFile;
using lineage::FileClass;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ClosureFile Read(const std::string& path, std::uint64_t size_bytes,
                 FileClass file_class = FileClass::kData) {
  ClosureFile file;
  file.path = path;
  file.file_class = file_class;
  file.uses = lineage::kFileRead;
  file.size_bytes = size_bytes;
  file.digest = crypto::Sha256(path);
  return file;
}

ClosureFile LookedUp(const std::string& path, std::uint64_t size_bytes) {
  ClosureFile file = Read(path, size_bytes);
  file.uses = lineage::kFileLookedUp;
  file.digest.reset();
  return file;
}

TEST(OutsideReads, WhatBothReadIsCaptured) {
  const Closure both{.files = {Read("/a", 3)}, .missing = {}, .listings = {}};
  EXPECT_THAT(ReadsOutside(both, both), IsEmpty());
}

TEST(OutsideReads, AFileOfWhichOnlyTheSizeWasCapturedIsTold) {
  const Closure original{.files = {LookedUp("/a", 3)}, .missing = {}, .listings = {}};
  const Closure rerun{.files = {Read("/a", 3)}, .missing = {}, .listings = {}};
  EXPECT_THAT(ReadsOutside(original, rerun),
              ElementsAre(HasSubstr("'/a', of which only the name was captured")));
}

TEST(OutsideReads, AFileOfAListingIsTold) {
  const Closure rerun{.files = {Read("/a", 0)}, .missing = {}, .listings = {}};
  EXPECT_THAT(ReadsOutside({}, rerun), ElementsAre(HasSubstr("only the name")));
}

TEST(OutsideReads, CodeThatOnlyTheRerunReadHasItsContent) {
  const Closure rerun{.files = {Read("/p/__init__.py", 0, FileClass::kCode), Read("/p/d", 5)},
                      .missing = {},
                      .listings = {}};
  EXPECT_THAT(ReadsOutside({}, rerun), IsEmpty());
}

TEST(OutsideReads, AFolderThatOnlyTheRerunListedIsTold) {
  ClosureFile folder;
  folder.path = "/d";
  folder.file_class = FileClass::kData;
  folder.kind = FileKind::kDirectory;
  folder.uses = lineage::kFileListed;
  const Closure rerun{.files = {folder}, .missing = {}, .listings = {}};
  EXPECT_THAT(ReadsOutside({}, rerun), ElementsAre(HasSubstr("it listed '/d'")));
  Closure original;
  original.listings.push_back({.folder = "/d"});
  EXPECT_THAT(ReadsOutside(original, rerun), IsEmpty());
}

TEST(OutsideReads, WhatTheMachineHasAnywayIsNotTold) {
  const Closure rerun{
      .files = {Read("/tmp/x", 0, FileClass::kScratch), Read("/sys/x", 0, FileClass::kKernel)},
      .missing = {},
      .listings = {}};
  EXPECT_THAT(ReadsOutside({}, rerun), IsEmpty());
}

}  // namespace
}  // namespace reprise::tracker
