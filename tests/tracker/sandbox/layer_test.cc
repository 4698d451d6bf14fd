// What a sandbox writes, where it lies, and that nothing else was written: with overlays, and with
// copies, which must tell the same.

#include "tracker/sandbox/layer.h"

#include <sys/mman.h>
#include <sys/time.h>

#include <map>

#include "tests/tracker/sandbox/sandbox_testing.h"

namespace reprise::tracker {
namespace {

using testing::InOrder;
using testing::PutAt;
using testing::RunText;
using testing::Summary;
using testing::TextAt;

class LayerTest : public testing::SandboxTest, public ::testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    testing::SandboxTest::SetUp();
    if (IsSkipped()) return;
    spec_.without_overlay = GetParam();
    if (!GetParam() && !has_overlay_) {
      GTEST_SKIP() << "SKIPPED: no overlay can be had in this folder";
    }
  }

  // Everything below a folder with its content, to see that nothing of it has changed.
  std::map<std::string, std::string> Everything(const std::string& folder) {
    std::map<std::string, std::string> all;
    const auto entries = PosixFileSystem().List(folder);
    EXPECT_TRUE(entries.ok());
    for (const DirectoryEntry& entry : *entries) {
      const std::string path = JoinPath(folder, entry.name);
      std::string& text = all[path];
      text = std::to_string(entry.stat.mode) + " " + std::to_string(entry.stat.mtime_unix_ns);
      if (entry.stat.kind == FileKind::kFile) text += TextAt(path);
      if (entry.stat.kind == FileKind::kDirectory) all.merge(Everything(path));
    }
    return all;
  }

  // What `body` changed, said inside as "" when all went well.
  std::string ChangesOf(const std::function<std::string()>& body) {
    const auto before = Everything(Base(""));
    sandbox_ = Prepare();
    if (sandbox_ == nullptr) return "not prepared";
    EXPECT_EQ(sandbox_->uses_overlay(), !GetParam());
    EXPECT_EQ(RunText(*sandbox_, body), "");
    EXPECT_EQ(Everything(Base("")), before);
    return Changes(*sandbox_);
  }
  std::string ContentOf(const std::string& path) const {
    const auto host_path = sandbox_->HostPath(path);
    return host_path ? TextAt(*host_path) : "<nothing>";
  }

  std::unique_ptr<Sandbox> sandbox_;
};

INSTANTIATE_TEST_SUITE_P(, LayerTest, ::testing::Bool(), [](const auto& tested) {
  return std::string(tested.param ? "Copy" : "Overlay");
});

std::string Said(bool done) { return done ? "" : std::strerror(errno); }

TEST_P(LayerTest, LookingChangesNothing) {
  Put(Base("/a/b"), "one");
  EXPECT_EQ(ChangesOf([] { return TextAt("/a/b") == "one" ? "" : "not there"; }), "");
  EXPECT_EQ(sandbox_->HostPath("/a/c"), std::nullopt);
  EXPECT_EQ(sandbox_->HostPath("/a/b/c"), std::nullopt);
  EXPECT_EQ(sandbox_->HostPath("/proc/1"), std::nullopt);
  EXPECT_EQ(ContentOf("/a/b"), "one");
}

TEST_P(LayerTest, WhatIsMadeChangedAndRemovedIsToldAndTheBaseStays) {
  Put(Base("/d/changed"), "old");
  Put(Base("/d/removed"), "old");
  Put(Base("/d/left"), "old");
  Put(Base("/gone/deep/file"), "old");
  Put(Base("/gone/other"), "old");
  const std::string changes = ChangesOf([] {
    return InOrder(
        {PutAt("/d/changed", "new!"), PutAt("/d/made", "new"), PutAt("/tmp/scratch", "new"),
         Said(unlink("/d/removed") == 0 && mkdir("/new", 0755) == 0 &&
              symlink("x", "/new/link") == 0 && unlink("/gone/deep/file") == 0 &&
              unlink("/gone/other") == 0 && rmdir("/gone/deep") == 0 && rmdir("/gone") == 0)});
  });
  EXPECT_EQ(changes,
            "~/d/changed +/d/made -/d/removed -/gone -/gone/deep -/gone/deep/file -/gone/other "
            "+/new +/new/link +/tmp/scratch");
  EXPECT_EQ(ContentOf("/d/changed"), "new!");
  EXPECT_EQ(ContentOf("/d/made"), "new");
  EXPECT_EQ(ContentOf("/d/left"), "old");
  EXPECT_EQ(ContentOf("/d/removed"), "<nothing>");
  EXPECT_EQ(ContentOf("/gone/other"), "<nothing>");
}

