// A queue for the ends of objects that users tie to chains of any length.
//
// Note [Ends without recursion]
// Users tie objects to each other at will: a `.grad` to a `.grad`, a hook that is a bound method of
// a tensor with a hook, an array on the memory of an array. The end of the last handle to such a
// chain ends the whole of it, and must not take more stack the longer it is. So whatever can be a
// link ends through a queue of its kind: a few levels deep ends follow each other as calls, as
// everywhere; deeper ones wait until the call below has returned. Every way round that leads
// through such a kind is bounded by it, whatever lies between; Python's own containers have the
// same (Py_TRASHCAN_BEGIN). The kinds: nodes (`Node::destroy`, where even the first waits), arrays
// that have a `TensorExtra`, buffers with an owner, scalar nodes (`scalar_destroy`).
#pragma once

namespace pyad {

template <class T>
struct EndQueue {
  T* waiting = nullptr;
  int depth = 0;

  /// Calls `end(p)` now or soon; `next(p)` is a place in `*p` for a pointer.
  template <class Next, class End>
  void put(T* p, Next&& next, End&& end) noexcept {
    constexpr int kDeepest = 16;
    next(p) = waiting;
    waiting = p;
    if (depth == kDeepest) return;
    ++depth;
    while (T* first = waiting) {
      waiting = static_cast<T*>(next(first));
      end(first);
    }
    --depth;
  }
};

}  // namespace pyad
