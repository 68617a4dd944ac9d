// Arithmetic of sizes, strides and dims.
#include "core/dims.hpp"

#include <algorithm>

namespace pyad {

void append_text(std::string& s, const Dims& d) {
  s += '(';
  for (int i = 0; i < d.size(); ++i) {
    if (i) s += ", ";
    s += std::to_string(d[i]);
  }
  s += d.size() == 1 ? ",)" : ")";
}

int64_t checked_numel(const char* op, const Dims& sizes) {
  if (sizes.size() > kMaxDims) {
    fail(ErrorKind::kValue, op, ": ", sizes.size(), " dims asked for; a tensor has at most ",
         kMaxDims);
  }
  int64_t n = 1;
  bool empty = false;
  for (int64_t s : sizes) {
    if (s < 0) fail(ErrorKind::kShape, op, ": sizes must not be negative, got ", sizes);
    empty = empty || s == 0;
  }
  // A size of 0 counts as 1 here: no product of some of the sizes, a stride say, overflows either.
  for (int64_t s : sizes) {
    if (__builtin_mul_overflow(n, std::max<int64_t>(s, 1), &n) ||
        (!empty && n > (int64_t{1} << 59))) {
      fail(ErrorKind::kShape, op, ": a tensor of shape ", sizes,
           " has more elements than can be addressed");
    }
  }
  return empty ? 0 : n;
}

Dims contiguous_strides(const Dims& sizes) {
  Dims strides = Dims::filled(sizes.size(), 1);
  int64_t step = 1;
  for (int i = sizes.size(); i-- > 0;) {
    strides[i] = step;
    step *= std::max<int64_t>(sizes[i], 1);
  }
  return strides;
}

bool is_contiguous(const Dims& sizes, const Dims& strides) {
  int64_t step = 1;
  for (int i = sizes.size(); i-- > 0;) {
    if (sizes[i] == 0) return true;
    if (sizes[i] != 1 && strides[i] != step) return numel_of(sizes) == 0;
    step *= sizes[i];
  }
  return true;
}

bool is_row_major(const Dims& sizes, const Dims& strides) {
  int64_t step = 1;
  for (int i = sizes.size(); i-- > 0;) {
    if (strides[i] != step) return false;
    step *= std::max<int64_t>(sizes[i], 1);
  }
  return true;
}

Dims broadcast_sizes(const char* op, const Dims& a, const Dims& b) {
  if (a == b) return a;
  int n = std::max(a.size(), b.size());
  Dims out = Dims::filled(n, 1);
  for (int i = 1; i <= n; ++i) {
    int64_t x = i <= a.size() ? a[a.size() - i] : 1;
    int64_t y = i <= b.size() ? b[b.size() - i] : 1;
    if (x != y && x != 1 && y != 1) {
      fail(ErrorKind::kShape, op, ": shapes ", a, " and ", b, " do not broadcast: sizes ", x,
           " and ", y, " differ at dim -", i, "; reshape or expand one of them");
    }
    out[n - i] = x == 1 ? y : x;
  }
  return out;
}

bool broadcasts_to(const Dims& from, const Dims& to) {
  if (from.size() > to.size()) return false;
  for (int i = 1; i <= from.size(); ++i) {
    int64_t x = from[from.size() - i];
    if (x != 1 && x != to[to.size() - i]) return false;
  }
  return true;
}

int wrap_dim(const char* op, int64_t dim, int n) {
  int range = n == 0 ? 1 : n;
  if (dim < -range || dim >= range) {
    fail(ErrorKind::kIndex, op, ": dim ", dim, " is out of range for a tensor of ", n,
         " dims (expected ", -range, " to ", range - 1, ")");
  }
  return static_cast<int>(dim < 0 ? dim + range : dim);
}

Dims wrap_dims(const char* op, const Dims& dims, int n) {
  Dims out;
  if (dims.empty()) {
    for (int i = 0; i < n; ++i) out.push_back(i);
    return out;
  }
  for (int64_t d : dims) {
    int w = wrap_dim(op, d, n);
    if (out.contains(w))
      fail(ErrorKind::kRuntime, op, ": dim ", d, " appears more than once in ", dims);
    out.push_back(w);
  }
  if (n == 0) return {};
  std::sort(out.begin(), out.end());
  return out;
}

Dims reduced_sizes(const Dims& sizes, const Dims& dims, bool keepdim) {
  Dims out;
  for (int i = 0; i < sizes.size(); ++i) {
    if (!dims.contains(i)) {
      out.push_back(sizes[i]);
    } else if (keepdim) {
      out.push_back(1);
    }
  }
  return out;
}

}  // namespace pyad
