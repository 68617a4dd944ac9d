// What pybind11's types leave open, closed: see seal.cpp for what is done once the module is
// complete. An object that `__new__` made and no `__init__` has begun is no argument of any
// function: pybind11 would lend it memory that nobody has written.
#pragma once

#include "bind/object.hpp"

namespace pyad::bind {

void seal_types(py::module_& m);

/// Base of the type_caster of a type that is bound with py::class_.
template <class T>
struct BegunCaster : py::detail::type_caster_base<T> {
  bool load(py::handle src, bool convert) {
    if (src && py::isinstance<T>(src)) {
      auto* instance = reinterpret_cast<py::detail::instance*>(src.ptr());
      if (!instance->get_value_and_holder().value_ptr()) return false;
    }
    return py::detail::type_caster_base<T>::load(src, convert);
  }
};

}  // namespace pyad::bind
