#include "tracker/trace/map_watch.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/tracker/trace/trace_testing.h"

namespace reprise::tracker {
namespace {

using testing::At;

TEST(MappedFiles, AreThoseThatAreStillThere) {
  EXPECT_EQ(MappedFiles("00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/dbus\n"
                        "00452000-00453000 r--p 00051000 08:02 173521      /usr/bin/dbus\n"
                        "00e03000-00e24000 rw-p 00000000 00:00 0           [heap]\n"
                        "35b1a21000-35b1a22000 rw-p 00000000 00:00 0\n"
                        "35b1800000-35b1820000 r--p 00000000 08:02 135522  /lib/my file.so\n"
                        "7f0000000000-7f0000001000 rw-s 00000000 00:01 9   /memfd:x (deleted)\n"
                        "7f0000002000-7f0000003000 r--p 00000000 08:02 7   /a\\012b"),
            (std::set<std::string>{"/usr/bin/dbus", "/lib/my file.so", "/a\nb"}));
}

using MapWatchTest = testing::TraceTest;

TEST_P(MapWatchTest, WhatTheCommandAndItsChildrenMapIsSeen) {
  const Trace trace = TraceOfCommand({"sh", "-c", "sleep 0.2; exit 3"}, 3);
  EXPECT_EQ(trace.tracer, "maps");
  EXPECT_EQ(trace.blind_spots, std::set<std::string>{"maps"});
  for (const char* const program : {"sh", "sleep"}) {
    const NameView view = LookAt("", std::string("/bin/") + program, true);
    EXPECT_EQ(At(trace, view.path).uses & kUseRead, kUseRead) << program;
  }
  // What this process has mapped before it executes the command is not the command's.
  EXPECT_TRUE(std::ranges::none_of(
      trace.accesses, [](const auto& access) { return access.first.ends_with("/trace_test"); }));
}

TEST_P(MapWatchTest, ACommandThatEndsAtOnceIsNoFailure) { TraceOfCommand({"true"}); }

INSTANTIATE_TEST_SUITE_P(, MapWatchTest, ::testing::Values(TraceTier::kMaps), testing::TierName);

}  // namespace
}  // namespace reprise::tracker
