// Reductions whose order does not matter to rounding, for one instruction set: all reductions of
// integers and bools, and for every type the counting and logical ones. Plain loops: the compiler
// may reorder them, and does.
#include "kernels/reduce_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

template <class T>
struct SumI {
  using Acc = int64_t;
  static Acc map(T x) { return static_cast<Acc>(x); }
  // Wraps around, as machine integers do.
  static Acc join(Acc a, Acc b) {
    return static_cast<Acc>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  }
};
template <class T>
struct ProdI : SumI<T> {
  using Acc = int64_t;
  static Acc join(Acc a, Acc b) {
    return static_cast<Acc>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  }
};
template <class T>
struct MaxI {
  using Acc = T;
  static Acc map(T x) { return x; }
  static Acc join(Acc a, Acc b) { return b > a ? b : a; }
};
template <class T>
struct MinI : MaxI<T> {
  static T join(T a, T b) { return b < a ? b : a; }
};
template <class T>
struct Count : SumI<T> {
  using Acc = int64_t;
  static Acc map(T x) { return x != T(0); }
};
template <class T>
struct All {
  using Acc = uint8_t;
  static Acc map(T x) { return x != T(0); }
  static Acc join(Acc a, Acc b) { return static_cast<Acc>(a & b); }
};
template <class T>
struct Any : All<T> {
  using Acc = uint8_t;
  static Acc join(Acc a, Acc b) { return static_cast<Acc>(a | b); }
};

template <class Op, class T>
void rows(const void* in, int64_t count, int64_t step, int64_t n, const void*, int64_t, void* out,
          double) {
  using Acc = typename Op::Acc;
  const T* x = static_cast<const T*>(in);
  Acc* y = static_cast<Acc*>(out);
  for (int64_t r = 0; r < count; ++r) {
    const T* p = x + r * step;
    Acc acc = Op::map(p[0]);
    for (int64_t i = 1; i < n; ++i) acc = Op::join(acc, Op::map(p[i]));
    y[r] = acc;
  }
}

template <class Op, class T>
void columns(const void* in, int64_t n, int64_t step, int64_t count, const void*, void* out,
             double) {
  using Acc = typename Op::Acc;
  constexpr int64_t kChunk = 512;
  for (int64_t start = 0; start < count; start += kChunk) {
    int64_t m = count - start < kChunk ? count - start : kChunk;
    const T* x = static_cast<const T*>(in) + start;
    Acc* __restrict y = static_cast<Acc*>(out) + start;
    for (int64_t j = 0; j < m; ++j) y[j] = Op::map(x[j]);
    for (int64_t r = 1; r < n; ++r) {
      const T* p = x + r * step;
#pragma GCC ivdep
      for (int64_t j = 0; j < m; ++j) y[j] = Op::join(y[j], Op::map(p[j]));
    }
  }
}

template <class Op, class T>
void set(ReduceKernels* k, Reduction r, int type) {
  k->rows[static_cast<int>(r)][type] = rows<Op, T>;
  k->columns[static_cast<int>(r)][type] = columns<Op, T>;
}

template <class T>
void set_logical(ReduceKernels* k, int type) {
  set<Count<T>, T>(k, Reduction::kCountNonzero, type);
  set<All<T>, T>(k, Reduction::kAll, type);
  set<Any<T>, T>(k, Reduction::kAny, type);
}

template <class T>
void set_all(ReduceKernels* k, int type) {
  set_logical<T>(k, type);
  set<SumI<T>, T>(k, Reduction::kSum, type);
  set<ProdI<T>, T>(k, Reduction::kProd, type);
  set<MaxI<T>, T>(k, Reduction::kMax, type);
  set<MinI<T>, T>(k, Reduction::kMin, type);
}

}  // namespace

void fill_reduce_integer(ReduceKernels* k) {
  set_all<uint8_t>(k, dtype_index<bool>);  // a bool is one byte holding 0 or 1
  set_all<uint8_t>(k, dtype_index<uint8_t>);
  set_all<int32_t>(k, dtype_index<int32_t>);
  set_all<int64_t>(k, dtype_index<int64_t>);
  set_logical<float>(k, dtype_index<float>);
  set_logical<double>(k, dtype_index<double>);
}

}  // namespace pyad::inline PYAD_ISA
