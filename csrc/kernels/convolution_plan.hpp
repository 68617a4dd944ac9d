// How a correlation is laid out for the loops: which form the source takes, and in which blocks.
//
// Note [Correlations as products]
// A tile of results along the last dims, times all taps, is a matrix product whose right factor has
// one row a channel and tap: the source, shifted. If the source lies in memory with the pitch of
// the results, a row is a plain run that begins at an offset, and nothing has to be copied for each
// tap. So the source is copied once, padded, with one pitch (`kPadded`; with steps, one copy for
// each remainder, so that steps are 1 again), or read where it is when nothing is padded
// (`kInPlace`). Results then have gaps at the ends of rows, which are computed and dropped. Zeros
// at the end of a row serve as those in front of the next. Where gaps would be most of the work
// (tiny images) the shifted rows are written out without gaps (`kColumns`, "im2col").
//
// Blocks are chosen so that what is copied stays in the second-level cache: some images, one image,
// or a part of one along its first dim.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/convolution_kernels.hpp"

namespace pyad {

/// One dim: result q reads the source at q * step + at[t] - pad for each tap t.
struct PlanAxis {
  int64_t n = 1;
  int64_t out = 1;
  int64_t step = 1;
  int64_t pad = 0;
  std::vector<int64_t> at = {0};
  int64_t reach() const;  // largest of `at`
};

struct Correlation {
  PlanAxis axes[3];
  int64_t batch = 1;
  int64_t groups = 1;
  int64_t channels = 1;  // of the source, in a group
  int64_t rows = 1;      // channels of the result, in a group

  int64_t taps() const;
  int64_t source_size() const { return axes[0].n * axes[1].n * axes[2].n; }
};

/// Where results lie in their array, whose dims are `size`: every step-th from `first`.
struct Place {
  int64_t size[3];
  int64_t first[3] = {0, 0, 0};
  int64_t step[3] = {1, 1, 1};
  int64_t volume() const { return size[0] * size[1] * size[2]; }
};

struct Block {
  int64_t image, images;
  int64_t start[3], count[3];
};

class Plan {
 public:
  /// `held`: channels of the result that are kept beside those of the source (the cotangent of a
  /// weight needs both). `parts`: blocks times groups wanted at least.
  Plan(const Correlation& c, int64_t held, int64_t parts, int64_t lanes);

  int64_t blocks() const { return image_blocks_ * splits_; }
  Block block(int64_t i) const;
  const std::vector<int64_t>& offsets() const { return offsets_; }
  /// Elements of a block's copied source; 0 in place.
  int64_t scratch() const { return scratch_; }
  /// Length of the run of results, gaps included, and the longest one.
  int64_t columns(const Block& b) const { return run(b.images, b.count); }
  int64_t max_columns() const { return run(images_, count_); }
  /// The first row's source: copied to `scratch`, or in place. `zeroed` remembers that the zeros of
  /// a scratch are in their places.
  template <class T>
  const T* source(const ConvolutionLoops<T>& loops, const T* x, const Block& b, int64_t group,
                  T* scratch, bool& zeroed) const;
  /// Whether a run of results, as they are computed, is a run of memory in `place`.
  bool direct(const Block& b, const Place& place) const;
  /// Offset in place of the block's first result.
  int64_t first(const Block& b, const Place& place) const;
  /// Calls f(offset in a run, offset in place, rows, elements of a row) for the results of one
  /// channel; offsets in place count from the first image of the block.
  template <class F>
  void each(const Block& b, const Place& place, int64_t image_size, F f) const;
  int64_t run_row() const { return stride_[2]; }

 private:
  enum class Way { kInPlace, kPadded, kColumns };

  int64_t run(int64_t images, const int64_t* count) const;
  void choose_way(int64_t lanes);
  void choose_blocks(int64_t held, int64_t parts);
  void lay_out();
  int64_t pitch(int d, int64_t count) const;
  template <class T>
  void copy_source(const ConvolutionLoops<T>& loops, const T* x, const Block& b, T* to) const;
  template <class T>
  void copy_box(const ConvolutionLoops<T>& loops, const T* x, const Block& b, const int64_t* from,
                const int64_t* count, T* to) const;

  const Correlation& c_;
  Way way_ = Way::kPadded;
  int64_t images_ = 1, image_blocks_ = 1;
  int split_ = 0;  // the dim that is cut
  int64_t splits_ = 1;
  int64_t count_[3];   // results of a block in each dim
  int64_t pitch_[3];   // positions of the copied source in each dim
  int64_t stride_[4];  // of results in a run: image, then dims
  std::vector<int64_t> remainders_[3];
  std::vector<int64_t> offsets_;
  int64_t phase_size_ = 0, channel_size_ = 0, scratch_ = 0;
};

inline int64_t Plan::first(const Block& b, const Place& place) const {
  int64_t at = 0;
  for (int d = 0; d < 3; ++d) at = at * place.size[d] + place.first[d] + b.start[d] * place.step[d];
  return at;
}

template <class F>
void Plan::each(const Block& b, const Place& place, int64_t image_size, F f) const {
  int64_t begin = first(b, place), slice = place.step[0] * place.size[1] * place.size[2];
  for (int64_t i = 0; i < b.images; ++i)
    for (int64_t d = 0; d < b.count[0]; ++d)
      f(i * stride_[0] + d * stride_[1], begin + i * image_size + d * slice, b.count[1],
        b.count[2]);
}

}  // namespace pyad
