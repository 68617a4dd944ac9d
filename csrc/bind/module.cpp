// The module pyad._core: puts the pieces of this folder together and connects the engine with
// Python.
#include "bind/autograd.hpp"
#include "bind/elimination.hpp"
#include "bind/face.hpp"
#include "bind/function_object.hpp"
#include "bind/host_hooks.hpp"
#include "bind/object.hpp"
#include "bind/scalar_program.hpp"
#include "bind/seal.hpp"
#include "bind/tensor_type.hpp"
#include "bind/value.hpp"
#include "dispatch/install.hpp"
#include "kernels/blas.hpp"
#include "kernels/isa_select.hpp"
#include "kernels/parallel.hpp"
#include "scalar/node.hpp"

// The library exports its entry alone, below.
#undef PYBIND11_EXPORT
#define PYBIND11_EXPORT __attribute__((visibility("hidden")))

PYBIND11_MODULE(_core_of_main_interpreter, m) {
  using namespace pyad;
  using namespace pyad::bind;
  m.doc() = "The engine of pyad: tensors, scalar values, the op table, the graph.";
  bind_errors(m);
  init_face_types();
  install_engine();
  install_host_hooks();
  bind_dtypes(m);
  init_callable_type(m);
  bind_named_results(m);
  bind_size(m);
  bind_run_log(m);
  bind_tensor_type(m);
  bind_functions(m);
  bind_creation(m);
  bind_numpy(m);
  bind_random(m);
  bind_autograd(m);
  bind_batch(m);
  bind_optim(m);
  ::pyad::bind_value(m);
  bind_scalar_program(m);
  bind_elimination(m);

  Faces faces(m);
  faces.def(
      "live_counts",
      [] {
        py::dict d;
        d["nodes"] = live.nodes;
        d["tensors"] = live.tensors;
        d["buffers"] = live.buffers;
        d["bytes"] = live.bytes;
        d["values"] = live_scalars();
        return d;
      },
      "Engine objects alive now: nodes, tensors, buffers, and bytes of elements.");
  faces.def(
      "isa", [] { return isa_name(); },
      "Instruction set of the kernels in use: generic, v3 or v4.");
  faces.def("get_num_threads", &num_threads, "Threads that large kernels use.");
  faces.def(
      "set_num_threads",
      [](int n) {
        if (n < 1) fail(ErrorKind::kValue, "set_num_threads: expects a positive number, got ", n);
        set_num_threads(n);
      },
      py::arg("n"), "Sets the number of threads that large kernels use.");
  faces.def(
      "_set_largest_grain",
      [](int64_t n) {
        if (n < 1) fail(ErrorKind::kValue, "_set_largest_grain: expects a positive number");
        detail::largest_grain = n;
      },
      py::arg("n"),
      "For tests: how many elements a thread's part of a kernel has at most before it is cut.");
  bind_package(m);
  faces.def("trim_memory", &trim_buffer_cache,
            "Returns cached element memory of this thread to the system.");
  seal_types(m);
}

// The module's entry. Python objects are held in C++ statics, so there is one interpreter that can
// use them; pybind11, asked in another one, would wait for a lock that is its own thread's.
extern "C" __attribute__((visibility("default"))) PyObject* PyInit__core() {
  if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
    PyErr_SetString(
        PyExc_ImportError,
        "pyad works in the main interpreter only; a subinterpreter cannot import it. Use "
        "a process (multiprocessing) or a thread");
    return nullptr;
  }
  return PyInit__core_of_main_interpreter();
}
