// See Note [Interrupted kernels].
#include "core/interrupt.hpp"

#include "core/error.hpp"

namespace pyad {

bool (*stop_asked)() = nullptr;
thread_local constinit int Whole::count = 0;

void throw_interrupted() { throw Error(ErrorKind::kInterrupted, "interrupted"); }

}  // namespace pyad
