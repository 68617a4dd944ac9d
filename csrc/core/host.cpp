// The installed host hooks.
#include "core/host.hpp"

#include "core/error.hpp"

namespace pyad {

HostHooks host;
thread_local constinit int locks_kept = 0;

void poll_interrupt() {
  if (host.interrupted && host.interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted");
}

}  // namespace pyad
