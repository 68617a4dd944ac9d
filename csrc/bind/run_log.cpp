// The log of what runs, for Python: see Note [What runs] in core/run_log.hpp.
#include <memory>
#include <utility>

#include "bind/face.hpp"
#include "bind/tensor_type.hpp"
#include "dispatch/call_log.hpp"

namespace pyad::bind {

namespace {

void begin_run_log(bool hold) {
  if (run_log) fail(ErrorKind::kRuntime, "begin_run_log: this thread keeps a log already");
  run_log = new CallLog(hold);
}

/// (op, part, attributes, pieces of memory) of each call in the order in which they began; what took
/// or wrote memory while none ran; if `again`, which calls give something else when they are run
/// again on what they were given; and how often values were looked at while none ran.
py::tuple end_run_log(bool again) {
  if (!run_log) fail(ErrorKind::kRuntime, "end_run_log: this thread keeps no log");
  if (run_log->depth) fail(ErrorKind::kRuntime, "end_run_log: a call runs");
  const std::unique_ptr<CallLog> log(static_cast<CallLog*>(std::exchange(run_log, nullptr)));
  py::list runs, outside, others;
  for (const CallLog::Call& c : log->calls())
    runs.append(py::make_tuple(c.op->name, c.op->part, c.attr.text(), c.pieces));
  for (const std::string& what : log->outside()) outside.append(what);
  if (again)
    for (const CallLog::Call& c : log->calls())
      if (std::string what = CallLog::differs_again(c); !what.empty()) others.append(what);
  return py::make_tuple(runs, outside, others, log->reads());
}

}  // namespace

void bind_run_log(py::module_& m) {
  Faces(m)
      .def("begin_run_log", begin_run_log, py::arg("hold") = false,
           "Begins to note which calls run on this thread; with `hold` also whether the memory of "
           "an array changes while none writes to it.")
      .def("end_run_log", end_run_log, py::arg("again") = false,
           "What ran since `begin_run_log`: (op, part, attributes, pieces of memory it took or "
           "wrote) of each call; what took or wrote memory while no call ran; if `again`, which "
           "calls gave something else when they were run again; and how often values were looked "
           "at while no call ran.");
}

}  // namespace pyad::bind
