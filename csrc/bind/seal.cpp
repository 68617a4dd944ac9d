// What pybind11's types leave open, closed once all of them are made: their common base must not
// make objects (it throws through the interpreter), an object must not become one of another type,
// and none of its functions must be left where somebody can call it: Note [Faces] in face.hpp.
#include "bind/seal.hpp"
#include "bind/text.hpp"

#include <string_view>

namespace pyad::bind {

namespace {

newfunc g_make = nullptr;  // pybind11's own

PyObject* make(PyTypeObject* type, PyObject* args, PyObject* named) {
  return guarded([&]() -> PyObject* {
    if (py::detail::all_type_info(type).empty())
      fail(ErrorKind::kType, "cannot create '", type->tp_name, "' instances");
    return g_make(type, args, named);
  });
}

/// Fails where a function of pybind11's stands in `names`, a module's or a type's.
void refuse_pybind_functions(const py::dict& names) {
  for (auto [name, o] : names) {
    if (PyCFunction_Check(o.ptr()) || PyInstanceMethod_Check(o.ptr())) {
      const py::object self = py::getattr(o, "__self__", py::none());
      if (std::string_view(Py_TYPE(self.ptr())->tp_name).starts_with("pybind11"))
        fail(ErrorKind::kRuntime, shown_text(py::str(name).ptr()), " is not a Face");
    }
  }
}

}  // namespace

void seal_types(py::module_& m) {
  refuse_pybind_functions(m.attr("__dict__"));
  for (auto [name, o] : py::reinterpret_borrow<py::dict>(m.attr("__dict__"))) {
    if (!PyType_Check(o.ptr()) || Py_TYPE(o.ptr()) != py::detail::get_internals().default_metaclass)
      continue;
    auto* type = reinterpret_cast<PyTypeObject*>(o.ptr());
    // Another extension's way to the C++ object: no part of the interface.
    if (py::hasattr(o, "_pybind11_conduit_v1_")) py::delattr(o, "_pybind11_conduit_v1_");
    refuse_pybind_functions(py::dict(o.attr("__dict__")));
    type->tp_flags |= Py_TPFLAGS_IMMUTABLETYPE;
    for (PyTypeObject* t : {type, type->tp_base}) {  // both, or `__new__` takes one for unsafe
      if (t->tp_new == make) continue;
      g_make = t->tp_new;
      t->tp_new = make;
    }
  }
}

}  // namespace pyad::bind
