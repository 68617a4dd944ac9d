// Fills for one instruction set.
#include "kernels/move_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

template <class T>
void fill(void* out, int64_t n, const void* value) {
  T* __restrict y = static_cast<T*>(out);
  const T v = *static_cast<const T*>(value);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) y[i] = v;
}

}  // namespace

void fill_move(MoveKernels* k) {
  k->fill[0] = fill<uint8_t>;
  k->fill[1] = fill<uint32_t>;
  k->fill[2] = fill<uint64_t>;
}

}  // namespace pyad::inline PYAD_ISA
