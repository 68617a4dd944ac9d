// The host hooks of the engine, answered by CPython.
#include "bind/host_hooks.hpp"

#include <Python.h>

#include "core/host.hpp"

namespace pyad::bind {

namespace {

void* unlock() { return PyEval_SaveThread(); }
void lock(void* token) { PyEval_RestoreThread(static_cast<PyThreadState*>(token)); }
bool holds_lock() { return PyGILState_Check() == 1; }

// A sweep over millions of small nodes never returns to the interpreter, so it also lets other
// threads have their turn: the engine asks every few nodes, which makes this some milliseconds.
constexpr unsigned kYieldEvery = 1024;
thread_local unsigned t_polls = 0;

bool interrupted() {
  if (++t_polls % kYieldEvery == 0) {
    Py_BEGIN_ALLOW_THREADS;
    Py_END_ALLOW_THREADS;
  }
  return PyErr_CheckSignals() != 0;
}

bool warn(const char* text) { return PyErr_WarnEx(PyExc_UserWarning, text, 1) == 0; }

}  // namespace

void install_host_hooks() {
  host.unlock = unlock;
  host.lock = lock;
  host.interrupted = interrupted;
  host.holds_lock = holds_lock;
  host.warn = warn;
}

}  // namespace pyad::bind
