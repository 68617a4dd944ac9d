// Tensors made from sizes and numbers: zeros, ones, full, arange, linspace, eye and their kin.
#include <cmath>
#include <cstring>

#include "kernels/series.hpp"
#include "ops/creation.hpp"

namespace pyad {

namespace {

template <int VALUE>
Answer filled(Args& a) {
  return finished(a, 2, full(checked_sizes(a, 0), Scalar(VALUE), dtype_or(a, 1, default_dtype())));
}
/// Contents that nobody chose; but a bool is 0 or 1, so of bools all false.
Tensor arbitrary(Tensor t) {
  if (t.dtype() == DType::kBool && t.numel()) std::memset(t.bytes(), 0, t.numel());
  return t;
}
Answer uninitialised(Args& a) {
  return finished(a, 2, arbitrary(empty(checked_sizes(a, 0), dtype_or(a, 1, default_dtype()))));
}
Answer full_of(Args& a) {
  Scalar v = a.number(1);
  return finished(a, 3,
                  full(checked_sizes(a, 0), v, dtype_or(a, 2, v.dtype()), a.op(), Door::kWrite));
}
/// What `make` gives for `sizes`: of an example, for all of them.
template <class F>
Tensor beside(const Tensor& x, const Dims& sizes, F&& make) {
  if (!x.is_batched()) return make(sizes);
  std::vector<int> levels;
  Dims all = sizes;
  for (const Tensor* y = &x; y->is_batched(); y = &y->impl()->extra->batch.all) {
    levels.push_back(y->impl()->extra->batch.level);
    all.insert(0, y->impl()->extra->batch.all.size(0));
  }
  Tensor made = make(all);
  for (size_t k = levels.size(); k-- > 0;) made = make_batched(made, levels[k]);
  return made;
}

/// Filled with `v`, or not at all, in the shape of the first argument; `at` is where the dtype
/// stands.
Answer like(Args& a, int at, const Scalar* v) {
  const Tensor& x = a.tensor(0);
  DType dtype = dtype_or(a, at, x.dtype());
  bool keep = !x.impl()->row_major && keeps_layout(a, at + 2);
  if (x.is_batched()) {
    return finished(a, at + 1, beside(x, x.sizes(), [&](const Dims& sizes) {
                      return v ? full(sizes, *v, dtype, a.op(), Door::kWrite)
                               : arbitrary(empty(sizes, dtype));
                    }));
  }
  if (!v)
    return finished(a, at + 1, arbitrary(keep ? empty_like(x, dtype) : empty(x.sizes(), dtype)));
  return finished(a, at + 1,
                  keep ? full_like(x, *v, dtype, a.op(), Door::kWrite)
                       : full(x.sizes(), *v, dtype, a.op(), Door::kWrite));
}
template <int VALUE>
Answer filled_like(Args& a) {
  Scalar v(VALUE);
  return like(a, 1, &v);
}
Answer uninitialised_like(Args& a) { return like(a, 1, nullptr); }
Answer full_of_like(Args& a) {
  Scalar v = a.number(1);
  return like(a, 2, &v);
}
template <int VALUE>
Answer new_filled(Args& a) {
  const Tensor& x = a.tensor(0);
  const DType dtype = dtype_or(a, 2, x.dtype());
  return finished(a, 3, beside(x, checked_sizes(a, 1), [&](const Dims& sizes) {
                    return full(sizes, Scalar(VALUE), dtype);
                  }));
}
Answer new_uninitialised(Args& a) {
  const Tensor& x = a.tensor(0);
  const DType dtype = dtype_or(a, 2, x.dtype());
  return finished(a, 3, beside(x, checked_sizes(a, 1), [&](const Dims& sizes) {
                    return arbitrary(empty(sizes, dtype));
                  }));
}
Answer new_full(Args& a) {
  const Tensor& x = a.tensor(0);
  const DType dtype = dtype_or(a, 3, x.dtype());
  return finished(a, 4, beside(x, checked_sizes(a, 1), [&](const Dims& sizes) {
                    return full(sizes, a.number(2), dtype, a.op(), Door::kWrite);
                  }));
}

/// The dtype of numbers in steps, which bools are not.
DType stepped(Args& a, int at, DType otherwise) {
  DType t = dtype_or(a, at, otherwise);
  if (t == DType::kBool)
    fail(ErrorKind::kNotImplemented, a.op(), ": not defined for bool; convert with .to(pyad.bool)");
  return t;
}

Answer arange(Args& a) {
  Scalar start = a.given(1) ? a.number(0) : Scalar(0), end = a.given(1) ? a.number(1) : a.number(0),
         step = a.number(2);
  if (a.given(3) && a.dtype(3) == DType::kInt64) {  // as in PyTorch, whose other integers count
    start = start.in(DType::kInt64, "arange", Door::kOperator);  // with the fractions
    end = end.in(DType::kInt64, "arange", Door::kOperator);
    step = step.in(DType::kInt64, "arange", Door::kOperator);
  }
  bool integer = start.category != Category::kFloating && end.category != Category::kFloating &&
                 step.category != Category::kFloating;
  DType t = stepped(a, 3, integer ? DType::kInt64 : default_dtype());
  if (is_floating(t) && (start.beyond || end.beyond || step.beyond)) integer = false;
  double s = start.as_double(), e = end.as_double(), d = step.as_double();
  if (!(d > 0 || d < 0)) fail(ErrorKind::kRuntime, "arange: step must be nonzero, got ", d);
  if (!std::isfinite(s) || !std::isfinite(e))
    fail(ErrorKind::kRuntime, "arange: bounds must be finite, got ", s, " and ", e);
  if ((d > 0) != (e >= s) && e != s) {
    fail(ErrorKind::kRuntime,
         "arange: upper bound and lower bound inconsistent with step sign: ", s, " to ", e, " by ",
         d);
  }
  double count;
  if (integer) {
    __int128 first = start.as_int("arange"), span = end.as_int("arange") - first,
             by = step.as_int("arange");
    count = static_cast<double>((span + by + (by > 0 ? -1 : 1)) / by);
  } else {
    count = std::ceil((e - s) / d);
  }
  if (count > 5e17)
    fail(ErrorKind::kShape, "arange: ", count, " elements are more than can be addressed");
  auto n = static_cast<int64_t>(count);
  Tensor y = empty(Dims{n}, t);
  visit_dtype(t, [&]<class T>(std::type_identity<T>) {
    T* p = y.data<T>();
    if constexpr (std::is_floating_point_v<T>) {
      write_steps(t, p, n, s, d);
    } else {
      int64_t first = start.as<T>("arange"), by = step.as_int("arange"), last = 0;
      if (n > 0 &&
          (__builtin_mul_overflow(n - 1, by, &last) || __builtin_add_overflow(first, last, &last)))
        last = by > 0 ? INT64_MAX : INT64_MIN;
      Scalar(last).as<T>("arange");
      if constexpr (std::is_same_v<T, int64_t>) return write_steps(p, n, first, by);
      for (int64_t i = 0; i < n; ++i)
        p[i] = static_cast<T>(static_cast<int64_t>(
            static_cast<uint64_t>(first) + static_cast<uint64_t>(i) * static_cast<uint64_t>(by)));
    }
  });
  return finished(a, 4, std::move(y));
}

/// Symmetric as PyTorch's: the second half is counted back from the end, so the last element is
/// exact; rounded once, as there.
template <bool POWERS>
Answer spaced(Args& a) {
  int64_t n = a.integer(2);
  if (n < 0) fail(ErrorKind::kRuntime, a.op(), ": number of steps must be non-negative, got ", n);
  int at = POWERS ? 4 : 3;
  DType t = stepped(a, at, default_dtype());
  Tensor y = empty(Dims{n}, t);
  double start = a.real(0), end = a.real(1), base = POWERS ? a.real(3) : 0;
  visit_dtype(t, [&]<class T>(std::type_identity<T>) {
    using F = std::conditional_t<std::is_same_v<T, float>, float, double>;
    F first = static_cast<F>(start), last = static_cast<F>(end);
    T ends[2] = {};
    if constexpr (!POWERS) {
      ends[0] = a.number(0).as<T>(a.op(), Door::kWrite);
      ends[1] = a.number(1).as<T>(a.op(), Door::kWrite);
    }
    F step = n > 1 ? (last - first) / static_cast<F>(n - 1) : F(0);
    T* p = y.data<T>();
    if constexpr (!POWERS && std::is_floating_point_v<T>) {
      write_spaced(t, p, n, static_cast<double>(first), static_cast<double>(last),
                   static_cast<double>(step));
      return;
    }
    // Both ends of integers are known exactly, beyond 2^53, too.
    bool ends_known = !POWERS && std::is_integral_v<T>;
    for (int64_t i = ends_known; i < n - ends_known; ++i) {
      F v = i < n / 2 || n == 1 ? std::fma(step, static_cast<F>(i), first)
                                : std::fma(-step, static_cast<F>(n - 1 - i), last);
      F x = POWERS ? static_cast<F>(std::pow(static_cast<F>(base), v)) : v;
      p[i] = std::is_floating_point_v<T> ? static_cast<T>(x) : Scalar(double(x)).as<T>(a.op());
    }
    if (ends_known) {
      if (n > 1) p[n - 1] = ends[1];
      if (n > 0) p[0] = ends[0];
    }
  });
  return finished(a, at + 1, std::move(y));
}

Answer eye(Args& a) {
  int64_t n = a.integer(0), m = a.given(1) ? a.integer(1) : n;
  if (n < 0 || m < 0)
    fail(ErrorKind::kRuntime, "eye: sizes must not be negative, got ", n, " and ", m);
  DType t = dtype_or(a, 2, default_dtype());
  checked_numel("eye", Dims{n, m});
  Tensor y = zeros(Dims{n, m}, t);
  visit_dtype(t, [&]<class T>(std::type_identity<T>) {
    for (int64_t i = 0; i < std::min(n, m); ++i) y.data<T>()[i * m + i] = T(1);
  });
  return finished(a, 3, std::move(y));
}

constexpr const char* kSized = "size: sizes, *, " PYAD_TENSOR_OPTIONS;
constexpr const char* kLike = "input: Tensor, *, " PYAD_LIKE_OPTIONS;
constexpr const char* kNew = "input: Tensor, size: sizes, *, " PYAD_TENSOR_OPTIONS;

constexpr const char* kZerosDoc =
    R"doc(A tensor of zeros.

Args:
  size: the shape.
  dtype: element type; the default floating type if None.
  requires_grad: whether gradients are asked for.

Returns:
  a new contiguous tensor.

Raises:
  ShapeError for negative or too large sizes.)doc";
constexpr const char* kArangeDoc =
    R"doc(Numbers from start up to, not including, end.

Args:
  start, end, step: numbers; with one argument it is the end and start is 0.
  dtype: int64 for integers, else the default floating type.

Returns:
  a 1-d tensor of ceil((end - start) / step) elements.

Raises:
  RuntimeError for a zero step or a step of the wrong sign.)doc";
