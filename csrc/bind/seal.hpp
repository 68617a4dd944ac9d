// See seal.cpp; called when the module is complete.
#pragma once

#include "bind/object.hpp"

namespace pyad::bind {

void seal_types(py::module_& m);

}  // namespace pyad::bind
