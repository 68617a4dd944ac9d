// What pybind11's types leave open, closed once all of them are made: their common base must not
// make objects (it throws through the interpreter), and an object must not become one of another
// type.
#include "bind/seal.hpp"

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

}  // namespace

void seal_types(py::module_& m) {
  for (auto [name, o] : py::reinterpret_borrow<py::dict>(m.attr("__dict__"))) {
    if (!PyType_Check(o.ptr()) || Py_TYPE(o.ptr()) != py::detail::get_internals().default_metaclass)
      continue;
    auto* type = reinterpret_cast<PyTypeObject*>(o.ptr());
    type->tp_flags |= Py_TPFLAGS_IMMUTABLETYPE;
    for (PyTypeObject* t : {type, type->tp_base}) {  // both, or `__new__` takes one for unsafe
      if (t->tp_new == make) continue;
      g_make = t->tp_new;
      t->tp_new = make;
    }
  }
}

}  // namespace pyad::bind
