// Which ops ran, and which of them took or wrote memory: kept while somebody asks for it.
//
// Note [What runs]
// Whatever writes an array's memory does so inside an op: a forward kernel, a pull of a sweep, a
// step of an optimizer, a draw, an assignment. Each opens a `Running` under its name around its
// kernels; what runs inside another is a part of it. While a log is kept, memory that is allocated,
// or prepared for a write, is counted for the op that runs, and told apart where none does, so that
// a test can walk a program and see that nothing goes around the ops (tests/test_what_runs.py).
#pragma once

#include <string>
#include <vector>

namespace pyad {

struct RunLog {
  struct Run {
    const char* op;
    const char* part;  // "" for a value, else what of the op it was: "pull", "step" ...
    int writes;        // pieces of memory taken or written
  };
  std::vector<Run> runs;
  std::vector<std::string> outside;  // what took or wrote memory while no op ran
  int depth = 0;
};

/// The log of this thread; null while nobody asks.
[[gnu::tls_model("initial-exec")]] extern thread_local constinit RunLog* run_log;

/// Counts a piece of memory that is taken or written.
[[gnu::cold, gnu::noinline]] void log_memory(const char* what);

/// While one lives, its op runs.
class Running {
 public:
  explicit Running(const char* op, const char* part = "") : open_(run_log != nullptr) {
    if (open_) [[unlikely]]
      enter(op, part);
  }
  ~Running() {
    if (open_) [[unlikely]]
      leave();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  [[gnu::cold, gnu::noinline]] static void enter(const char* op, const char* part);
  [[gnu::cold, gnu::noinline]] static void leave();
  bool open_;
};

}  // namespace pyad