constexpr const char* kLinspaceDoc =
    R"doc(Evenly spaced numbers from start to end, both included.

Args:
  start, end: numbers.
  steps: how many.

Returns:
  a 1-d tensor of steps elements.

Raises:
  RuntimeError for negative steps.)doc";

const Function kRows[] = {
    {"zeros", kSized, kZerosDoc, Kind::kPlain, kInModule, filled<0>},
    {"ones", kSized, "A tensor of ones; arguments as for zeros.", Kind::kPlain, kInModule,
     filled<1>},
    {"empty", kSized, "A tensor with arbitrary contents; arguments as for zeros.", Kind::kPlain,
     kInModule | kUnspecified, uninitialised},
    {"full", "size: dims, fill_value: Number, *, " PYAD_TENSOR_OPTIONS,
     "A tensor filled with one number; its dtype is the number's.", Kind::kPlain, kInModule,
     full_of},
    {"zeros_like", kLike, "Zeros of the shape and dtype of input.", Kind::kPlain, kInModule,
     filled_like<0>},
    {"ones_like", kLike, "Ones of the shape and dtype of input.", Kind::kPlain, kInModule,
     filled_like<1>},
    {"empty_like", kLike, "Arbitrary contents in the shape and dtype of input.", Kind::kPlain,
     kInModule | kUnspecified, uninitialised_like},
    {"full_like", "input: Tensor, fill_value: Number, *, " PYAD_LIKE_OPTIONS,
     "One number in the shape and dtype of input.", Kind::kPlain, kInModule, full_of_like},
    {"new_zeros", kNew, "Zeros of the dtype of input.", Kind::kPlain, kMethod, new_filled<0>},
    {"new_ones", kNew, "Ones of the dtype of input.", Kind::kPlain, kMethod, new_filled<1>},
    {"new_empty", kNew, "Arbitrary contents of the dtype of input.", Kind::kPlain,
     kMethod | kUnspecified, new_uninitialised},
    {"new_full", "input: Tensor, size: dims, fill_value: Number, *, " PYAD_TENSOR_OPTIONS,
     "One number in the dtype of input.", Kind::kPlain, kMethod, new_full},
    {"arange", "start: Number, end: Number? = None, step: Number = 1, *, " PYAD_TENSOR_OPTIONS,
     kArangeDoc, Kind::kPlain, kInModule, arange},
    {"linspace", "start: Number, end: Number, steps: int, *, " PYAD_TENSOR_OPTIONS, kLinspaceDoc,
     Kind::kPlain, kInModule, spaced<false>},
    {"logspace",
     "start: Number, end: Number, steps: int, base: float = 10.0, *, " PYAD_TENSOR_OPTIONS,
     "Powers of base with evenly spaced exponents from start to end.", Kind::kPlain, kInModule,
     spaced<true>},
    {"eye", "n: int, m: int? = None, *, " PYAD_TENSOR_OPTIONS,
     "The identity matrix, or its first m columns.", Kind::kPlain, kInModule, eye},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
