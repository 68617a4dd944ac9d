// The text of Python strings; apart from their users, which share no other header.
#include "bind/text.hpp"

namespace pyad::bind {

std::string text_of(PyObject* text) {
  Py_ssize_t n;
  const char* t = PyUnicode_AsUTF8AndSize(text, &n);
  if (!t) throw_python_error();
  return std::string(t, static_cast<size_t>(n));
}

std::string shown_text(PyObject* text) {
  const Owned bytes(checked(PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace")));
  return PyBytes_AS_STRING(bytes.get());
}

}  // namespace pyad::bind
