#include "tracker/cli/progress.h"

#include "tracker/cli/text.h"

namespace reprise::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kSilence = 500ms;
constexpr auto kRedraw = 100ms;
constexpr auto kPlainLine = 5s;

}  // namespace

Progress::Progress(const Context& context, std::string label)
    : context_(context), label_(std::move(label)), started_(Clock::now()), shown_(started_) {}

Progress::~Progress() { Finish(); }

void Progress::Update(std::uint64_t files, std::uint64_t bytes, std::uint64_t bytes_total) {
  if (context_.global.quiet) return;
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  const auto pause = context_.err_is_terminal ? Clock::duration(kRedraw) : kPlainLine;
  if (now - started_ < kSilence || now - shown_ < pause) return;
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double rate = static_cast<double>(bytes) / seconds;
  std::string line = label_ + ": " + std::to_string(files) + " files, " + FormatSize(bytes) + ", " +
                     FormatSize(static_cast<std::uint64_t>(rate)) + "/s";
  if (bytes_total > 0 && rate > 0) {
    const double left_s = static_cast<double>(bytes_total - std::min(bytes, bytes_total)) / rate;
    line += ", " + std::to_string(bytes * 100 / bytes_total) + " %, " +
            FormatDuration(static_cast<std::int64_t>(left_s * 1000)) + " left";
  }
  if (context_.err_is_terminal) {
    context_.err << "\r\x1b[K" << line << std::flush;
    drawn_ = true;
  } else {
    context_.err << "reprise: " << line << "\n" << std::flush;
  }
}

void Progress::Finish() {
  const std::lock_guard lock(mutex_);
  if (drawn_) context_.err << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

}  // namespace reprise::cli
