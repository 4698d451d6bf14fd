#include "tracker/trace/blind_spots.h"

#include <array>
#include <string_view>
#include <utility>

namespace reprise::tracker {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kSentences = {{
    {"network", "network: what came over it is not recorded"},
    {"sockets", "sockets: whoever answered on a socket of this machine is not part of the record"},
    {"io_uring", "io_uring: it was asked for and refused; the program went on without it"},
    {"namespaces", "namespaces: the command changed what its paths mean"},
    {"mounts", "mounts: the command mounted file systems"},
    {"process namespaces", "process namespaces: a process could not be looked into"},
    {"file handles", "file handles: a file was opened by its handle, without a path"},
    {"seccomp", "seccomp: the command asked to trace its own children, which was refused"},
    {"moved folders",
     "moved folders: a folder that was there before was renamed; what lies in it was not followed"},
    {"openat2 roots", "openat2 roots: a path was resolved below a root of its own"},
    {"ptrace", "ptrace: the command asked to debug its own children, which was refused"},
    {"maps",
     "maps: only files that were mapped into memory, such as libraries, were seen; what the "
     "command "
     "just read or wrote was not"},
    {"unknown calls", "unknown calls: a system call that this release does not know was met"},
}};

// How a trace that broke off is told.
constexpr std::string_view kEnded = "what came after the trace had ended: ";
constexpr std::string_view kTorn = "the end of the trace, which is torn";
constexpr std::string_view kEndedEarly =
    "what came after the trace had ended early: its tracer was killed, or could not write";

}  // namespace

std::vector<std::string> BlindSpotSentences(const Trace& trace) {
  std::vector<std::string> sentences;
  for (const std::string& spot : trace.blind_spots) {
    std::string sentence = spot;
    for (const auto& [word, text] : kSentences) {
      if (word == spot) sentence = text;
    }
    sentences.push_back(std::move(sentence));
  }
  if (!trace.failure.empty()) {
    sentences.push_back(std::string(kEnded) + trace.failure);
  }
  if (trace.dropped_bytes > 0) {
    sentences.emplace_back(kTorn);
  } else if (!trace.ended && trace.failure.empty()) {
    sentences.emplace_back(kEndedEarly);
  }
  return sentences;
}

bool SaysTraceBrokeOff(std::string_view sentence) {
  return sentence.starts_with(kEnded) || sentence == kTorn || sentence == kEndedEarly;
}

}  // namespace reprise::tracker
