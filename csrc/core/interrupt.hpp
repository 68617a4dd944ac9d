// Ctrl-C while a kernel runs.
//
// Note [Interrupted kernels]
// A kernel that lets go of the host's lock (`Unlocked`) and runs for long asks now and then, on the
// thread that called it, whether the user wants it to stop: between the parts that parallel_for
// cuts (kernels/parallel), between the panels of a large product, and in long loops of its own,
// with `poll_kernel`. The host is asked every 100 milliseconds at most, and a kernel that is done
// before that never asks; without the lock let go nothing is asked, so workers of the pool never
// do.
//
// The answer is an exception on its way to the caller, so a result that is not finished is seen by
// nobody. What writes in place is not interrupted: while a `Whole` lives, kernels on its thread
// finish, and the exception comes after the call. A write of values, an optimizer's step, a
// gradient that is accumulated thus happen or do not happen. A generator of random numbers stays
// where an interrupted draw left it.
#pragma once

#include <cstdint>

namespace pyad {

/// Whether the kernel on this thread is to stop, the host's error being set; rarely asks the host.
/// Set by the host; null without one.
extern bool (*stop_asked)();

/// While one lives, kernels on this thread run to their end. See Note [Interrupted kernels].
class Whole {
 public:
  Whole() { ++count; }
  ~Whole() { --count; }
  Whole(const Whole&) = delete;
  Whole& operator=(const Whole&) = delete;
  static thread_local constinit int count;
};

/// True when the kernel is to end at once, with the error of `throw_interrupted`. Worth a call
/// every few microseconds.
inline bool kernel_interrupted() { return stop_asked && Whole::count == 0 && stop_asked(); }
[[noreturn]] void throw_interrupted();
/// Raises Error(kInterrupted) if the kernel is to stop.
inline void poll_kernel() {
  if (kernel_interrupted()) throw_interrupted();
}

/// Runs `body(begin, end)` over [0, n) in pieces of `piece`, asking between them.
template <class F>
void in_pieces(int64_t n, int64_t piece, F&& body) {
  for (int64_t begin = 0; begin < n; begin += piece) {
    if (begin > 0) poll_kernel();
    body(begin, n - begin < piece ? n : begin + piece);
  }
}

}  // namespace pyad
