// A run to join, and a stand-in for its recorder.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "reprise/run.h"
#include "sdk/wire/messages.h"
#include "tracker/recorder/segment_reader.h"

namespace reprise::sdk::testing {

// All that the segments of a folder hold, with strings that outlive them.
struct Collected {
  struct Point {
    tracker::SegmentSource source;
    std::string key;
    std::int64_t step;
    double value;
    std::int64_t unix_ns;
  };
  struct Param {
    wire::ParamType type;
    std::string value;
    std::string given;
    bool overridden;
  };
  struct File {
    bool output;
    std::string path;
    std::string role;
    FileStat stat;
  };

  std::vector<Point> points;
  std::map<std::string, Param> params;
  std::size_t param_records = 0;
  std::vector<File> files;
  std::vector<std::pair<std::uint32_t, std::string>> logs;  // Level and text, pieces joined.
  bool log_continues = false;
  std::vector<std::pair<std::string, std::string>> tags;
  std::vector<std::string> notes;
  std::vector<std::pair<std::string, std::string>> derivations;  // Column and sources.
  std::vector<std::pair<std::string, std::string>> evidence;     // Kind, and path or text.
  std::vector<tracker::HelloRecord> hellos;
  std::vector<std::string> mapped_files;
  std::vector<std::pair<std::uint32_t, tracker::FinishRecord>> finishes;  // By pid.
  std::vector<tracker::ExitRecord> exits;
  tracker::LossRecord loss;
  std::set<std::string> segments;
  std::vector<std::string> problems;

  // The values of the points of `key`, in the order read.
  std::vector<double> ValuesOf(const std::string& key) const;
};

// A folder that Run::Start() joins while this object lives.
class Inbox {
 public:
  // In a new folder below `parent`, or below the folder for temporary files.
  explicit Inbox(const std::string& parent = {});
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  const std::string& path() const { return path_; }
  void WriteOverrides(const std::vector<wire::Override>& overrides) const;
  Collected Read(tracker::Writer writer = tracker::Writer::kMayLive) const;

 private:
  std::string top_;
  std::string path_;
};

// Remembers what the error handler was told.
class Problems {
 public:
  ErrorHandler Handler();
  std::size_t Count(ErrorKind kind) const;
  std::size_t Count() const;
  std::string Text() const;  // All messages, one a line.

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<ErrorKind, std::string>> told_;
};

// Options for a run whose problems go to `problems`, without waiting for a recorder, and with.
RunOptions Options(Problems& problems);
RunOptions Waiting(Problems& problems);

// Answers requests on the socket of `folder` until destroyed.
class FakeRecorder {
 public:
  // What is done with a request: the answer's packet, or nothing to close the connection.
  using Answer = std::function<std::string(const wire::Message&)>;

  explicit FakeRecorder(const std::string& folder, Answer answer = Stored);
  ~FakeRecorder();
  FakeRecorder(const FakeRecorder&) = delete;
  FakeRecorder& operator=(const FakeRecorder&) = delete;

  std::vector<wire::Message> requests() const;

  static std::string Stored(const wire::Message& request);
  static std::string Failed(const std::string& text);

 private:
  void Serve();

  std::string socket_path_;
  Answer answer_;
  int listener_;
  int wake_[2];
  mutable std::mutex mutex_;
  std::vector<wire::Message> requests_;
  std::thread thread_;
};

// Runs `body` in a forked child, which ends by _exit() with what it returns; returns the status of
// waitpid().
int InChild(const std::function<int()>& body);

}  // namespace reprise::sdk::testing
