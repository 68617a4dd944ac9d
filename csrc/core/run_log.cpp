// Where calls tell a log that they run: see Note [What runs].
#include "core/run_log.hpp"

namespace pyad {

thread_local constinit RunLog* run_log = nullptr;
BasicRuns basic_runs;

void log_memory(const char* what) { run_log->memory(what); }

void log_read() { run_log->read(); }

void Running::enter() const {
  if (log_->depth++ == 0) log_->open();
}

void Running::is(const OpInfo& op, const void* attr, std::span<const Tensor> in) const {
  if (log_->depth == 1) log_->is(op, attr, in);
}

void Running::tell(std::span<const Tensor> out) const {
  if (log_->depth == 1) log_->gave(out);
}

void Running::leave() const {
  if (--log_->depth == 0) log_->close();
}

}  // namespace pyad
