// What the engine asks of Python: its lock, and whether the user pressed Ctrl-C.
#pragma once

namespace pyad::bind {

void install_host_hooks();

/// Note [Threads at the end of the interpreter]
/// Once the interpreter ends, CPython (before 3.14) stops a daemon thread where it next asks for
/// the lock, by pthread_exit: an unwinding through C++ frames that may be neither kept nor let
/// through `noexcept`, else the process aborts. So it is caught where the engine meets it (the
/// lock's hook, and `set_python_error`), and the thread stays there until the process is gone.
[[noreturn]] void stay_for_ever();

}  // namespace pyad::bind
