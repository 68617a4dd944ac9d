// Items of Python sequences, read at every door by one loop, since reading one may run user code.
//
// Note [Lists that change]
// Converting an item may call Python (`__index__`, `__float__`, a finalizer), and Python may change
// the list that the item came from. `each_item` therefore holds the item while it is converted, and
// compares the list's length after each; a list of another length is a RuntimeError. Tuples cannot
// change. Whoever is handed the sequence keeps it alive: the caller's arguments, or an `Owned`.
#pragma once

#include <vector>

#include "bind/object.hpp"
#include "core/host.hpp"

namespace pyad::bind {

inline bool is_list_or_tuple(PyObject* o) { return PyList_Check(o) || PyTuple_Check(o); }

[[noreturn]] void list_changed(const char* op);

inline unsigned items_read = 0;  // of all lists, under the host's lock
/// Asks for Ctrl-C now and then.
inline void count_item() {
  if (++items_read % 0x10000 == 0) [[unlikely]]
    poll_interrupt();
}

/// f(i, item) for the items of a list or tuple.
template <class F>
void each_item(const char* op, PyObject* o, F&& f) {
  if (PyTuple_Check(o)) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(o); ++i) {
      count_item();
      f(i, PyTuple_GET_ITEM(o, i));
    }
    return;
  }
  const Py_ssize_t n = PyList_GET_SIZE(o);
  for (Py_ssize_t i = 0; i < n; ++i) {
    const Owned item(Py_NewRef(PyList_GET_ITEM(o, i)));
    f(i, item.get());
    count_item();
    if (PyList_GET_SIZE(o) != n) [[unlikely]]
      list_changed(op);
  }
}

/// A list or tuple as it is, any other sequence as a new list of as many items as its `len` says.
Owned items_of(const char* op, PyObject* o);

/// Whether `o` stands for one integer: ints, NumPy's, and 0-d tensors of integers.
bool is_int_like(PyObject* o);
/// The value of `__index__`, which must fit into 64 bits.
int64_t as_index(const char* op, const char* parameter, PyObject* o);
/// An int or a sequence of ints.
Dims as_dims(const char* op, const char* parameter, PyObject* o);
/// One int, alone or as the only item of a sequence.
int64_t as_one_index(const char* op, const char* parameter, PyObject* o);
/// A list or tuple of tensors, appended to `out`.
void append_tensors(const char* op, const char* parameter, PyObject* o, std::vector<Tensor>& out);

}  // namespace pyad::bind
