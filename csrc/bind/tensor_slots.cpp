// Operators of pyad.Tensor. Each slot knows its op's record, so that `a + b` costs a type check and
// the op itself.
#include <cmath>

#include "bind/function_object.hpp"
#include "bind/tensor_type.hpp"
#include "dispatch/inplace.hpp"
#include "ops/functions.hpp"
#include "ops/product.hpp"

namespace pyad::bind {

namespace {

template <OpName NAME>
const ElementwiseInfo& op_named() {
  static const ElementwiseInfo& op = *find_elementwise(NAME.text);
  return op;
}

template <OpName NAME>
PyObject* binary(PyObject* a, PyObject* b) {
  return binary_operator(op_named<NAME>(), a, b);
}
template <OpName NAME>
PyObject* inplace(PyObject* a, PyObject* b) {
  return inplace_operator(op_named<NAME>(), a, b);
}
template <OpName NAME>
PyObject* unary(PyObject* a) {
  return guarded([&] {
    const Operand in[] = {tensor_of(a)};
    return wrap(elementwise(op_named<NAME>(), in));
  });
}

/// x ** n for the exponents everybody writes goes to cheaper ops with the same value and
/// derivative.
PyObject* power(PyObject* a, PyObject* b, PyObject* modulus) {
  if (modulus != Py_None) {
    PyErr_SetString(PyExc_TypeError, "pow: a modulus is not supported for tensors");
    return nullptr;
  }
  if (is_tensor(a) && is_floating(tensor_of(a).dtype()) &&
      (PyFloat_CheckExact(b) || PyLong_CheckExact(b))) {
    double e = PyFloat_CheckExact(b) ? PyFloat_AS_DOUBLE(b) : PyLong_AsDouble(b);
    if (e == -1 && PyErr_Occurred()) {
      PyErr_Clear();
      return binary<"pow">(a, b);
    }
    if (e == 2) return unary<"square">(a);
    if (e == 0.5) return unary<"sqrt">(a);
    if (e == -1) return unary<"reciprocal">(a);
    PyErr_Clear();
  }
  return binary<"pow">(a, b);
}
PyObject* inplace_power(PyObject* a, PyObject* b, PyObject*) { return inplace<"pow">(a, b); }

PyObject* matrix_product(PyObject* a, PyObject* b) {
  return guarded([&]() -> PyObject* {
    Tensor x[2];
    PyObject* objects[2] = {a, b};
    for (int i = 0; i < 2; ++i) {
      if (is_tensor(objects[i])) {
        x[i] = tensor_of(objects[i]);
      } else if (is_ndarray_exact(objects[i])) {
        x[i] = tensor_from_object("matmul", objects[i]);
      } else {
        Py_RETURN_NOTIMPLEMENTED;
      }
    }
    return wrap(matmul(x[0], x[1]));
  });
}

PyObject* positive(PyObject* a) {
  Py_INCREF(a);
  return a;
}

PyObject* invert(PyObject* a) { return unary<"bitwise_not">(a); }

int truth(PyObject* self) {
  return guarded(
      [&] {
        const Tensor& t = tensor_of(self);
        if (t.numel() != 1) {
          fail(ErrorKind::kShape, "bool: the truth of a tensor of ", t.numel(),
               " elements is ambiguous (shape ", t.sizes(), "); use .any() or .all()");
        }
        return t.item().as_bool() ? 1 : 0;
      },
      -1);
}

PyObject* to_float(PyObject* self) {
  return guarded([&] { return PyFloat_FromDouble(tensor_of(self).item().as_double()); });
}

PyObject* to_int(PyObject* self) {
  return guarded([&]() -> PyObject* {
    Scalar v = tensor_of(self).item();
    return v.category == Category::kFloating ? PyLong_FromDouble(v.f) : PyLong_FromLongLong(v.i);
  });
}

PyObject* to_index(PyObject* self) {
  return guarded([&]() -> PyObject* {
    const Tensor& t = tensor_of(self);
    if (is_floating(t.dtype()) || t.numel() != 1) {
      fail(ErrorKind::kType, "index: only a tensor of one integer can be used as an index, got ",
           t);
    }
    return PyLong_FromLongLong(t.item().as_int());
  });
}

PyObject* compare(PyObject* a, PyObject* b, int op) {
  switch (op) {
    case Py_LT:
      return binary<"lt">(a, b);
    case Py_LE:
      return binary<"le">(a, b);
    case Py_EQ:
      return binary<"eq">(a, b);
    case Py_NE:
      return binary<"ne">(a, b);
    case Py_GT:
      return binary<"gt">(a, b);
    default:
      return binary<"ge">(a, b);
  }
}

template <class F>
void* slot(F* f) {
  return reinterpret_cast<void*>(f);
}

}  // namespace

void add_operator_slots(std::vector<PyType_Slot>& slots) {
  const PyType_Slot list[] = {
      {Py_nb_add, slot(binary<"add">)},
      {Py_nb_subtract, slot(binary<"sub">)},
      {Py_nb_multiply, slot(binary<"mul">)},
      {Py_nb_true_divide, slot(binary<"div">)},
      {Py_nb_floor_divide, slot(binary<"floor_divide">)},
      {Py_nb_remainder, slot(binary<"remainder">)},
      {Py_nb_power, slot(power)},
      {Py_nb_matrix_multiply, slot(matrix_product)},
      {Py_nb_and, slot(binary<"bitwise_and">)},
      {Py_nb_or, slot(binary<"bitwise_or">)},
      {Py_nb_xor, slot(binary<"bitwise_xor">)},
      {Py_nb_lshift, slot(binary<"bitwise_left_shift">)},
      {Py_nb_rshift, slot(binary<"bitwise_right_shift">)},
      {Py_nb_inplace_add, slot(inplace<"add">)},
      {Py_nb_inplace_subtract, slot(inplace<"sub">)},
      {Py_nb_inplace_multiply, slot(inplace<"mul">)},
      {Py_nb_inplace_true_divide, slot(inplace<"div">)},
      {Py_nb_inplace_floor_divide, slot(inplace<"floor_divide">)},
      {Py_nb_inplace_remainder, slot(inplace<"remainder">)},
      {Py_nb_inplace_power, slot(inplace_power)},
      {Py_nb_inplace_and, slot(inplace<"bitwise_and">)},
      {Py_nb_inplace_or, slot(inplace<"bitwise_or">)},
      {Py_nb_inplace_xor, slot(inplace<"bitwise_xor">)},
      {Py_nb_inplace_lshift, slot(inplace<"bitwise_left_shift">)},
      {Py_nb_inplace_rshift, slot(inplace<"bitwise_right_shift">)},
      {Py_nb_negative, slot(unary<"neg">)},
      {Py_nb_positive, slot(positive)},
      {Py_nb_absolute, slot(unary<"abs">)},
      {Py_nb_invert, slot(invert)},
      {Py_nb_bool, slot(truth)},
      {Py_nb_float, slot(to_float)},
      {Py_nb_int, slot(to_int)},
      {Py_nb_index, slot(to_index)},
      {Py_tp_richcompare, slot(compare)},
  };
  slots.insert(slots.end(), std::begin(list), std::end(list));
}

}  // namespace pyad::bind
