#include "tracker/recorder/sdk_hub.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sdk/wire/messages.h"

namespace reprise::tracker {
namespace {

constexpr int kRequestWaitMs = 100;

std::string EncodeOverrides(const std::map<std::string, lineage::ParamValue>& params,
                            const std::map<std::string, std::string>& texts) {
  std::string text(wire::kOverridesFirstLine);
  for (const auto& [key, value] : params) {
    const auto type = wire::ParseParamTypeName(lineage::ParamTypeName(value.type()));
    REPRISE_ASSERT(type.has_value());
    wire::AppendOverride(text, {*type, key, texts.at(key)});
  }
  return text;
}

Error SocketError(const std::string& folder) {
  return {ErrorCode::kIoError, "cannot listen in '" + Printable(folder) +
                                   "' for programs that use the SDK: " + std::strerror(errno)};
}

// The address of a socket holds 108 bytes and paths are longer, so it is bound through the folder's
// descriptor.
Result<int> Listen(const std::string& folder) {
  const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) return SocketError(folder);
  const int folder_fd = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path =
      "/proc/self/fd/" + std::to_string(folder_fd) + "/" + wire::kSocketFileName;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  // A recorder that died left its socket behind.
  if (folder_fd >= 0) unlinkat(folder_fd, wire::kSocketFileName, 0);
  const bool listening =
      folder_fd >= 0 &&
      bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      listen(listener, 128) == 0;
  const Error error = SocketError(folder);
  if (folder_fd >= 0) close(folder_fd);
  if (listening) return listener;
  close(listener);
  return error;
}

void Reply(int client, wire::DoneStatus status, std::string_view text) {
  text = text.substr(0, wire::kMessageTextBytesMax);
  wire::Message message;
  message.kind = static_cast<std::uint16_t>(wire::MessageKind::kDone);
  message.status = static_cast<std::uint32_t>(status);
  message.text_bytes = static_cast<std::uint32_t>(text.size());
  std::string packet(reinterpret_cast<const char*>(&message), sizeof message);
  packet += text;
  (void)!send(client, packet.data(), packet.size(), MSG_NOSIGNAL);  // It may have died.
}

}  // namespace

Result<std::unique_ptr<SdkHub>> SdkHub::Open(
    FileSystem& files, Session& session, const std::map<std::string, lineage::ParamValue>& params,
    const std::map<std::string, std::string>& texts, storage::ImportOptions importing,
    FileSystem* sandbox_files) {
  REPRISE_TRY(WriteFileAtomically(files, JoinPath(session.folder(), wire::kOverridesFileName),
                                  EncodeOverrides(params, texts), 0600));
  REPRISE_ASSIGN_OR_RETURN(auto drain, SegmentDrain::Open(files, session, std::move(importing), sandbox_files));
  REPRISE_ASSIGN_OR_RETURN(const int listener, Listen(session.folder()));
  return std::unique_ptr<SdkHub>(new SdkHub(std::move(drain), listener));
}

SdkHub::~SdkHub() { close(listener_); }

Result<void> SdkHub::Serve() {
  REPRISE_TRY(drain_->Drain(Writer::kMayLive));
  for (;;) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return {};
    auto answered = Answer(client);
    close(client);
    REPRISE_TRY(std::move(answered));
  }
}

Result<void> SdkHub::ServeLast() {
  REPRISE_TRY(Serve());
  return drain_->CheckAllRead();
}

Result<void> SdkHub::Answer(int client) {
  pollfd readable{client, POLLIN, 0};
  if (poll(&readable, 1, kRequestWaitMs) <= 0) return {};
  char packet[sizeof(wire::Message) + wire::kMessageTextBytesMax];
  const ssize_t size_bytes = recv(client, packet, sizeof packet, 0);
  const auto message = size_bytes > 0
                           ? wire::ParseMessage(packet, static_cast<std::size_t>(size_bytes))
                           : std::nullopt;
  if (!message.has_value()) return {};
  auto drained = drain_->Drain(Writer::kMayLive);
  if (!drained.ok()) {
    Reply(client, wire::DoneStatus::kFailed, drained.error().message);
    return drained;
  }
  const std::string problems = drain_->TakeProblems();
  Reply(client, problems.empty() ? wire::DoneStatus::kStored : wire::DoneStatus::kFailed, problems);
  if (message->kind == static_cast<std::uint16_t>(wire::MessageKind::kFinish)) {
    finished_.insert(message->pid);
  }
  return {};
}

}  // namespace reprise::tracker
