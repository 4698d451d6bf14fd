#include "tracker/cli/pass_phrase.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace reprise::cli {
namespace {

constexpr std::size_t kPassPhraseBytesMax = 1024;

// The first line that can be read from `descriptor`, without its end.
Result<std::string> ReadLine(int descriptor) {
  std::string line;
  for (;;) {
    char c = 0;
    const ssize_t count = ::read(descriptor, &c, 1);  // No byte more: the rest is another's.
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return Error{ErrorCode::kInvalidArgument,
                   "cannot read a pass phrase from descriptor " + std::to_string(descriptor)};
    }
    if (count == 0 || c == '\n') return line;
    if (line.size() == kPassPhraseBytesMax) {
      return Error{ErrorCode::kInvalidArgument, "a pass phrase has at most 1,024 bytes"};
    }
    line += c;
  }
}

// The terminal of this process, which does not show what is typed while this lives.  Signals that
// would end the process meanwhile wait until it shows it again.
class SilentTerminal {
 public:
  SilentTerminal() : descriptor_(::open("/dev/tty", O_RDWR | O_CLOEXEC)) {
    if (descriptor_ < 0 || ::tcgetattr(descriptor_, &before_) != 0) return;
    sigset_t ending;
    sigemptyset(&ending);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaddset(&ending, signal);
    ::sigprocmask(SIG_BLOCK, &ending, &mask_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    // Ctrl-C ends the line instead, so that the echo can come back first.
    silent.c_lflag &= ~static_cast<tcflag_t>(ISIG);
    is_silent_ = ::tcsetattr(descriptor_, TCSAFLUSH, &silent) == 0;
  }
  ~SilentTerminal() {
    if (is_silent_) {
      ::tcsetattr(descriptor_, TCSAFLUSH, &before_);
      ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
    }
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

  bool is_silent() const { return is_silent_; }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  termios before_{};
  sigset_t mask_{};
  bool is_silent_ = false;
};

Result<std::string> Ask(const std::string& prompt) {
  constexpr char kCtrlC = '\x03';
  const SilentTerminal terminal;
  if (!terminal.is_silent()) {
    return Error{ErrorCode::kInvalidArgument,
                 "a pass phrase is needed and there is no terminal to ask at; give it with "
                 "--passphrase-fd N"};
  }
  (void)!::write(terminal.descriptor(), prompt.data(), prompt.size());
  REPRISE_ASSIGN_OR_RETURN(std::string line, ReadLine(terminal.descriptor()));
  if (std::ranges::count(line, kCtrlC) == 0) return line;
  return Error{ErrorCode::kInterrupted, "interrupted"};
}

Result<std::optional<std::string>> FromDescriptor(const po::variables_map& args) {
  if (args.count("passphrase-fd") == 0) return std::optional<std::string>();
  const int descriptor = args["passphrase-fd"].as<int>();
  if (descriptor < 0) {
    return Error{ErrorCode::kInvalidArgument, "--passphrase-fd must be a descriptor, from 0 on"};
  }
  REPRISE_ASSIGN_OR_RETURN(std::string line, ReadLine(descriptor));
  return std::optional(std::move(line));
}

}  // namespace

void TakePassPhrase(Command& command) {
  command.options.add_options()("passphrase-fd", po::value<int>(),
                                "N: read the pass phrase of the key from this descriptor");
}

Result<std::string> AskPassPhrase(const po::variables_map& args, const std::string& prompt) {
  REPRISE_ASSIGN_OR_RETURN(auto given, FromDescriptor(args));
  if (given.has_value()) return *std::move(given);
  return Ask(prompt);
}

Result<std::string> AskNewPassPhrase(const po::variables_map& args) {
  const Error empty{ErrorCode::kInvalidArgument, "a pass phrase must not be empty"};
  REPRISE_ASSIGN_OR_RETURN(auto given, FromDescriptor(args));
  if (given.has_value()) {
    if (given->empty()) return empty;
    return *std::move(given);
  }
  REPRISE_ASSIGN_OR_RETURN(std::string first, Ask("Pass phrase for the new key: "));
  if (first.empty()) return empty;
  REPRISE_ASSIGN_OR_RETURN(const std::string again, Ask("The same once more: "));
  if (first == again) return first;
  return Error{ErrorCode::kInvalidArgument, "the two pass phrases differ; no key was made"};
}

}  // namespace reprise::cli