TEST_P(LayerTest, AFolderThatWasReplacedHasLostWhatItHad) {
  Put(Base("/d/a"), "old");
  Put(Base("/d/b"), "old");
  Put(Base("/d/sub/c"), "old");
  Put(Base("/f"), "old");
  const std::string changes = ChangesOf([] {
    const bool cleared = unlink("/d/a") == 0 && unlink("/d/b") == 0 && unlink("/d/sub/c") == 0 &&
                         rmdir("/d/sub") == 0 && rmdir("/d") == 0 && mkdir("/d", 0755) == 0 &&
                         unlink("/f") == 0 && mkdir("/f", 0755) == 0;
    return InOrder({Said(cleared), PutAt("/d/a", "newer"), PutAt("/f/x", "new")});
  });
  EXPECT_EQ(changes, "~/d/a -/d/b -/d/sub -/d/sub/c ~/f +/f/x");
  EXPECT_EQ(ContentOf("/d/a"), "newer");
  EXPECT_EQ(ContentOf("/d/b"), "<nothing>");
  EXPECT_EQ(ContentOf("/d/sub/c"), "<nothing>");
}

TEST_P(LayerTest, AFolderThatBecameAFileHasLostWhatItHad) {
  Put(Base("/d/a"), "old");
  EXPECT_EQ(ChangesOf([] {
              return InOrder({Said(unlink("/d/a") == 0 && rmdir("/d") == 0), PutAt("/d", "file")});
            }),
            "~/d -/d/a");
}

TEST_P(LayerTest, WhatIsOpenedForWritingAndNotWrittenHasNotChanged) {
  Put(Base("/a"), "same");
  Put(Base("/b"), "same");
  ASSERT_EQ(symlink("a", Base("/link").c_str()), 0);
  EXPECT_EQ(ChangesOf([]() -> std::string {
              const int fd = open("/a", O_RDWR);
              const int other = open("/b", O_WRONLY | O_APPEND);
              return Said(fd >= 0 && other >= 0 && link("/a", "/a2") == 0 && unlink("/a2") == 0);
            }),
            "");
}

