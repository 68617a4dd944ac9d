// What the Python package takes from the module as a whole: its version, the names that `from
// pyad._core import *` gives to `pyad`, and the finder of OpenBLAS.
#include "bind/function_object.hpp"
#include "bind/object.hpp"
#include "kernels/blas.hpp"

namespace pyad::bind {

namespace {

/// Public names that stand in no table: types and functions of this folder.
constexpr const char* kPublic[] = {"Generator",
                                   "RangeError",
                                   "ShapeError",
                                   "Tensor",
                                   "Value",
                                   "Size",
                                   "as_tensor",
                                   "asarray",
                                   "dtype",
                                   "from_numpy",
                                   "get_default_dtype",
                                   "get_num_threads",
                                   "get_rng_state",
                                   "initial_seed",
                                   "manual_seed",
                                   "seed",
                                   "set_default_dtype",
                                   "set_num_threads",
                                   "set_rng_state",
                                   "tensor"};

/// Asks pyad._blas, which knows where Python packages lie; called at the first product that is
/// large enough.
std::string find_blas() {
  try {
    return py::module_::import("pyad._blas").attr("find")().cast<std::string>();
  } catch (py::error_already_set& e) {
    if (!e.matches(PyExc_Exception)) throw;  // Ctrl-C is not "there is none"
    return "";
  }
}

}  // namespace

void bind_package(py::module_& m) {
  m.attr("__version__") = PYAD_VERSION;
  set_blas_finder(find_blas);
  py::set names;
  for (const char* name : kPublic) names.add(name);
  for (const DTypeInfo& info : kDTypeInfos) names.add(info.name);
  for (auto [name, o] : py::reinterpret_borrow<py::dict>(m.attr("__dict__")))
    if (is_callable_of_table(o.ptr())) names.add(name);
  py::list sorted(names);
  sorted.attr("sort")();
  m.attr("__all__") = sorted;
}

}  // namespace pyad::bind
