// The page, the PDF and what the program says of errors are files in memory, so that neither side
// waits for the other, and nothing is left behind.

#include "tracker/audit/pdf.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <vector>

#include "storage/base/bytes.h"

extern char** environ;  // NOLINT: POSIX names it.

namespace reprise::tracker {
namespace {

constexpr std::string_view kProgram = "weasyprint";
constexpr std::size_t kSaidBytesMax = 400;

Error Failed(const std::string& what) {
  return Error{ErrorCode::kIoError,
               "no PDF can be made of the report: " + what + ": " + std::strerror(errno)};
}

// A file in memory, closed at the end.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : descriptor_(memfd_create(name, MFD_CLOEXEC)) {}
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  int descriptor() const { return descriptor_; }

  bool Write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return lseek(descriptor_, 0, SEEK_SET) == 0;
  }

  std::string Read() const {
    std::string bytes;
    std::vector<char> part(1 << 16);
    if (lseek(descriptor_, 0, SEEK_SET) != 0) return bytes;
    for (;;) {
      const ssize_t count = read(descriptor_, part.data(), part.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return bytes;
      bytes.append(part.data(), static_cast<std::size_t>(count));
    }
  }

 private:
  int descriptor_;
};

std::optional<std::string> FindProgram() {
  const char* const path = std::getenv("PATH");
  std::string_view left = path == nullptr ? "" : path;
  while (!left.empty()) {
    const std::size_t end = left.find(':');
    const std::string place = std::string(left.substr(0, end)) + "/" + std::string(kProgram);
    // A relative folder would mean another program in each working directory.
    if (place.front() == '/' && access(place.c_str(), X_OK) == 0) return place;
    left = end == std::string_view::npos ? std::string_view() : left.substr(end + 1);
  }
  return std::nullopt;
}

// The last line that the program said, which is what ended it.
std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const std::size_t start = text.rfind('\n');
  if (start != std::string::npos) text.erase(0, start + 1);
  return Printable(text.substr(0, kSaidBytesMax));
}

// The environment, in which times that a PDF would have are those of the beginning of 1970.
std::vector<std::string> Environment() {
  std::vector<std::string> variables = {"SOURCE_DATE_EPOCH=0", "PYTHONHASHSEED=0"};
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    if (text.starts_with("SOURCE_DATE_EPOCH=") || text.starts_with("PYTHONHASHSEED=")) continue;
    variables.emplace_back(text);
  }
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Result<std::string> MakePdf(std::string_view page) {
  const std::optional<std::string> program = FindProgram();
  if (!program.has_value()) {
    return Error{ErrorCode::kUnsupported,
                 "no PDF can be made of the report: there is no program 'weasyprint' on PATH; "
                 "install it (Debian: apt install weasyprint), or print the page report.html "
                 "(--format html) from a browser"};
  }
  const MemoryFile input("page");
  const MemoryFile output("pdf");
  const MemoryFile said("said");
  if (input.descriptor() < 0 || output.descriptor() < 0 || said.descriptor() < 0 ||
      !input.Write(page)) {
    return Failed("no memory for the page");
  }
  // PDF/UA-1 has tags, by which programs that read it aloud know headings, tables and drawings.
  std::vector<std::string> arguments = {*program,   "--encoding", "utf-8", "--pdf-variant",
                                        "pdf/ua-1", "-",          "-"};
  std::vector<std::string> variables = Environment();
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> variable_pointers = Pointers(variables);
  const pid_t child = fork();
  if (child < 0) return Failed("'" + *program + "' cannot be started");
  if (child == 0) {
    dup2(input.descriptor(), STDIN_FILENO);
    dup2(output.descriptor(), STDOUT_FILENO);
    dup2(said.descriptor(), STDERR_FILENO);
    execve(program->c_str(), argument_pointers.data(), variable_pointers.data());
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return Failed("'" + *program + "' cannot be waited for");
  }
  std::string pdf = output.Read();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && pdf.starts_with("%PDF-")) return pdf;
  const std::string line = LastLine(said.Read());
  return Error{ErrorCode::kUnsupported, "no PDF can be made of the report: '" +
                                            Printable(*program) + "' failed" +
                                            (line.empty() ? "" : ": " + line) +
                                            "; the page itself is written by --format html"};
}

}  // namespace reprise::tracker
