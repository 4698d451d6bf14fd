// A store in a folder of its own, with the session of one run as its recorder would have it.

#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "sdk/wire/segment.h"
#include "storage/base/file.h"
#include "tests/sdk/segment_builder.h"
#include "tests/support/temp_dir.h"
#include "tests/tracker/recorder/started_message.h"
#include "tracker/session.h"
#include "tracker/store.h"
#include "tracker/store_folder.h"

namespace reprise::tracker::testing {

class SessionFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto created = Store::Create(files_, project());
    ASSERT_TRUE(created.ok()) << created.error().message;
  }

  FileSystem& files() { return files_; }
  std::string project() const { return folder_.path(); }
  std::string store() const { return JoinPath(project(), ".reprise"); }
  const Ulid& id() const { return id_; }
  std::string session_folder() const { return StorePaths(store()).session(id_); }

  v1::SessionStarted Started() const {
    v1::SessionStarted started = StartedIn(project(), 1'700'000'000'000);
    started.set_name("brave-otter-7");
    return started;
  }

  std::unique_ptr<Session> Create(const v1::SessionStarted& started) {
    auto session = Session::Create(files_, store(), id_, started);
    EXPECT_TRUE(session.ok()) << session.error().message;
    return *std::move(session);
  }

  // Puts a segment of thread `thread`, process `pid`, into the session's folder.
  void WriteSegment(const sdk::testing::SegmentBuilder& segment, std::uint32_t thread,
                    std::uint32_t pid = 4711, std::uint64_t start_ticks = 123456) const {
    const wire::SegmentName name{pid, start_ticks, thread, 1};
    std::ofstream(session_folder() + "/" + wire::FormatSegmentName(name), std::ios::binary)
        << segment.bytes();
  }

  std::vector<v1::Frame> Frames() {
    std::vector<v1::Frame> frames;
    const auto scanned =
        ScanJournal(files_, session_folder(), [&](const v1::Frame& frame) -> Result<void> {
          frames.push_back(frame);
          return {};
        });
    EXPECT_TRUE(scanned.ok()) << scanned.error().message;
    return frames;
  }

 private:
  const reprise::testing::TempDir folder_;
  FileSystem& files_ = PosixFileSystem();
  const Ulid id_ = Ulid::Generate();
};

}  // namespace reprise::tracker::testing
