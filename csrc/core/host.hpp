// What the engine asks of the program it lives in: to let go of its lock during long work, and to
// say whether to stop, and to warn the user.
//
// Python is that program; bind installs the hooks. The engine itself runs without any (C++ tests
// do).
//
// Note [Memory in use without the lock]
// A kernel that runs unlocked reads the buffer it was given. Handles on the stack keep arrays alive
// meanwhile, but an in-place write on another thread may give a storage another buffer and let go
// of the first. Such a buffer waits (`keep_while_unlocked`) until every kernel that was running
// when it was replaced has ended.
#pragma once

#include <cstdint>
#include <string>

#include "core/ref.hpp"

namespace pyad {

struct Buffer;

struct HostHooks {
  void* (*unlock)() = nullptr;  // returns a token for `lock`
  void (*lock)(void* token) = nullptr;
  bool (*interrupted)() = nullptr;  // true: the user pressed Ctrl-C; the host's error is set
  bool (*holds_lock)() = nullptr;
  bool (*warn)(const char* text) = nullptr;  // false: the host made an error of it, which is set
};
extern HostHooks host;

extern thread_local constinit int locks_kept;

/// While one lives, this thread keeps the lock even during long work: what it does appears to other
/// threads at once.
class LockKept {
 public:
  LockKept() { ++locks_kept; }
  ~LockKept() { --locks_kept; }
  LockKept(const LockKept&) = delete;
  LockKept& operator=(const LockKept&) = delete;
};

/// Number of a kernel that starts to run without the lock; to be given back with the lock held
/// again.
uint64_t begin_unlocked();
void end_unlocked(uint64_t number) noexcept;
/// See Note [Memory in use without the lock].
void keep_while_unlocked(Ref<Buffer> b);

/// Lets other threads of the host run while `work` elements' worth of arithmetic goes on; cheap
/// work keeps the lock.
class Unlocked {
 public:
  static constexpr double kWorthUnlocking = 400'000;  // elements: about 100 microseconds
  explicit Unlocked(double work) {
    if (work >= kWorthUnlocking && host.unlock && locks_kept == 0) {
      number_ = begin_unlocked();
      token_ = host.unlock();
    }
  }
  ~Unlocked() {
    if (!token_) return;
    host.lock(token_);
    end_unlocked(number_);
  }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  void* token_ = nullptr;
  uint64_t number_ = 0;
};

/// Tells the user what is allowed and likely a mistake. With the lock held, before anything is
/// changed: the host may make an error of it, which is raised.
void warn(const std::string& text);

/// Raises Error(kInterrupted) when the user asked to stop. Call it every few milliseconds of a long
/// loop, with the lock held.
void poll_interrupt();

}  // namespace pyad
