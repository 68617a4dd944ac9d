// The host hooks of the engine, answered by CPython.
#include "bind/host_hooks.hpp"

#include <Python.h>

#include <cxxabi.h>
#include <unistd.h>

#include <chrono>

#include "core/host.hpp"
#include "core/interrupt.hpp"

namespace pyad::bind {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kAskEvery = std::chrono::milliseconds(100);

/// Of a thread whose kernel runs without the lock: its state, and when to ask for signals.
struct Kernel {
  PyThreadState* state;
  Clock::time_point ask;
};
thread_local constinit Kernel t_kernel{nullptr, {}};

void* unlock() {
  t_kernel = {PyEval_SaveThread(), Clock::now() + kAskEvery};
  return t_kernel.state;
}
void lock(void* token) {
  t_kernel.state = nullptr;
  try {
    PyEval_RestoreThread(static_cast<PyThreadState*>(token));
  } catch (const abi::__forced_unwind&) {
    stay_for_ever();
  }
}

/// See Note [Interrupted kernels]. A handler runs here as between two lines of Python.
bool stop() {
  if (!t_kernel.state || Clock::now() < t_kernel.ask) return false;
  PyThreadState* state = t_kernel.state;
  lock(state);
  const bool raised = PyErr_CheckSignals() != 0;
  unlock();
  return raised;
}
bool holds_lock() { return PyGILState_Check() == 1; }

// A sweep over millions of small nodes never returns to the interpreter, so it also lets other
// threads have their turn: the engine asks every few nodes, which makes this some milliseconds.
constexpr unsigned kYieldEvery = 1024;
thread_local unsigned t_polls = 0;

bool interrupted() {
  if (++t_polls % kYieldEvery == 0) lock(unlock());
  return PyErr_CheckSignals() != 0;
}

bool warn(const char* text) { return PyErr_WarnEx(PyExc_UserWarning, text, 1) == 0; }

}  // namespace

void stay_for_ever() {
  for (;;) pause();
}

void install_host_hooks() {
  host.unlock = unlock;
  host.lock = lock;
  host.interrupted = interrupted;
  host.holds_lock = holds_lock;
  host.warn = warn;
  stop_asked = stop;
}

}  // namespace pyad::bind
