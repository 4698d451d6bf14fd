#include "tracker/trace/trace_orders.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>

namespace reprise::tracker {
namespace {

// One message; no more of the program is sent than there is.
struct Order {
  enum class Kind : int { kGo, kAdmitTracer, kInstallFilter };
  Kind kind = Kind::kGo;
  pid_t tracer = 0;
  unsigned instructions = 0;
  sock_filter program[BPF_MAXINSNS];
};
constexpr std::size_t kOrderHeadBytes = offsetof(Order, program);

constexpr int kAnswerPollMs = 5;

ssize_t Receive(int socket, std::span<std::byte> message) {
  ssize_t count;
  do {
    count = recv(socket, message.data(), message.size(), 0);
  } while (count < 0 && errno == EINTR);
  return count;
}

bool Send(int socket, const Order& order) {
  const std::size_t size = kOrderHeadBytes + order.instructions * sizeof(sock_filter);
  return send(socket, &order, size, MSG_NOSIGNAL) == static_cast<ssize_t>(size);
}

bool ReceiveAnswer(int socket, int& error_number) {
  return Receive(socket, std::as_writable_bytes(std::span(&error_number, 1))) ==
         sizeof error_number;
}

}  // namespace

void FollowTraceOrders(int socket) {
  for (;;) {
    Order order;
    const ssize_t size = Receive(socket, std::as_writable_bytes(std::span(&order, 1)));
    if (size < static_cast<ssize_t>(kOrderHeadBytes) || order.kind == Order::Kind::kGo) return;
    int error_number = 0;
    if (order.kind == Order::Kind::kInstallFilter) {
      error_number = -InstallPtraceFilter(std::span(order.program, order.instructions));
#ifdef PR_SET_PTRACER
    } else if (prctl(PR_SET_PTRACER, order.tracer, 0, 0, 0) != 0) {
      error_number = errno;  // EINVAL: everybody of the same user may, as far as Yama goes.
#endif
    }
    (void)!send(socket, &error_number, sizeof error_number, MSG_NOSIGNAL);
  }
}

bool TraceOrders::AdmitTracer(pid_t tracer) const {
  Order order{.kind = Order::Kind::kAdmitTracer, .tracer = tracer};
  int ignored = 0;
  return Send(socket_, order) && ReceiveAnswer(socket_, ignored);
}

int TraceOrders::InstallFilter(const FilterProgram& program,
                               const std::function<void()>& meanwhile) const {
  Order order{.kind = Order::Kind::kInstallFilter,
              .instructions = static_cast<unsigned>(program.size())};
  std::ranges::copy(program, order.program);
  if (!Send(socket_, order)) return ESRCH;
  pollfd answered{socket_, POLLIN, 0};
  while (poll(&answered, 1, kAnswerPollMs) <= 0) meanwhile();
  int error_number = 0;
  return ReceiveAnswer(socket_, error_number) ? error_number : ESRCH;
}

void TraceOrders::Go() const { (void)Send(socket_, Order{}); }

}  // namespace reprise::tracker
