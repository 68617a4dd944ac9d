// `guarded` for calls of ops: an error that does not know which op it ends is given its name. Apart
// from object.hpp, as few files call ops.
#pragma once

#include "bind/object.hpp"

namespace pyad::bind {

/// As set_python_error, in a call of `op`.
void set_python_error_of(const char* op) noexcept;

template <class F>
inline PyObject* guarded_as(const char* op, F&& f) noexcept {
  try {
    return f();
  } catch (...) {
    set_python_error_of(op);
    return nullptr;
  }
}

}  // namespace pyad::bind
