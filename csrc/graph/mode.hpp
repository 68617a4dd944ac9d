// Per-thread switches: whether ops leave nodes, and how many forward-mode levels are open.
#pragma once

namespace pyad {

struct IdleExchange;

struct Mode {
  bool grad = true;        // ops record nodes
  bool unwatched = false;  // inside a sweep that records nothing: its views need no base, since
                           // nobody writes to them
  int levels = 0;          // open levels of both kinds: Note [Levels] in graph/levels.hpp
  int dual_levels = 0;     // of forward mode; zero means no tensor can carry a tangent that matters
  int batch_levels = 0;    // of vmap
  IdleExchange* idle = nullptr;  // of the innermost sweep; see graph/idle.hpp
};
[[gnu::tls_model("initial-exec")]] extern thread_local constinit Mode mode;

/// Puts the switches back at its end (open levels are closed by whoever opened them).
class ModeGuard {
 public:
  ModeGuard() : saved_(mode) {}
  ~ModeGuard() {
    mode.grad = saved_.grad;
    mode.unwatched = saved_.unwatched;
    mode.idle = saved_.idle;
  }
  ModeGuard(const ModeGuard&) = delete;
  ModeGuard& operator=(const ModeGuard&) = delete;

 private:
  Mode saved_;
};

class GradModeGuard {
 public:
  explicit GradModeGuard(bool grad) : saved_(mode.grad) { mode.grad = grad; }
  ~GradModeGuard() { mode.grad = saved_; }
  GradModeGuard(const GradModeGuard&) = delete;
  GradModeGuard& operator=(const GradModeGuard&) = delete;

 private:
  bool saved_;
};

}  // namespace pyad
