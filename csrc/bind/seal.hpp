// What pybind11's types and functions leave open, closed once the module is complete: see seal.cpp.
#pragma once

#include "bind/object.hpp"

namespace pyad::bind {

void seal_types(py::module_& m);

}  // namespace pyad::bind
