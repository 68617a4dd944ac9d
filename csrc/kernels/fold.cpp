// Rows of windows are runs of the array, copied or added one after another; channels are dealt to
// threads.
#include "kernels/fold.hpp"

#include <algorithm>
#include <cstring>

#include "core/host.hpp"
#include "kernels/parallel.hpp"

namespace pyad {

namespace {

constexpr int64_t kGrain = 1 << 14;   // elements worth a thread
constexpr int64_t kPolled = 1 << 18;  // elements between two looks for Ctrl-C

/// Calls f(element of columns, element of x, count) for the runs of one channel, the elements of x
/// being `stride` apart; and gap(element, count) for what lies in the padding.
template <class F, class G>
void each_run(const ConvolutionShape& s, F f, G gap) {
  int64_t at = 0, since_poll = 0;
  const int64_t h = s.n[1], w = s.n[2], step = s.stride[2];
  for (int64_t i = 0; i < s.k[1]; ++i) {
    for (int64_t j = 0; j < s.k[2]; ++j) {
      int64_t first = j * s.dilation[2] - s.pad[2];
      int64_t low = first >= 0 ? 0 : std::min(s.o[2], (-first + step - 1) / step);
      int64_t high = first >= w ? low : std::clamp((w - 1 - first) / step + 1, low, s.o[2]);
      for (int64_t r = 0; r < s.o[1]; ++r, at += s.o[2]) {
        if ((since_poll += s.o[2]) >= kPolled) {
          since_poll = 0;
          poll_part();
        }
        int64_t row = r * s.stride[1] + i * s.dilation[1] - s.pad[1];
        if (row < 0 || row >= h || high == low) {
          gap(at, s.o[2]);
          continue;
        }
        gap(at, low);
        f(at + low, row * w + first + low * step, high - low);
        gap(at + high, s.o[2] - high);
      }
    }
  }
}

/// Deals the channels of all images to threads: body(channel).
template <class F>
void each_channel(const ConvolutionShape& s, int64_t columns, F body) {
  int64_t count = s.batch * s.channels;
  Unlocked unlocked(static_cast<double>(count) * static_cast<double>(columns));
  parallel_for(count, kGrain / std::max<int64_t>(columns, 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) body(c);
  });
}

}  // namespace

void unfold_columns(const ConvolutionShape& s, const Tensor& x, const Tensor& columns) {
  int64_t size = s.k[1] * s.k[2] * s.o[1] * s.o[2], image = s.n[1] * s.n[2], step = s.stride[2];
  visit_floating("unfold", x.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* source = x.data<T>();
    T* target = columns.data<T>();
    each_channel(s, size, [&](int64_t c) {
      const T* from = source + c * image;
      T* to = target + c * size;
      auto copy = [&](int64_t at, int64_t element, int64_t count) {
        if (step == 1) {
          std::copy_n(from + element, count, to + at);
        } else {
          for (int64_t q = 0; q < count; ++q) to[at + q] = from[element + q * step];
        }
      };
      each_run(s, copy, [&](int64_t at, int64_t count) { std::fill_n(to + at, count, T(0)); });
    });
  });
}

void fold_columns(const ConvolutionShape& s, const Tensor& columns, const Tensor& x) {
  int64_t size = s.k[1] * s.k[2] * s.o[1] * s.o[2], image = s.n[1] * s.n[2], step = s.stride[2];
  visit_floating("fold", x.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* source = columns.data<T>();
    T* target = x.data<T>();
    each_channel(s, size, [&](int64_t c) {
      const T* from = source + c * size;
      T* to = target + c * image;
      std::fill_n(to, image, T(0));
      auto add = [&](int64_t at, int64_t element, int64_t count) {
        if (step == 1) {
          for (int64_t q = 0; q < count; ++q) to[element + q] += from[at + q];
        } else {
          for (int64_t q = 0; q < count; ++q) to[element + q * step] += from[at + q];
        }
      };
      each_run(s, add, [](int64_t, int64_t) {});
    });
  });
}

void add_windows(const Tensor& g, int64_t outer, int64_t windows, int64_t inner, int64_t size,
                 int64_t step, int64_t n, const Tensor& y) {
  visit_floating("unfold", g.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* from = g.data<T>();
    T* to = y.data<T>();
    std::fill_n(to, y.numel(), T(0));
    Unlocked unlocked(static_cast<double>(g.numel()));
    int64_t since_poll = 0;
    for (int64_t o = 0; o < outer; ++o, to += n * inner) {
      for (int64_t w = 0; w < windows; ++w) {
        if ((since_poll += inner * size) >= kPolled) {
          since_poll = 0;
          poll_kernel();
        }
        for (int64_t i = 0; i < inner; ++i, from += size)
          for (int64_t j = 0; j < size; ++j) to[(w * step + j) * inner + i] += from[j];
      }
    }
  });
}

}  // namespace pyad
