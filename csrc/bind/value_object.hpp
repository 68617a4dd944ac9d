// The Python object of a scalar node: layout, making and ending, reading of operands. Shared by the
// files that make up `Value`.
//
// Note [Value objects are short]
// Most of the Values that an expression makes live until the next operator: the node stays in the
// graph, the object goes. So the object is little more than a pointer, and a free list hands it out
// again. Objects on the list keep the reference to their type.
#pragma once

#include <pybind11/pybind11.h>

#include <string_view>

#include "bind/object.hpp"
#include "bind/value.hpp"
#include "scalar/record.hpp"
#include "scalar/trace.hpp"

namespace pyad::bind {

using pyad::detail::value_type;

struct ValueObject {
  PyObject_HEAD ScalarNode* node;  // one count; on the free list, the next object
  NodeAnchor anchor;               // Note [One host object for a node]
  PyObject* weak_references;
};

struct ValueFreeList {
  static constexpr int kMost = 1024;
  ValueObject* first;
  int length;
};
extern ValueFreeList value_free_list;
/// An object without a node. Null with an exception set when there is no memory.
ValueObject* fresh_value_object();

inline ScalarNode* node_of(PyObject* value) { return reinterpret_cast<ValueObject*>(value)->node; }

/// A new object for `n`, which has none, taking over the caller's count. Null with an exception
/// set.
inline PyObject* adopt_node(ScalarNode* n) {
  ValueObject* o = value_free_list.first;
  if (o) [[likely]] {
    value_free_list.first = reinterpret_cast<ValueObject*>(o->node);
    --value_free_list.length;
    _Py_NewReference(reinterpret_cast<PyObject*>(o));
  } else {
    o = fresh_value_object();
    if (!o) {
      release_scalar(n);
      return nullptr;
    }
  }
  o->node = n;
  n->anchor_at(&o->anchor);
  return reinterpret_cast<PyObject*>(o);
}

/// The object of `n`: the one that lives, or a new one. Null with an exception set.
PyObject* object_of(ScalarNode* n);

/// Whether Python may see the number of `n`: not while it is being captured (Note [What a trace
/// refuses]). `how` it is read, as in "float()"; false with an exception set.
bool refuse_read(const ScalarNode* n, const char* how);
inline bool may_read(const ScalarNode* n, const char* how) {
  return !pyad::detail::open_traces || !refuse_read(n, how);
}

/// What an operand of an op is.
enum class Operandness : uint8_t { kNode, kNumber, kForeign, kFailed };

/// Anything that is not exactly a Value or a float.
Operandness read_other_operand(PyObject* o, ScalarOperand& out);

/// Reads a Value or a real number (Python's or NumPy's). kFailed: an exception is set.
inline Operandness read_operand(PyObject* o, ScalarOperand& out) {
  if (Py_TYPE(o) == value_type) {
    out.node = node_of(o);
    out.value = out.node->value;
    return Operandness::kNode;
  }
  if (PyFloat_CheckExact(o)) {
    out.value = PyFloat_AS_DOUBLE(o);
    return Operandness::kNumber;
  }
  return read_other_operand(o, out);
}

/// Reads a Value again: reading another operand may have run code that gave it another node.
inline void read_again(PyObject* o, ScalarOperand& out) {
  if (!out.node) return;
  out.node = node_of(o);
  out.value = out.node->value;
}

/// A real number of any kind, for what messages call `what` (null `o`: it is being deleted). False
/// with an exception set.
bool read_real(PyObject* o, const char* what, double& out);
/// A str. False with an exception set.
bool read_text(PyObject* o, const char* what, std::string_view& out);
PyObject* new_text(std::string_view s);

/// Replaces the node of `self`; takes over the caller's count of `n`.
void set_node(PyObject* self, ScalarNode* n);

// What the type is put together from: value_number.cpp, value_members.cpp, value_functions.cpp.
extern PyType_Slot value_number_slots[];
PyObject* value_repr(PyObject* self);
extern PyGetSetDef value_attributes[];
extern PyMethodDef value_methods[];
/// One method for each function of the op table, ended by an empty entry.
PyMethodDef* value_table_methods();

}  // namespace pyad::bind
