// The log of what runs, for Python: see Note [What runs] in core/run_log.hpp.
#include "core/run_log.hpp"

#include <memory>

#include <utility>

#include "bind/face.hpp"
#include "bind/tensor_type.hpp"

namespace pyad::bind {

namespace {

void begin_run_log() {
  if (run_log) fail(ErrorKind::kRuntime, "begin_run_log: this thread keeps a log already");
  run_log = new RunLog;
}

/// (op, part, pieces of memory) of each op in the order in which they began, and what took or wrote
/// memory while none ran.
py::tuple end_run_log() {
  if (!run_log) fail(ErrorKind::kRuntime, "end_run_log: this thread keeps no log");
  const std::unique_ptr<RunLog> log(std::exchange(run_log, nullptr));
  py::list runs, outside;
  for (const RunLog::Run& r : log->runs) runs.append(py::make_tuple(r.op, r.part, r.writes));
  for (const std::string& what : log->outside) outside.append(what);
  return py::make_tuple(runs, outside);
}

}  // namespace

void bind_run_log(py::module_& m) {
  Faces(m)
      .def("begin_run_log", begin_run_log, "Begins to note which ops run on this thread.")
      .def("end_run_log", end_run_log,
           "What ran since `begin_run_log`: (op, part, pieces of memory it took or wrote) of each, "
           "and what took or wrote memory while no op ran.");
}

}  // namespace pyad::bind
