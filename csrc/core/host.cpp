// The installed host hooks.
#include "core/host.hpp"

#include <pthread.h>

#include <algorithm>
#include <vector>

#include "core/buffer.hpp"
#include "core/error.hpp"

namespace pyad {

HostHooks host;
thread_local constinit int locks_kept = 0;

namespace {
// All under the host's lock.
uint64_t g_clock = 0;
std::vector<uint64_t> g_running;  // kernels without the lock, ascending
struct Waiting {
  uint64_t since;
  Ref<Buffer> buffer;
};
std::vector<Waiting> g_waiting;
}  // namespace

uint64_t begin_unlocked() {
  // Of other threads' kernels nothing runs on in a child of fork, and nobody would end them.
  [[maybe_unused]] static const int once =
      pthread_atfork(nullptr, nullptr, [] { g_running.clear(); });
  g_running.push_back(++g_clock);
  return g_clock;
}

void end_unlocked(uint64_t number) noexcept {
  std::erase(g_running, number);
  if (g_waiting.empty()) return;
  uint64_t oldest = g_running.empty() ? UINT64_MAX : g_running.front();
  std::erase_if(g_waiting, [&](const Waiting& w) { return w.since < oldest; });
}

void keep_while_unlocked(Ref<Buffer> b) {
  if (!g_running.empty()) g_waiting.push_back({g_clock, std::move(b)});
}

void warn(const std::string& text) {
  if (host.warn && !host.warn(text.c_str())) throw Error(ErrorKind::kHost, "a warning as an error");
}

void poll_interrupt() {
  if (host.interrupted && host.interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted");
}

}  // namespace pyad
