// Building the tables of Note [Banded maps].
#include "kernels/bands.hpp"

#include <algorithm>
#include <cstring>

#include "core/error.hpp"

namespace pyad {

namespace {

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace

AxisTable::AxisTable(int64_t in, int64_t out) : in(in), out(out) {
  if (in > INT32_MAX / 2 || out > INT32_MAX / 2)
    fail(ErrorKind::kValue, "pooling and resampling: an axis of ", std::max(in, out),
         " elements is longer than the supported ", INT32_MAX / 2);
  start.resize(static_cast<size_t>(out));
  stop.resize(static_cast<size_t>(out));
}

AxisTable AxisTable::pool(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding,
                          int64_t dilation) {
  AxisTable t(in, out);
  int64_t span = (kernel - 1) * dilation + 1;
  for (int64_t o = 0; o < out; ++o) {
    int64_t begin = o * stride - padding, end = std::min(begin + span, in);
    if (begin < 0) begin += ceil_div(-begin, dilation) * dilation;
    t.start[static_cast<size_t>(o)] = static_cast<int32_t>(std::min(begin, in));
    t.stop[static_cast<size_t>(o)] = static_cast<int32_t>(std::max(end, std::min(begin, in)));
  }
  t.step = static_cast<int32_t>(std::min<int64_t>(dilation, INT32_MAX / 2));
  return t;
}

AxisTable AxisTable::adaptive(int64_t in, int64_t out) {
  AxisTable t(in, out);
  for (int64_t o = 0; o < out; ++o) {
    t.start[static_cast<size_t>(o)] = static_cast<int32_t>(o * in / out);
    t.stop[static_cast<size_t>(o)] = static_cast<int32_t>(ceil_div((o + 1) * in, out));
  }
  return t;
}

AxisTable AxisTable::identity(int64_t n) { return adaptive(n, n); }

void AxisTable::average(int64_t kernel, int64_t stride, int64_t padding, bool padded) {
  if (!padded) return average();
  after.resize(static_cast<size_t>(out));
  for (int64_t o = 0; o < out; ++o) {
    int64_t begin = o * stride - padding;
    after[static_cast<size_t>(o)] =
        static_cast<double>(std::max<int64_t>(std::min(begin + kernel, in + padding) - begin, 1));
  }
}

void AxisTable::average() {
  after.resize(static_cast<size_t>(out));
  for (size_t o = 0; o < after.size(); ++o) after[o] = std::max(stop[o] - start[o], 1);
}

void AxisTable::divide_by(double divisor) { after.assign(static_cast<size_t>(out), divisor); }

AxisTable AxisTable::transposed() const {
  AxisTable t(out, in);
  auto n = static_cast<size_t>(out), m = static_cast<size_t>(in);
  // Windows move upwards, so the outputs that look at an input are neighbours.
  for (size_t i = 0, low = 0, high = 0; i < m; ++i) {
    while (low < n && stop[low] <= static_cast<int32_t>(i)) ++low;
    high = std::max(high, low);
    while (high < n && start[high] <= static_cast<int32_t>(i)) ++high;
    t.start[i] = static_cast<int32_t>(low);
    t.stop[i] = static_cast<int32_t>(high);
  }
  if (!weight.empty()) {
    int32_t taps = 0;
    for (size_t i = 0; i < m; ++i) taps = std::max(taps, t.stop[i] - t.start[i]);
    t.weight.resize(static_cast<size_t>(taps) * m);
    for (size_t i = 0; i < m; ++i) {
      for (int32_t o = t.start[i]; o < t.stop[i]; ++o) {
        auto from = static_cast<size_t>(static_cast<int32_t>(i) - start[static_cast<size_t>(o)]);
        t.weight[static_cast<size_t>(o - t.start[i]) * m + i] =
            weight[from * n + static_cast<size_t>(o)];
      }
    }
  }
  for (double a : after) t.before.push_back(1.0 / a);
  return t;
}

bool AxisTable::every_window_is(int64_t length) const {
  for (size_t o = 0; o < start.size(); ++o)
    if (stop[o] - start[o] != length) return false;
  return true;
}

void AxisTable::finish(DType dtype) {
  BandAxis& a = axis_;
  a.in = in;
  a.out = out;
  a.step = step;
  a.single = weight.empty() && every_window_is(1);
  if (a.single && out > 0) {
    int64_t k = 1;
    while (k < out && start[static_cast<size_t>(k)] == 0) ++k;
    bool repeats = true;
    for (int64_t o = 0; repeats && o < out; ++o) repeats = start[static_cast<size_t>(o)] == o / k;
    a.repeat = repeats ? k : 0;
  }
  if (out > 0) {
    int64_t middle = out / 2;
    auto begin = [&](int64_t o) { return static_cast<int64_t>(start[static_cast<size_t>(o)]); };
    auto size = [&](int64_t o) { return stop[static_cast<size_t>(o)] - begin(o); };
    a.first = middle;
    a.last = middle + 1;
    a.stride = 0;
    if (weight.empty())
      a.stride = middle + 1 < out ? begin(middle + 1) - begin(middle)
                 : middle > 0     ? begin(middle) - begin(middle - 1)
                                  : 1;
    auto regular = [&](int64_t o, int64_t from) {
      return size(o) == size(middle) &&
             (!weight.empty() || begin(std::max(o, from)) - begin(std::min(o, from)) == a.stride);
    };
    while (a.last < out && regular(a.last, a.last - 1)) ++a.last;
    while (a.first > 0 && regular(a.first - 1, a.first)) --a.first;
    a.length = (size(middle) + step - 1) / step;
  }
  auto of = [&](const std::vector<double>& v, std::vector<float>& narrow) -> const void* {
    if (v.empty()) return nullptr;
    if (wide_index(dtype)) return v.data();
    narrow.assign(v.begin(), v.end());
    return narrow.data();
  };
  a.start = start.data();
  a.stop = stop.data();
  a.weight = of(weight, narrow_[0]);
  a.before = of(before, narrow_[1]);
  a.after = of(after, narrow_[2]);
}

namespace {

/// Finishes the tables and lays them out as three axes, the missing ones in front.
void lay_out(std::vector<AxisTable>& tables, DType dtype, BandAxis* axes) {
  static const int32_t kZero = 0, kOne = 1;
  size_t lead = 3 - tables.size();
  for (size_t k = 0; k < lead; ++k) {
    axes[k].start = &kZero;
    axes[k].stop = &kOne;
    axes[k].last = axes[k].repeat = 1;
    axes[k].single = true;
  }
  for (size_t k = 0; k < tables.size(); ++k) {
    tables[k].finish(dtype);
    axes[lead + k] = tables[k].axis();
  }
}

}  // namespace

Bands::Numbers Bands::numbers() const {
  Numbers n{dtype_, {}};
  for (const AxisTable& t : tables_)
    n.tables.push_back({t.in, t.out, t.step, t.start, t.stop, t.weight, t.before, t.after});
  return n;
}
Bands Bands::from(const Numbers& n) {
  std::vector<AxisTable> tables;
  for (const Numbers::Table& from : n.tables) {
    AxisTable t(from.in, from.out);
    t.step = from.step;
    t.start = from.start;
    t.stop = from.stop;
    t.weight = from.weight;
    t.before = from.before;
    t.after = from.after;
    tables.push_back(std::move(t));
  }
  return Bands(std::move(tables), n.dtype);
}

Bands::Bands(std::vector<AxisTable> axes, DType dtype)
    : tables_(std::move(axes)), dtype_(computed_in(dtype)) {
  lay_out(tables_, dtype_, axes_);
}

const BandAxis* Bands::transposed() const {
  if (transposed_tables_.empty()) {
    std::vector<AxisTable> tables;
    for (const AxisTable& t : tables_) tables.push_back(t.transposed());
    lay_out(tables, dtype_, transposed_axes_);
    transposed_tables_ = std::move(tables);
  }
  return transposed_axes_;
}

}  // namespace pyad
