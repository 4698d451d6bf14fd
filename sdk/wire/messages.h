// What a training process and the recorder say to each other besides the segments.
//
// - The environment variable REPRISE_RUN_DIR names the inbox folder of the run to join, by its
//   absolute path.  The folder's name is the run's identifier.
// - `<inbox>/overrides` holds the parameters in force.  The recorder writes it before it starts the
//   program; the SDK reads it once.
// - `<inbox>/sock` is the recorder's SOCK_SEQPACKET socket.  A client connects for one exchange: it
//   sends one Message and gets one back.  Nothing that is recorded travels here; a request only
//   says that the segments now hold something to wait for.
// - `<inbox>/ended` says that the run has ended: its command has, or its recorder died and nothing
//   reports to it.  In the second case, who ends it writes the file and then looks for segments of
//   living processes; a process that joins, a forked child too, makes its first segment and then
//   looks for the file.  So one sees the other.
// - A recorder that the SDK starts writes one line to its --ready-fd: "ok <inbox folder>\n" or
//   "error <sentence>\n".
//
// This header depends on nothing else in the project.  Thread-safety: pure functions and plain
// structs.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "sdk/wire/segment.h"

namespace reprise::wire {

inline constexpr char kRunDirVariable[] = "REPRISE_RUN_DIR";
inline constexpr char kOverridesFileName[] = "overrides";
inline constexpr char kSocketFileName[] = "sock";
inline constexpr char kEndedFileName[] = "ended";
inline constexpr char kReadyOk[] = "ok ";
inline constexpr char kReadyError[] = "error ";

inline constexpr std::uint32_t kMessageMagic = 0x314d5052;  // "RPM1"
inline constexpr std::uint16_t kMessageVersion = 1;
inline constexpr std::size_t kMessageTextBytesMax = 4096;

enum class MessageKind : std::uint16_t {
  // Client: store all that the segments hold, the content of outputs included, then answer kDone.
  kSync = 1,
  // Client: as kSync; this process will report nothing more for `session`.
  kFinish = 2,
  // Recorder: the answer to both.
  kDone = 3,
};

enum class DoneStatus : std::uint32_t {
  kStored = 0,
  kFailed = 1,  // Something is not stored; the text says what and why.
};

// One packet; up to kMessageTextBytesMax bytes of text follow the struct.
struct Message {
  std::uint32_t magic = kMessageMagic;
  std::uint16_t version = kMessageVersion;
  std::uint16_t kind = 0;
  std::uint32_t pid = 0;      // Of the client.
  std::uint32_t session = 0;  // As in the segment's header.
  std::uint32_t status = 0;   // DoneStatus, in an answer.
  std::uint32_t text_bytes = 0;
};
static_assert(sizeof(Message) == 24 && std::is_trivially_copyable_v<Message>);

// Reads a received packet.  Nothing if it is not a whole message of this version; `text` then is
// untouched.
inline std::optional<Message> ParseMessage(const void* packet, std::size_t packet_bytes,
                                           std::string_view* text = nullptr) {
  Message message;
  if (packet_bytes < sizeof(message)) return std::nullopt;
  std::memcpy(&message, packet, sizeof(message));
  if (message.magic != kMessageMagic || message.version != kMessageVersion ||
      message.text_bytes != packet_bytes - sizeof(message)) {
    return std::nullopt;
  }
  if (text != nullptr) {
    *text = {static_cast<const char*>(packet) + sizeof(message), message.text_bytes};
  }
  return message;
}

// The overrides file.  First line "reprise overrides 1"; then one line a parameter: type, key and
// value, separated by one tab.  In key and value every byte outside of the printable ASCII
// characters, and the percent sign, is written as % and two hexadecimal digits.

inline constexpr std::string_view kOverridesFirstLine = "reprise overrides 1\n";
inline constexpr std::size_t kOverridesBytesMax = std::size_t{64} << 20;

struct Override {
  ParamType type = ParamType::kString;
  std::string key;
  std::string value;

  friend bool operator==(const Override&, const Override&) = default;
};

inline std::string_view ParamTypeName(ParamType type) {
  switch (type) {
    case ParamType::kInt:
      return "int";
    case ParamType::kReal:
      return "real";
    case ParamType::kBool:
      return "bool";
    case ParamType::kString:
      return "string";
    case ParamType::kJson:
      return "json";
  }
  return "string";
}

inline std::optional<ParamType> ParseParamTypeName(std::string_view name) {
  for (const ParamType type : {ParamType::kInt, ParamType::kReal, ParamType::kBool,
                               ParamType::kString, ParamType::kJson}) {
    if (name == ParamTypeName(type)) return type;
  }
  return std::nullopt;
}

inline void AppendEscaped(std::string& out, std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '%') {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
}

// The inverse of AppendEscaped(); nothing if an escape is not whole or a byte should have been one.
inline std::optional<std::string> Unescape(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte <= 0x20 || byte >= 0x7f) return std::nullopt;
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = digit(text[i + 1]);
    const int low = digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

// Appends one line; `out` begins with kOverridesFirstLine.
inline void AppendOverride(std::string& out, const Override& parameter) {
  out += ParamTypeName(parameter.type);
  out += '\t';
  AppendEscaped(out, parameter.key);
  out += '\t';
  AppendEscaped(out, parameter.value);
  out += '\n';
}

// Calls `visit(Override)` for each whole line of `file`.  Returns how many lines could not be read,
// or nothing if the first line is not that of this version.  An unterminated last line counts as
// unreadable.
template <typename Visit>
std::optional<std::size_t> ParseOverrides(std::string_view file, Visit&& visit) {
  if (!file.starts_with(kOverridesFirstLine)) return std::nullopt;
  file.remove_prefix(kOverridesFirstLine.size());
  std::size_t unreadable = 0;
  while (!file.empty()) {
    const std::size_t end = file.find('\n');
    if (end == std::string_view::npos) return unreadable + 1;
    const std::string_view line = file.substr(0, end);
    file.remove_prefix(end + 1);
    const std::size_t first = line.find('\t');
    const std::size_t second = first == std::string_view::npos ? first : line.find('\t', first + 1);
    if (second == std::string_view::npos) {
      ++unreadable;
      continue;
    }
    const auto type = ParseParamTypeName(line.substr(0, first));
    auto key = Unescape(line.substr(first + 1, second - first - 1));
    auto value = Unescape(line.substr(second + 1));
    if (!type || !key || !value) {
      ++unreadable;
      continue;
    }
    visit(Override{*type, *std::move(key), *std::move(value)});
  }
  return unreadable;
}

}  // namespace reprise::wire
