// The operators of `Value`: number slots and comparisons. Each op is inlined from the table,
// because an operator's whole cost is a few tens of nanoseconds.
//
// Note [Division by zero in scalar programs]
// A program of numbers expects `x / 0` and `0.0 ** -1` to raise ZeroDivisionError, as Python's
// floats do; the operators / // % ** raise it exactly where theirs would. All else that leaves the
// domain gives inf or NaN, as in arrays, and so do the functions
// (`pyad.div`, `Value.log` ...), also where the operator would raise, and so do captured programs.
#include "bind/value_object.hpp"
#include "scalar/record.hpp"

namespace pyad::bind {

namespace {

/// Whether the operator raises ZeroDivisionError, which is then set.
template <OpName NAME>
bool divides_by_zero([[maybe_unused]] double a, [[maybe_unused]] double b) {
  constexpr bool kPower = pyad::detail::same_text(NAME.text, "pow");
  constexpr bool kDivides = pyad::detail::same_text(NAME.text, "div") ||
                            pyad::detail::same_text(NAME.text, "floor_divide") ||
                            pyad::detail::same_text(NAME.text, "remainder");
  if constexpr (kPower) {
    if (a != 0 || !(b < 0) || scalar_trace()) [[likely]]
      return false;
    PyErr_SetString(PyExc_ZeroDivisionError,
                    "pow: 0.0 to a negative power; use pyad.pow(a, b) for inf");
    return true;
  } else if constexpr (kDivides) {
    if (b != 0 || scalar_trace()) [[likely]]
      return false;
    PyErr_Format(PyExc_ZeroDivisionError,
                 "%s: division of a Value by zero; use pyad.%s(a, b) for inf or nan", NAME.text,
                 NAME.text);
    return true;
  } else {
    return false;
  }
}

template <OpName NAME>
PyObject* binary_slot(PyObject* left, PyObject* right) {
  ScalarOperand a, b;
  const Operandness is_a = read_operand(left, a);
  if (is_a > Operandness::kNumber) [[unlikely]] {
    return is_a == Operandness::kFailed ? nullptr : Py_NewRef(Py_NotImplemented);
  }
  const Operandness is_b = read_operand(right, b);
  if (is_b > Operandness::kNumber) [[unlikely]] {
    return is_b == Operandness::kFailed ? nullptr : Py_NewRef(Py_NotImplemented);
  }
  if (is_b == Operandness::kNumber && !PyFloat_CheckExact(right)) read_again(left, a);
  if (divides_by_zero<NAME>(a.value, b.value)) return nullptr;
  return guarded([&] { return adopt_node(record_binary<NAME>(a, b)); });
}

PyObject* power_slot(PyObject* left, PyObject* right, PyObject* modulus) {
  if (modulus != Py_None) {
    PyErr_SetString(PyExc_TypeError, "pow: a Value takes no modulus; use (a ** b) % m");
    return nullptr;
  }
  return binary_slot<"pow">(left, right);
}

template <OpName NAME>
PyObject* unary_slot(PyObject* self) {
  return guarded([&] { return adopt_node(record_unary<NAME>(node_of(self))); });
}

PyObject* as_float(PyObject* self) {
  const ScalarNode* n = node_of(self);
  if (!may_read(n, "float()")) return nullptr;
  if (mode.grad) {  // math.exp(v) asks for nothing else, and would lose the gradient silently
    PyErr_SetString(PyExc_TypeError,
                    "a Value is no float, which has no gradient: use v.data for its number, and "
                    "pyad.exp(v) and the like instead of math.exp(v)");
    return nullptr;
  }
  return PyFloat_FromDouble(n->value);
}
PyObject* as_int(PyObject* self) {
  const ScalarNode* n = node_of(self);
  return may_read(n, "int()") ? PyLong_FromDouble(n->value) : nullptr;
}
int as_bool(PyObject* self) {
  const ScalarNode* n = node_of(self);
  return may_read(n, "bool()") ? n->value != 0 : -1;
}
PyObject* itself(PyObject* self) { return Py_NewRef(self); }

/// A comparison inside a captured function is a Value, 1 or 0: what `where` takes as its condition.
PyObject* captured_comparison(PyObject* self, PyObject* other, int op) {
  static constexpr uint16_t kOps[] = {kOpId<"lt">, kOpId<"le">, kOpId<"eq">,
                                      kOpId<"ne">, kOpId<"gt">, kOpId<"ge">};
  ScalarOperand in[2];
  read_operand(self, in[0]);
  const Operandness is = read_operand(other, in[1]);
  if (is == Operandness::kFailed) return nullptr;
  if (is == Operandness::kForeign) Py_RETURN_NOTIMPLEMENTED;
  read_again(self, in[0]);
  return guarded([&] { return adopt_node(record(kOps[op], in, nullptr)); });
}

PyObject* compare(PyObject* self, PyObject* other, int op) {
  if (scalar_trace()) [[unlikely]]
    return captured_comparison(self, other, op);
  const double a = node_of(self)->value;
  if (!is_value(other) && !PyFloat_CheckExact(other)) {
    ScalarOperand b;
    // Whole numbers beyond 2^53 are compared exactly, as a float would.
    if (!PyLong_Check(other)) {
      const Operandness is = read_operand(other, b);
      if (is == Operandness::kFailed) return nullptr;
      if (is == Operandness::kForeign) Py_RETURN_NOTIMPLEMENTED;
    }
    PyObject* number = PyFloat_FromDouble(a);
    if (!number) return nullptr;
    PyObject* other_number = PyLong_Check(other) ? Py_NewRef(other) : PyFloat_FromDouble(b.value);
    PyObject* answer = other_number ? PyObject_RichCompare(number, other_number, op) : nullptr;
    Py_XDECREF(other_number);
    Py_DECREF(number);
    return answer;
  }
  const double b = PyFloat_CheckExact(other) ? PyFloat_AS_DOUBLE(other) : node_of(other)->value;
  Py_RETURN_RICHCOMPARE(a, b, op);
}

// By identity: equal numbers are different keys, and a number that changes stays the same key.
Py_hash_t hash(PyObject* self) {
  const auto bits = reinterpret_cast<uintptr_t>(node_of(self));
  const auto h = static_cast<Py_hash_t>(bits >> 6 | bits << (8 * sizeof bits - 6));
  return h == -1 ? -2 : h;
}

template <class F>
void* slot(F* f) {
  return reinterpret_cast<void*>(f);
}

}  // namespace

PyType_Slot value_number_slots[] = {
    {Py_nb_add, slot(binary_slot<"add">)},
    {Py_nb_subtract, slot(binary_slot<"sub">)},
    {Py_nb_multiply, slot(binary_slot<"mul">)},
    {Py_nb_true_divide, slot(binary_slot<"div">)},
    {Py_nb_floor_divide, slot(binary_slot<"floor_divide">)},
    {Py_nb_remainder, slot(binary_slot<"remainder">)},
    {Py_nb_power, slot(power_slot)},
    {Py_nb_negative, slot(unary_slot<"neg">)},
    {Py_nb_absolute, slot(unary_slot<"abs">)},
    {Py_nb_positive, slot(itself)},
    {Py_nb_float, slot(as_float)},
    {Py_nb_int, slot(as_int)},
    {Py_nb_bool, slot(as_bool)},
    {Py_tp_richcompare, slot(compare)},
    {Py_tp_hash, slot(hash)},
    {0, nullptr},
};

}  // namespace pyad::bind
