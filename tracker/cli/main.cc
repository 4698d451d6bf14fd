// The reprise command.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "tracker/cli/command.h"

namespace {

// Descriptors 0 to 2 must be open, or the first file that is opened would become our stdout.
void OpenStandardStreams() {
  int fd;
  do {
    fd = open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= 2);
  if (fd > 2) close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  OpenStandardStreams();
  std::signal(SIGPIPE, SIG_DFL);
  std::string working_directory(4096, '\0');
  if (getcwd(working_directory.data(), working_directory.size()) == nullptr) {
    std::cerr << "reprise: cannot tell the working directory: " << std::strerror(errno) << "\n";
    return 5;
  }
  working_directory.resize(std::strlen(working_directory.c_str()));
  const bool err_is_terminal = isatty(STDERR_FILENO) != 0;
  const bool out_is_terminal = isatty(STDOUT_FILENO) != 0;
  reprise::cli::Context context{.out = std::cout,
                                .err = std::cerr,
                                .files = reprise::PosixFileSystem(),
                                .working_directory = working_directory,
                                .global = {},
                                .tail = {},
                                .out_is_terminal = out_is_terminal,
                                .err_is_terminal = err_is_terminal,
                                .colour = out_is_terminal && std::getenv("NO_COLOR") == nullptr};
  const int status = reprise::cli::Dispatch({argv + 1, argv + argc}, context);
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "reprise: cannot write the result to stdout\n";
    return 5;
  }
  return status;
}
