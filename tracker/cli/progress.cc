#include "tracker/cli/progress.h"

#include <algorithm>

#include "tracker/cli/text.h"

namespace reprise::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kSilence = 500ms;
constexpr auto kRedraw = 100ms;
constexpr auto kPlainLine = 3s;
constexpr std::size_t kBarWidth = 20;

std::string Bar(double share) {
  const auto full = static_cast<std::size_t>(share * kBarWidth);
  return "[" + std::string(full, '#') + std::string(kBarWidth - full, '.') + "]";
}

}  // namespace

std::string ProgressLine(const std::string& label, const std::string& counted,
                         const ProgressState& state) {
  const double rate = state.seconds > 0 ? static_cast<double>(state.bytes) / state.seconds : 0;
  std::string line = label + ": ";
  const bool has_share = state.bytes_total > 0;
  const std::uint64_t done = std::min(state.bytes, state.bytes_total);
  if (has_share) {
    const double share = static_cast<double>(done) / static_cast<double>(state.bytes_total);
    line += Bar(share) + " " + std::to_string(static_cast<int>(share * 100)) + " %, ";
  }
  if (state.bytes == 0 && !has_share) return line + Counted(state.count, counted);
  line += Counted(state.count, counted) + ", " + FormatSize(state.bytes) + ", " +
          FormatSize(static_cast<std::uint64_t>(rate)) + "/s";
  if (has_share && rate > 0) {
    const double left_s = static_cast<double>(state.bytes_total - done) / rate;
    line += ", " + FormatDuration(static_cast<std::int64_t>(left_s) * 1000) + " left";
  }
  return line;
}

Progress::Progress(const Context& context, std::string label, std::string counted,
                   std::function<Time()> now)
    : context_(context),
      label_(std::move(label)),
      counted_(std::move(counted)),
      now_(std::move(now)),
      started_(now_()),
      shown_(started_) {}

Progress::~Progress() { Finish(); }

void Progress::Update(std::uint64_t count, std::uint64_t bytes, std::uint64_t bytes_total) {
  if (context_.global.quiet) return;
  const std::lock_guard lock(mutex_);
  const Time now = now_();
  const auto pause = context_.err_is_terminal ? std::chrono::nanoseconds(kRedraw) : kPlainLine;
  if (now - started_ < kSilence || now - shown_ < pause) return;
  shown_ = now;
  const std::string line = ProgressLine(
      label_, counted_,
      {count, bytes, bytes_total, std::chrono::duration<double>(now - started_).count()});
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
