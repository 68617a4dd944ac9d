// Calls as they run, and the memory they take or write: told to a log while somebody keeps one.
//
// Note [What runs]
// Whatever writes an array's memory does so inside a call: of an op's forward kernels, of a pull in
// a sweep, of an optimizer's step, a draw, a write into an array. Each opens a `Running` and says
// its record (`OpInfo`), its attributes, what it was given and what came of it, so that a call is
// data whoever makes it; what runs inside another call is a part of it. A log that is kept
// (`CallLog` in dispatch/call_log.hpp) can run every call again and compare. Memory that is
// allocated or prepared for a write is counted for the call that runs, and told apart where none
// does. Copies by which a saved value stays what it was are no calls (`Keeping`): Note
// [Copy-on-write of saved values].
#pragma once

#include <span>

#include "core/tensor.hpp"

namespace pyad {

struct OpInfo;

/// What is told, on one thread.
class RunLog {
 public:
  virtual ~RunLog() = default;
  virtual void open() = 0;
  virtual void is(const OpInfo& op, const void* attr, std::span<const Tensor> in) = 0;
  virtual void gave(std::span<const Tensor> out) = 0;
  virtual void close() = 0;
  /// A piece of memory was taken or prepared for a write.
  virtual void memory(const char* what) = 0;
  /// Values were looked at: Note [Reading values] in core/tensor.hpp.
  virtual void read() = 0;
  int depth = 0;  // calls inside calls
};

/// The log of this thread; null while nobody asks.
[[gnu::tls_model("initial-exec")]] extern thread_local constinit RunLog* run_log;

/// Tells the log of a piece of memory that is taken or written.
[[gnu::cold, gnu::noinline]] void log_memory(const char* what);

[[gnu::cold, gnu::noinline]] void log_read();

/// While one lives, a call runs.
class Running {
 public:
  /// Its record is told later, by `is`: what would cost something to say is said where `logged`.
  Running() : log_(run_log) {
    if (log_) [[unlikely]]
      enter();
  }
  Running(const OpInfo& op, const void* attr, std::span<const Tensor> in) : Running() {
    if (log_) [[unlikely]]
      is(op, attr, in);
  }
  ~Running() {
    if (log_) [[unlikely]]
      leave();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  bool logged() const { return log_ != nullptr; }
  /// `in` as it is now: to be told before any of it is written.
  [[gnu::cold, gnu::noinline]] void is(const OpInfo& op, const void* attr,
                                       std::span<const Tensor> in) const;
  /// What it returns, or wrote.
  void gave(std::span<const Tensor> out) const {
    if (log_) [[unlikely]]
      tell(out);
  }
  void gave(const Tensor& out) const { gave({&out, 1}); }

 private:
  [[gnu::cold, gnu::noinline]] void enter() const;
  [[gnu::cold, gnu::noinline]] void tell(std::span<const Tensor> out) const;
  [[gnu::cold, gnu::noinline]] void leave() const;
  RunLog* log_;
};

/// While one lives, memory that is copied only keeps what an array showed.
class Keeping {
 public:
  Keeping() : log_(run_log) {
    if (log_) [[unlikely]]
      ++log_->depth;
  }
  ~Keeping() {
    if (log_) [[unlikely]]
      --log_->depth;
  }
  Keeping(const Keeping&) = delete;
  Keeping& operator=(const Keeping&) = delete;

 private:
  RunLog* log_;
};

/// While one lives, the log of this thread is not told anything.
class Unlogged {
 public:
  Unlogged() : log_(run_log) { run_log = nullptr; }
  ~Unlogged() { run_log = log_; }
  Unlogged(const Unlogged&) = delete;
  Unlogged& operator=(const Unlogged&) = delete;

 private:
  RunLog* log_;
};

/// What the floors of arrays and kernels do by themselves; the floor of ops has the records.
struct BasicRuns {
  void (*filled)(const Running& now, const Tensor& made, Scalar v) = nullptr;
  /// Elements of `x` in another dtype or order of memory.
  void (*copied)(const Running& now, const Tensor& x, const Tensor& made) = nullptr;
};
extern BasicRuns basic_runs;

}  // namespace pyad
