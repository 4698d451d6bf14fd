// The headers by themselves, and what GNU tar and Python make of them.

#include "tracker/oci/tar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <limits>
#include <vector>

#include "storage/base/bytes.h"
#include "tests/support/temp_dir.h"

namespace reprise::tracker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

// What the command prints, with its errors.
std::string Output(const std::string& command) {
  std::string text;
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  for (int c = 0; (c = fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  EXPECT_EQ(pclose(pipe), 0) << command << ": " << text;
  return text;
}

std::string Long(std::size_t size_bytes, std::string_view end) {
  std::string name;
  while (name.size() + end.size() < size_bytes) name += name.size() % 60 == 59 ? '/' : 'n';
  if (!name.empty() && name.back() == '/') name.back() = 'n';
  return name.append(end);
}

// One of each kind of name, all of them files with their path's length as content.
std::vector<TarEntry> ManyNames() {
  std::vector<std::string> names = {"plain",       "two words",   "new\nline", "tab\tand\\slash",
                                    "gr\xc3\xbcn", "raw\xff\xfe", "-dash",     "quote'\""};
  for (const std::size_t size_bytes : {99, 100, 101, 155, 156, 254, 255, 256, 257, 300, 1000}) {
    names.push_back(Long(size_bytes, std::to_string(size_bytes)));
    names.push_back(Long(size_bytes, std::to_string(size_bytes) + "\xff"));
    // No slash where ustar could cut it.
    if (size_bytes < 255) names.push_back(std::string(size_bytes, 'u') + "x");
  }
  std::vector<TarEntry> entries;
  for (std::string& name : names) {
    entries.push_back({.path = std::move(name), .mode = 0644, .target = ""});
  }
  return entries;
}

class TarTest : public ::testing::Test {
 protected:
  // An archive whose files have `content`.
  void WriteArchive(const std::vector<TarEntry>& entries, const std::string& content) {
    std::string bytes;
    for (TarEntry entry : entries) {
      const bool is_file = entry.kind == FileKind::kFile;
      if (is_file) entry.size_bytes = content.size();
      bytes += TarHeader(entry);
      if (is_file) bytes += content + TarPadding(content.size());
    }
    ASSERT_TRUE(WriteFileAtomically(files, archive, bytes + TarEnd()).ok());
  }

  FileSystem& files = PosixFileSystem();
  testing::TempDir folder;
  const std::string archive = folder.Path("a.tar");
};

TEST_F(TarTest, APlainEntryIsOneBlock) {
  const std::string header = TarHeader({.path = "bin/x",
                                        .mode = 04755,
                                        .size_bytes = 8,
                                        .modified_at_unix_s = 1'700'000'000,
                                        .target = ""});
  ASSERT_EQ(header.size(), kTarBlockBytes);
  EXPECT_EQ(header.substr(0, 6), std::string("bin/x\0", 6));
  EXPECT_EQ(header.substr(100, 8), std::string("0004755\0", 8));
  EXPECT_EQ(header.substr(108, 16), std::string("0000000\0"
                                                "0000000\0",
                                                16));
  EXPECT_EQ(header.substr(124, 12), std::string("00000000010\0", 12));
  EXPECT_EQ(header.substr(136, 12), std::string("14524770400\0", 12));
  EXPECT_EQ(header.substr(156, 1), "0");
  EXPECT_EQ(header.substr(257, 8), std::string("ustar\0"
                                               "00",
                                               8));
}

TEST_F(TarTest, PythonReadsEveryNameAsItIs) {
  const std::vector<TarEntry> entries = ManyNames();
  WriteArchive(entries, "12345");
  std::string expected;
  for (const TarEntry& entry : entries) expected += ToHex(AsBytes(entry.path)) + " 5 0o644 0 0\n";
  const std::string script =
      "import os,sys,tarfile\n"
      "for m in tarfile.open(sys.argv[1]):\n"
      "  print(os.fsencode(m.name).hex(), m.size, oct(m.mode), m.uid, m.gid)\n";
  EXPECT_EQ(Output("LC_ALL=C.UTF-8 python3 -c '" + script + "' " + archive), expected);
}

TEST_F(TarTest, GnuTarUnpacksEveryNameAsItIs) {
  const std::vector<TarEntry> entries = ManyNames();
  WriteArchive(entries, "12345");
  EXPECT_THAT(Output("tar -C " + folder.path() + " -xf " + archive), Not(HasSubstr("annot")));
  for (const TarEntry& entry : entries) {
    const auto content = ReadFile(files, folder.Path(entry.path));
    ASSERT_TRUE(content.ok()) << content.error().message;
    EXPECT_EQ(*content, "12345");
  }
}

TEST_F(TarTest, KindsModesTimesAndTargetsAreKept) {
  WriteArchive({{.path = "d",
                 .kind = FileKind::kDirectory,
                 .mode = 01777,
                 .modified_at_unix_s = 86'400,
                 .target = ""},
                {.path = "d/x", .mode = 0750, .modified_at_unix_s = 1'700'000'000, .target = ""},
                {.path = "d/old", .mode = 0600, .modified_at_unix_s = -1, .target = ""},
                {.path = "d/new", .mode = 0600, .modified_at_unix_s = 10'000'000'000, .target = ""},
                {.path = "short", .kind = FileKind::kSymlink, .mode = 0777, .target = "d/\xffx"},
                {.path = "long",
                 .kind = FileKind::kSymlink,
                 .mode = 0777,
                 .target = std::string(200, 't') + "/\xff"}},
               "1");
  Output("tar -C " + folder.path() + " -xpf " + archive);
  const auto folder_stat = files.Stat(folder.Path("d"));
  EXPECT_EQ(folder_stat->mode & 07777U, 01777U);
  EXPECT_EQ(folder_stat->mtime_unix_ns, 86'400'000'000'000);
  EXPECT_EQ(files.Stat(folder.Path("d/x"))->mode & 07777U, 0750U);
  EXPECT_EQ(files.Stat(folder.Path("d/x"))->mtime_unix_ns, 1'700'000'000'000'000'000);
  EXPECT_EQ(files.Stat(folder.Path("d/old"))->mtime_unix_ns, -1'000'000'000);
  struct stat st {};  // Later than FileSystem can tell.
  ASSERT_EQ(stat(folder.Path("d/new").c_str(), &st), 0);
  EXPECT_EQ(st.st_mtime, 10'000'000'000);
  EXPECT_EQ(*files.ReadLink(folder.Path("short")), "d/\xffx");
  EXPECT_EQ(*files.ReadLink(folder.Path("long")), std::string(200, 't') + "/\xff");
}

TEST_F(TarTest, FilesOf8GiBAndMoreAreReadByGnuTarAndPython) {
  for (const std::uint64_t size_bytes : {8 * kGiB - 1, 8 * kGiB, 9 * kGiB + 1}) {
    const TarEntry entry = {.path = "huge", .size_bytes = size_bytes, .target = ""};
    for (const std::string& header : {TarHeader(entry), TarHeaderBlock(entry)}) {
      // Sparse, so that it is there at once.
      ASSERT_TRUE(WriteFileAtomically(files, archive, header).ok());
      const auto file = files.Open(archive, OpenMode::kReadWrite);
      ASSERT_TRUE(file.ok());
      const std::string end = TarPadding(size_bytes) +
                              TarHeader({.path = "after", .mode = 0600, .target = ""}) + TarEnd();
      ASSERT_TRUE((*file)->WriteAt(header.size() + size_bytes, AsBytes(end)).ok());
      const std::string number = std::to_string(size_bytes);
      EXPECT_THAT(Output("tar -tvf " + archive), HasSubstr(" " + number + " "));
      EXPECT_THAT(Output("tar -tf " + archive), HasSubstr("huge\nafter\n"));
      const std::string script =
          "import sys,tarfile; print([(m.name,m.size) for m in tarfile.open(sys.argv[1])])";
      EXPECT_EQ(Output("python3 -c '" + script + "' " + archive),
                "[('huge', " + number + "), ('after', 0)]\n");
    }
  }
}

TEST_F(TarTest, ALengthThatCountsItselfIsRight) {
  // Around the lengths at which the number gets a digit more.
  for (std::size_t size_bytes = 900; size_bytes < 1100; ++size_bytes) {
    const std::string header = TarHeader({.path = std::string(size_bytes, 'p'), .target = ""});
    const std::string records = header.substr(kTarBlockBytes);
    const std::size_t space = records.find(' ');
    const std::size_t length = std::strtoul(records.substr(0, space).c_str(), nullptr, 10);
    ASSERT_EQ(records[length - 1], '\n');
    ASSERT_EQ(records.substr(space, length - space - 1), " path=" + std::string(size_bytes, 'p'));
  }
}

TEST_F(TarTest, PaddingFillsTheBlock) {
  EXPECT_EQ(TarPadding(0).size(), 0U);
  EXPECT_EQ(TarPadding(1).size(), 511U);
  EXPECT_EQ(TarPadding(512).size(), 0U);
  EXPECT_EQ(TarPadding(std::numeric_limits<std::uint64_t>::max()).size(), 1U);
}

}  // namespace
}  // namespace reprise::tracker
