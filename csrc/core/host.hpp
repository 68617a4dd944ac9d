// What the engine asks of the program it lives in: to let go of its lock during long work, and to say whether to stop.
//
// Python is that program; bind installs the hooks. The engine itself runs without any (C++ tests do).
#pragma once

namespace pyad {

struct HostHooks {
  void* (*unlock)() = nullptr;            // returns a token for `lock`
  void (*lock)(void* token) = nullptr;
  bool (*interrupted)() = nullptr;        // true: the user pressed Ctrl-C; the host's error is set
  bool (*holds_lock)() = nullptr;
};
extern HostHooks host;

extern thread_local constinit int locks_kept;

/// While one lives, this thread keeps the lock even during long work: what it does appears to other threads at once.
class LockKept {
 public:
  LockKept() { ++locks_kept; }
  ~LockKept() { --locks_kept; }
  LockKept(const LockKept&) = delete;
  LockKept& operator=(const LockKept&) = delete;
};

/// Lets other threads of the host run while `work` elements' worth of arithmetic goes on; cheap work keeps the lock.
class Unlocked {
 public:
  static constexpr double kWorthUnlocking = 400'000;  // elements: about 100 microseconds
  explicit Unlocked(double work) {
    if (work >= kWorthUnlocking && host.unlock && locks_kept == 0) token_ = host.unlock();
  }
  ~Unlocked() {
    if (token_) host.lock(token_);
  }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  void* token_ = nullptr;
};

/// Raises Error(kInterrupted) when the user asked to stop. Call it every few milliseconds of a long loop, with the lock held.
void poll_interrupt();

}  // namespace pyad
