// The host hooks of the engine, answered by CPython.
#include "bind/host_hooks.hpp"

#include <Python.h>

#include <cxxabi.h>
#include <unistd.h>

#include "core/host.hpp"

namespace pyad::bind {

namespace {

void* unlock() { return PyEval_SaveThread(); }
void lock(void* token) {
  try {
    PyEval_RestoreThread(static_cast<PyThreadState*>(token));
  } catch (const abi::__forced_unwind&) {
    stay_for_ever();
  }
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
}

}  // namespace pyad::bind
