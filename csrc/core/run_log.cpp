// The log of what runs: see Note [What runs].
#include "core/run_log.hpp"

namespace pyad {

thread_local constinit RunLog* run_log = nullptr;

void log_memory(const char* what) {
  if (run_log->depth > 0)
    ++run_log->runs.back().writes;
  else
    run_log->outside.emplace_back(what);
}

void Running::enter(const char* op, const char* part) {
  if (run_log->depth++ == 0) run_log->runs.push_back({op, part, 0});
}

void Running::leave() {
  if (run_log) --run_log->depth;
}

}  // namespace pyad
