// See Note [Layouts of results].
#include "core/layout.hpp"

#include <algorithm>
#include <utility>

namespace pyad {

namespace {

/// Step of an operand along dim `d` of a shape: 0 where it is broadcast.
int64_t step_along(const Tensor& x, const Dims& sizes, int d) {
  int own = d - (sizes.size() - x.dim());
  if (own < 0) return 0;
  return x.size(own) == 1 && sizes[d] != 1 ? 0 : x.stride(own);
}

/// Row-major strides for dims in the given order, widest first.
Dims strides_in(const Dims& order, const Dims& sizes, int64_t of_empty) {
  Dims strides = Dims::filled(sizes.size(), 1);
  int64_t step = 1;
  for (int i = sizes.size(); i-- > 0;) {
    int d = static_cast<int>(order[i]);
    strides[d] = step;
    step *= sizes[d] == 0 ? of_empty : sizes[d];
  }
  return strides;
}

/// Images whose channels lie side by side have their own case in PyTorch; it shows in the strides
/// of dims of size one.
constexpr int kChannelsLast[] = {0, 2, 3, 1};
bool has_channels_last(const Tensor& x) {
  if (x.dim() != 4) return false;
  int64_t step = 1;
  for (int i = 4; i-- > 0;) {
    int d = kChannelsLast[i];
    if (x.size(d) == 1) continue;
    if (x.stride(d) != step) return false;
    step *= x.size(d);
  }
  return true;
}

bool in_turn(const Dims& order) {
  for (int i = 0; i < order.size(); ++i)
    if (order[i] != i) return false;
  return true;
}

}  // namespace

bool is_dense(const Dims& sizes, const Dims& strides) {
  int wide = 0;
  for (int64_t s : sizes) {
    if (s == 0) return true;
    wide += s > 1;
  }
  int64_t step = 1;
  for (; wide > 0; --wide) {
    int d = 0;
    while (d < sizes.size() && (sizes[d] == 1 || strides[d] != step)) ++d;
    if (d == sizes.size()) return false;
    step *= sizes[d];
  }
  return true;
}

bool has_strides(const Tensor& x, const Dims& strides) {
  for (int d = 0; d < x.dim(); ++d)
    if (x.size(d) != 1 && x.stride(d) != strides[d]) return false;
  return true;
}

bool same_layout(const Tensor& a, const Tensor& b) {
  if (!(a.sizes() == b.sizes())) return false;
  if (a.is_contiguous() || b.is_contiguous()) return a.is_contiguous() && b.is_contiguous();
  return has_strides(a, b.strides()) && is_dense(a.sizes(), a.strides());
}

Dims memory_order(const Dims& sizes, std::span<const Tensor* const> operands) {
  const int n = sizes.size();
  Dims order;  // narrowest first
  for (int d = n - 1; d >= 0; --d) order.push_back(d);
  auto compare = [&](int64_t a, int64_t b) {
    int i = static_cast<int>(a), j = static_cast<int>(b);
    for (const Tensor* x : operands) {
      if (!x) continue;
      int64_t s = step_along(*x, sizes, i), t = step_along(*x, sizes, j);
      if (s == 0 || t == 0) continue;
      if (s != t) return s < t ? -1 : 1;
      if (sizes[i] > sizes[j]) return 1;
    }
    return 0;
  };
  // An insertion sort that passes over dims it cannot compare, as PyTorch's does.
  for (int i = 1; i < n; ++i) {
    for (int at = i, j = i - 1; j >= 0; --j) {
      int c = compare(order[j], order[at]);
      if (c < 0) break;
      if (c > 0) {
        std::swap(order[j], order[at]);
        at = j;
      }
    }
  }
  std::reverse(order.begin(), order.end());
  return order;
}

Dims memory_order(const Tensor& x) {
  const Tensor* one[] = {&x};
  return memory_order(x.sizes(), one);
}

Dims kept_strides(const Tensor& x) {
  if (is_dense(x)) return x.strides();
  return strides_in(memory_order(x), x.sizes(), 1);
}

bool keeps_rows(const Dims& sizes, const Dims& strides) {
  int64_t narrowest = 0, size = 0;  // of the dims behind that are not expanded
  for (int d = sizes.size(); d-- > 0;) {
    if (strides[d] == 0) continue;
    if (strides[d] < narrowest || (strides[d] == narrowest && size > sizes[d])) return false;
    narrowest = strides[d];
    size = sizes[d];
  }
  return true;
}

Dims result_strides(const Dims& sizes, std::span<const Tensor* const> operands) {
  bool alike = true, contiguous = true, channels_last = true;
  const Tensor* first = nullptr;
  for (const Tensor* x : operands) {
    alike = alike && x && x->sizes() == sizes;
    if (!alike) break;
    contiguous = contiguous && x->is_contiguous();
    channels_last = channels_last && has_channels_last(*x);
    if (!first) first = x;
  }
  if (alike && contiguous) return contiguous_strides(sizes);
  if (alike && channels_last) return strides_in(Dims{0, 2, 3, 1}, sizes, 1);
  if (alike && is_dense(*first)) {
    bool equal = true;
    for (const Tensor* x : operands) equal = equal && x->strides() == first->strides();
    if (equal) return first->strides();
  }
  Dims order = memory_order(sizes, operands);
  return in_turn(order) ? contiguous_strides(sizes) : strides_in(order, sizes, 0);
}

bool channels_lie_last(const Tensor& x) {
  const int n = x.dim();
  if (x.impl()->row_major || (n != 4 && n != 5) || x.stride(1) == 0) return false;
  int64_t least = 0;
  for (int k = 0; k < n; ++k) {
    const int d = k == 0 ? 1 : k == n - 1 ? 0 : n - k;  // narrowest first
    if (x.size(d) == 0 || x.stride(d) < least) return false;
    if (d == 0 && least == x.stride(1)) return false;  // no size tells: taken for rows
    least = x.stride(d) * x.size(d);
  }
  return true;
}

Dims channels_last_strides(const Dims& sizes) {
  return strides_in(sizes.size() == 4 ? Dims{0, 2, 3, 1} : Dims{0, 2, 3, 4, 1}, sizes, 1);
}

Tensor empty_beside(const Dims& sizes, DType dtype, std::span<const Tensor> parts) {
  for (const Tensor& x : parts)
    if (!channels_lie_last(x)) return empty(sizes, dtype);
  return empty_strided(sizes, channels_last_strides(sizes), dtype);
}

Dims gradient_strides(const Tensor& x) {
  return is_dense(x) ? x.strides() : contiguous_strides(x.sizes());
}

bool lies_as_gradient(const Tensor& g, const Tensor& x) {
  return is_dense(x) ? has_strides(g, x.strides()) : g.is_contiguous();
}

Tensor reordered(const Tensor& x, const Dims& order) {
  Dims sizes, strides;
  for (int64_t d : order) {
    sizes.push_back(x.size(static_cast<int>(d)));
    strides.push_back(x.stride(static_cast<int>(d)));
  }
  return alias(x, {std::move(sizes), std::move(strides), x.offset()});
}

Tensor unrolled(const Tensor& x) { return x.is_contiguous() ? x : reordered(x, memory_order(x)); }

}  // namespace pyad
