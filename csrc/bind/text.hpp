// The text of Python strings, which need have no UTF-8 form.
#pragma once

#include <string>

#include "bind/object.hpp"

namespace pyad::bind {

/// The text of a str; throws Python's UnicodeEncodeError for one that has no UTF-8 form.
std::string text_of(PyObject* text);
/// The text of a str for an error message: what has no UTF-8 form as escapes.
std::string shown_text(PyObject* text);

}  // namespace pyad::bind
