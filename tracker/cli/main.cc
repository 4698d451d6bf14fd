// The reprise command.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "tracker/cli/command.h"
#include "tracker/cli/spooled_output.h"
#include "tracker/cli/stop_signals.h"

namespace {

constexpr int kClosed = -1;  // A descriptor that nothing can be written to.

// Descriptors 0 to 2 must be open, or the first file that is opened would become our stdout.
void OpenStandardStreams() {
  int fd;
  do {
    fd = open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= 2);
  if (fd > 2) close(fd);
}

// How wide the terminal is that stdout is, if it is one; $COLUMNS outranks what it says of itself.
std::optional<std::size_t> TerminalColumns() {
  if (isatty(STDOUT_FILENO) == 0) return std::nullopt;
  if (const char* const named = std::getenv("COLUMNS")) {
    std::size_t columns = 0;
    const auto read = std::from_chars(named, named + std::strlen(named), columns);
    if (read.ec == std::errc() && *read.ptr == '\0' && columns > 0) return columns;
  }
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
  return size.ws_col;
}

}  // namespace

int main(int argc, char** argv) {
  const bool has_stdout = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
  OpenStandardStreams();
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGXFSZ, SIG_IGN);  // A file that may not grow is an error like a full disk.
  std::string working_directory(PATH_MAX, '\0');
  const bool has_folder = getcwd(working_directory.data(), working_directory.size()) != nullptr;
  working_directory.resize(has_folder ? std::strlen(working_directory.c_str()) : 0);
  const bool err_is_terminal = isatty(STDERR_FILENO) != 0;
  const bool out_is_terminal = isatty(STDOUT_FILENO) != 0;
  reprise::cli::SpooledOutput spool(has_stdout ? STDOUT_FILENO : kClosed);
  std::ostream out(&spool);
  reprise::cli::Context context{.out = out,
                                .err = std::cerr,
                                .files = reprise::PosixFileSystem(),
                                .working_directory = working_directory,
                                .global = {},
                                .tail = {},
                                .out_is_terminal = out_is_terminal,
                                .err_is_terminal = err_is_terminal,
                                .columns = TerminalColumns()};
  const int status = reprise::cli::Dispatch({argv + 1, argv + argc}, context);
  out.flush();
  if (!out) {
    std::cerr << "reprise: cannot write the result to stdout: "
              << (has_stdout ? std::strerror(spool.error_number()) : "it is closed") << "\n";
    return 5;
  }
  if (const int signal = reprise::cli::StopSignals::Received(); signal != 0) {
    // It has its own end: the shell learns that we were interrupted, and stops a script.
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  return status;
}