TEST_P(LayerTest, BytesThatChangeUnderTheSameSizeAndTimeAreAChange) {
  Put(Base("/a"), "same");
  Put(Base("/mapped"), "same");
  const timeval times[2] = {{1000, 0}, {1000, 0}};
  ASSERT_EQ(utimes(Base("/a").c_str(), times), 0);
  EXPECT_EQ(ChangesOf([&]() -> std::string {
              const int fd = open("/mapped", O_RDWR);
              char* bytes =
                  static_cast<char*>(mmap(nullptr, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
              bytes[0] = 'S';
              return InOrder({PutAt("/a", "SAME"), Said(utimes("/a", times) == 0)});
            }),
            "~/a ~/mapped");
}

TEST_P(LayerTest, ModesAndTimesAreContentToo) {
  Put(Base("/mode"), "x");
  Put(Base("/time"), "x");
  Put(Base("/folder/x"), "x");
  const timeval times[2] = {{1000, 0}, {1000, 0}};
  EXPECT_EQ(ChangesOf([&] {
              return Said(chmod("/mode", 0755) == 0 && utimes("/time", times) == 0 &&
                          chmod("/folder", 0700) == 0);
            }),
            "~/folder ~/mode ~/time");
}

TEST_P(LayerTest, ACapturedFolderCanBeRenamedInACopyOnly) {
  Put(Base("/d/a"), "x");
  const std::string changes = ChangesOf([]() -> std::string {
    const bool made = mkdir("/new", 0755) == 0 && rename("/new", "/newer") == 0;
    const int failed = rename("/d", "/e") == 0 ? 0 : errno;
    return made && failed == (GetParam() ? 0 : EXDEV) ? "" : std::strerror(failed);
  });
  EXPECT_EQ(changes, GetParam() ? "-/d -/d/a +/e +/e/a +/newer" : "+/newer");
}

TEST_P(LayerTest, TheTimesOfTheBaseAreSeenInside) {
  Put(Base("/a"), "x");
  const timeval times[2] = {{1000, 0}, {2000, 5000}};
  ASSERT_EQ(utimes(Base("/a").c_str(), times), 0);
  EXPECT_EQ(ChangesOf([] {
              struct stat st;
              stat("/a", &st);
              return st.st_mtim.tv_sec == 2000 && st.st_mtim.tv_nsec == 5'000'000 ? "" : "other";
            }),
            "");
}

TEST_P(LayerTest, AFolderThatIsClosedToItsOwnerIsReadAndRemoved) {
  Put(Base("/d/a"), "x");
  EXPECT_EQ(ChangesOf([] {
              return InOrder({Said(mkdir("/closed", 0755) == 0), PutAt("/closed/b", "x"),
                              Said(chmod("/closed", 0) == 0 && chmod("/d", 0) == 0)});
            }),
            "+/closed +/closed/b ~/d");
  const auto removed = Sandbox::RemoveScratch(PosixFileSystem(), spec_.scratch);
  ASSERT_TRUE(removed.ok()) << removed.error().message;
  EXPECT_TRUE(PosixFileSystem().List(spec_.scratch)->empty());
}

TEST_P(LayerTest, MountPointsAreNoChanges) {
  Put(Host("file"), "bound file");
  Put(Host("folder/inner"), "bound folder");
  Put(Base("/srv/kept"), "x");
  ASSERT_EQ(chmod(Base("/srv").c_str(), 0711), 0);
  spec_.binds = {{Host("file"), "/srv/deep/file"},
                 {Host("folder"), "/mnt/folder"},
                 {Host("file"), "/srv/kept"},
                 {Host("file"), "/dev/shm/file"}};
  EXPECT_EQ(ChangesOf([]() -> std::string {
              struct stat st;
              stat("/srv", &st);
              return TextAt("/srv/deep/file") == "bound file" &&
                             TextAt("/mnt/folder/inner") == "bound folder" &&
                             TextAt("/srv/kept") == "bound file" &&
                             TextAt("/dev/shm/file") == "bound file" && (st.st_mode & 07777) == 0711
                         ? ""
                         : "not as bound";
            }),
            "");
  EXPECT_EQ(sandbox_->HostPath("/srv/deep/file"), Host("file"));
  EXPECT_EQ(sandbox_->HostPath("/mnt/folder/inner"), Host("folder/inner"));
}

TEST_P(LayerTest, WhatIsBoundReadOnlyCannotBeWrittenByUserZero) {
  Put(Host("file"), "x", 0666);
  Put(Host("folder/inner"), "x", 0666);
  spec_.user_id = 0;
  spec_.group_id = 0;
  spec_.binds = {{Host("file"), "/file"}, {Host("folder"), "/folder"}};
  EXPECT_EQ(ChangesOf([]() -> std::string {
              const std::string refusal = std::strerror(EROFS);
              const bool refused = PutAt("/file", "y") == refusal &&
                                   PutAt("/folder/inner", "y") == refusal &&
                                   PutAt("/folder/new", "y") == refusal &&
                                   chmod("/file", 0600) != 0 && unlink("/file") != 0;
              return refused ? "" : "was written";
            }),
            "");
  EXPECT_EQ(TextAt(Host("file")), "x");
}

TEST_P(LayerTest, WritesToACopyOnWriteBindLeaveItsSource) {
  Put(Host("file"), "old", 0644);
  Put(Host("folder/a"), "old");
  Put(Host("folder/b"), "old");
  Put(Host("other"), "other");
  spec_.binds = {{Host("file"), "/in/file", true},
                 {Host("file"), "/in/same", true},
                 {Host("folder"), "/in/folder", true},
                 {Host("other"), "/in/folder/sub/other"}};
  const auto before = Everything(Host("folder"));
  EXPECT_EQ(ChangesOf([] {
              return InOrder({PutAt("/in/file", "newer"), PutAt("/in/folder/a", "newer"),
                              PutAt("/in/folder/c", "new"), Said(unlink("/in/folder/b") == 0),
                              TextAt("/in/folder/sub/other") == "other" ? "" : "not bound"});
            }),
            "~/in/file ~/in/folder/a -/in/folder/b +/in/folder/c");
  EXPECT_EQ(Everything(Host("folder")), before);
  EXPECT_EQ(TextAt(Host("file")), "old");
  EXPECT_EQ(ContentOf("/in/file"), "newer");
  EXPECT_EQ(ContentOf("/in/same"), "old");
  EXPECT_EQ(ContentOf("/in/folder/a"), "newer");
  EXPECT_EQ(ContentOf("/in/folder/c"), "new");
  EXPECT_EQ(ContentOf("/in/folder/b"), "<nothing>");
  EXPECT_EQ(sandbox_->HostPath("/in/folder/sub/other"), Host("other"));
}

TEST_P(LayerTest, AnySignMayStandInAName) {
  const std::string odd = "a b,c:d\\e\nf\"'=%\xff";
  ASSERT_EQ(mkdir(Host(odd).c_str(), 0755), 0);
  spec_.base = Host(odd + "/base");
  spec_.scratch = Host(odd + "/scratch");
  ASSERT_EQ(mkdir(spec_.scratch.c_str(), 0755), 0);
  Put(spec_.base + "/" + odd + "/file", "base");
  Put(Host(odd + "/bound/file"), "bound");
  spec_.binds = {{Host(odd + "/bound"), "/ro/" + odd},
                 {Host(odd + "/bound"), "/rw/" + odd, true},
                 {Host(odd + "/bound/file"), "/cow/" + odd, true}};
  EXPECT_EQ(
      ChangesOf([&] {
        return InOrder({PutAt("/" + odd + "/file", "changed"), PutAt("/rw/" + odd + "/file", "new"),
                        TextAt("/ro/" + odd + "/file") == "bound" ? "" : "not bound",
                        TextAt("/cow/" + odd) == "bound" ? "" : "not copied"});
      }),
      "~/" + odd + "/file ~/rw/" + odd + "/file");
  EXPECT_EQ(ContentOf("/" + odd + "/file"), "changed");
  EXPECT_TRUE(Sandbox::RemoveScratch(PosixFileSystem(), spec_.scratch).ok());
}

TEST_P(LayerTest, AThousandFilesCanBeBound) {
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "f" + std::to_string(i);
    Put(Host("many/" + name), name);
    spec_.binds.push_back({Host("many/" + name), "/opt/" + name});
  }
  EXPECT_EQ(ChangesOf([]() -> std::string {
              for (int i = 0; i < 1000; ++i) {
                const std::string name = "f" + std::to_string(i);
                if (TextAt("/opt/" + name) != name) return name;
                if (PutAt("/opt/" + name, "x") != std::strerror(EROFS)) return name + " written";
              }
              return "";
            }),
            "");
}

TEST_P(LayerTest, OneBaseServesTwoSandboxesAtOnce) {
  Put(Base("/a"), "base");
  const auto first = Prepare();
  ASSERT_NE(first, nullptr);
  spec_.scratch = Host("scratch2");
  ASSERT_EQ(mkdir(spec_.scratch.c_str(), 0755), 0);
  const auto second = Prepare();
  ASSERT_NE(second, nullptr);
  testing::Running running(*first, [](int pipe) {
    testing::WriteText(pipe, PutAt("/a", "first") + "written\n");
    sigset_t wait;
    sigemptyset(&wait);
    sigaddset(&wait, SIGUSR1);
    sigprocmask(SIG_BLOCK, &wait, nullptr);
    testing::WriteText(pipe, "waits\n");
    int number = 0;
    sigwait(&wait, &number);
    return TextAt("/a");
  });
  EXPECT_EQ(running.Line(), "written");
  EXPECT_EQ(running.Line(), "waits");
  EXPECT_EQ(RunText(*second, [] { return TextAt("/a"); }), "base");
  kill(running.monitor(), SIGUSR1);
  EXPECT_EQ(running.Text(), "first");
  EXPECT_EQ(running.Wait(), 0);
  EXPECT_TRUE(Sandbox::RemoveScratch(PosixFileSystem(), spec_.scratch).ok());
}

}  // namespace
}  // namespace reprise::tracker
