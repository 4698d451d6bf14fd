#include "tests/sdk/support.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace reprise::sdk::testing {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

void Collect(const tracker::SegmentSource& source, const tracker::SegmentRecord& record,
             Collected& all) {
  all.segments.insert(wire::FormatSegmentName(source.name));
  std::visit(
      Overloaded{
          [&](const tracker::PointRecord& r) {
            all.points.push_back({source, std::string(r.key), r.step, r.value, r.unix_ns});
          },
          [&](const tracker::ParamRecord& r) {
            ++all.param_records;
            all.params[std::string(r.key)] = {r.type, std::string(r.value), std::string(r.given),
                                              r.overridden};
          },
          [&](const tracker::EvidenceTextRecord& r) {
            all.evidence.emplace_back(std::string(r.kind), std::string(r.text));
          },
          [&](const tracker::FileRecord& r) {
            if (r.evidence) {
              all.evidence.emplace_back(std::string(r.role), std::string(r.path));
              return;
            }
            all.files.push_back({r.output, std::string(r.path), std::string(r.role), r.stat});
          },
          [&](const tracker::LogRecord& r) {
            if (!all.log_continues) all.logs.emplace_back(r.level, std::string());
            all.logs.back().second += r.text;
            all.log_continues = r.continues;
          },
          [&](const tracker::TagRecord& r) {
            all.tags.emplace_back(std::string(r.key), std::string(r.value));
          },
          [&](const tracker::NoteRecord& r) { all.notes.emplace_back(r.text); },
          [&](const tracker::DeriveRecord& r) {
            all.derivations.emplace_back(std::string(r.column), std::string(r.sources));
          },
          [&](const tracker::HelloRecord& r) {
            all.hellos.push_back(r);
            all.hellos.back().sdk_version = {};  // Borrowed.
          },
          [&](const tracker::MappedFileRecord& r) { all.mapped_files.emplace_back(r.path); },
          [&](const tracker::FinishRecord& r) { all.finishes.emplace_back(source.name.pid, r); },
          [&](const tracker::ExitRecord& r) { all.exits.push_back(r); },
          [&](const tracker::LossRecord& r) {
            all.loss.points += r.points;
            all.loss.records += r.records;
            all.loss.damaged_bytes += r.damaged_bytes;
          }},
      record);
}

}  // namespace

std::vector<double> Collected::ValuesOf(const std::string& key) const {
  std::vector<double> values;
  for (const Point& point : points) {
    if (point.key == key) values.push_back(point.value);
  }
  return values;
}

Inbox::Inbox(const std::string& parent) {
  std::string pattern =
      (parent.empty() ? std::filesystem::temp_directory_path().string() : parent) +
      "/reprise-sdk-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) abort();
  top_ = pattern;
  path_ = top_ + "/01J00000000000000000000000";
  std::filesystem::create_directory(path_);
  setenv(wire::kRunDirVariable, path_.c_str(), 1);
}

Inbox::~Inbox() {
  unsetenv(wire::kRunDirVariable);
  std::error_code ignored;
  std::filesystem::remove_all(top_, ignored);
}

void Inbox::WriteOverrides(const std::vector<wire::Override>& overrides) const {
  std::string text(wire::kOverridesFirstLine);
  for (const wire::Override& parameter : overrides) wire::AppendOverride(text, parameter);
  std::ofstream(path_ + '/' + wire::kOverridesFileName) << text;
}

Collected Inbox::Read(tracker::Writer writer) const {
  Collected all;
  tracker::SegmentReader reader(PosixFileSystem(), path_);
  const auto polled = reader.Poll(
      writer, [&](const tracker::SegmentSource& source, const tracker::SegmentRecord& record) {
        Collect(source, record, all);
        return Result<void>();
      });
  all.problems = reader.TakeProblems();
  if (!polled.ok()) all.problems.push_back(polled.error().message);
  return all;
}

ErrorHandler Problems::Handler() {
  return [this](const Problem& problem) {
    const std::lock_guard lock(mutex_);
    told_.emplace_back(problem.kind, problem.message);
  };
}

std::size_t Problems::Count(ErrorKind kind) const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& told : told_) count += told.first == kind ? 1 : 0;
  return count;
}

std::size_t Problems::Count() const {
  const std::lock_guard lock(mutex_);
  return told_.size();
}

std::string Problems::Text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& told : told_) text += told.second + '\n';
  return text;
}

RunOptions Options(Problems& problems) {
  RunOptions options;
  options.on_error = problems.Handler();
  options.wait_ms_max = 0;
  return options;
}

RunOptions Waiting(Problems& problems) {
  RunOptions options = Options(problems);
  options.wait_ms_max = -1;
  return options;
}

FakeRecorder::FakeRecorder(const std::string& folder, Answer answer)
    : socket_path_(folder + '/' + wire::kSocketFileName), answer_(std::move(answer)) {
  // Bound by a short name, since an address holds 108 bytes.
  const int folder_fd = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  const std::string short_path =
      "/proc/self/fd/" + std::to_string(folder_fd) + '/' + wire::kSocketFileName;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  short_path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  listener_ = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listener_, 16) != 0 || pipe2(wake_, O_CLOEXEC) != 0) {
    abort();
  }
  close(folder_fd);
  thread_ = std::thread([this] { Serve(); });
}

FakeRecorder::~FakeRecorder() {
  if (write(wake_[1], "x", 1) != 1) abort();
  thread_.join();
  close(wake_[0]);
  close(wake_[1]);
  close(listener_);
  unlink(socket_path_.c_str());
}

void FakeRecorder::Serve() {
  std::vector<int> held;
  for (;;) {
    pollfd waiting[2] = {{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
    if (poll(waiting, 2, -1) < 0) continue;
    if (waiting[1].revents != 0) break;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    char packet[8192];
    const ssize_t got = recv(client, packet, sizeof(packet), 0);
    const auto message =
        wire::ParseMessage(packet, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (!message) abort();
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(*message);
    }
    const std::string answer = answer_(*message);
    if (answer == "hang") {
      held.push_back(client);
      continue;
    }
    if (!answer.empty()) send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    close(client);
  }
  for (const int client : held) close(client);
}

std::vector<wire::Message> FakeRecorder::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::string FakeRecorder::Stored(const wire::Message& /*request*/) {
  wire::Message done;
  done.kind = static_cast<std::uint16_t>(wire::MessageKind::kDone);
  return {reinterpret_cast<const char*>(&done), sizeof(done)};
}

std::string FakeRecorder::Failed(const std::string& text) {
  wire::Message done;
  done.kind = static_cast<std::uint16_t>(wire::MessageKind::kDone);
  done.status = static_cast<std::uint32_t>(wire::DoneStatus::kFailed);
  done.text_bytes = static_cast<std::uint32_t>(text.size());
  return std::string(reinterpret_cast<const char*>(&done), sizeof(done)) + text;
}

int InChild(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = -1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace reprise::sdk::testing
