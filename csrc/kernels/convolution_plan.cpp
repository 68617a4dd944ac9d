// See Note [Correlations as products].
#include "kernels/convolution_plan.hpp"

#include <algorithm>
#include <cstring>

namespace pyad {

namespace {

constexpr int64_t kBlockElements = 96 << 10;  // copied source that stays in the second-level cache
constexpr int64_t kRun = 1024;                // results a block of small images comes to
constexpr int64_t kLeastRun = 64, kMaxRun = 4096;
constexpr double kCopy = 0.6;  // cycles for an element of a shifted row

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -ceil_div(-a, b); }

}  // namespace

int64_t PlanAxis::reach() const { return *std::max_element(at.begin(), at.end()); }

int64_t Correlation::taps() const {
  int64_t n = 1;
  for (const PlanAxis& a : axes) n *= static_cast<int64_t>(a.at.size());
  return n;
}

Plan::Plan(const Correlation& c, int64_t held, int64_t parts, int64_t lanes) : c_(c) {
  for (int d = 0; d < 3; ++d) {
    count_[d] = c.axes[d].out;
    for (int64_t at : c.axes[d].at) {
      int64_t r = at % c.axes[d].step;
      if (std::find(remainders_[d].begin(), remainders_[d].end(), r) == remainders_[d].end())
        remainders_[d].push_back(r);
    }
  }
  choose_way(lanes);
  choose_blocks(held, parts);
  lay_out();
}

/// Positions that the source takes in a dim for `count` results: enough that a tap which runs over
/// the end of a row meets zeros only.
int64_t Plan::pitch(int d, int64_t count) const {
  const PlanAxis& a = c_.axes[d];
  if (way_ == Way::kColumns) return count;
  if (way_ == Way::kInPlace) return a.n;
  int64_t whole = count + a.reach() / a.step;
  if (a.step != 1 || a.pad < 0 || count != a.out) return whole;
  int64_t behind = whole - a.n - a.pad;
  return std::min(whole, std::max(a.out, a.n + std::max(a.pad, behind)));
}

int64_t Plan::run(int64_t images, const int64_t* count) const {
  int64_t n = (images - 1) * stride_[0] + 1;
  for (int d = 0; d < 3; ++d) n += (count[d] - 1) * stride_[d + 1];
  return n;
}

void Plan::choose_way(int64_t lanes) {
  bool in_place = true;
  int64_t useful = 1;
  for (const PlanAxis& a : c_.axes) {
    in_place = in_place && a.step == 1 && a.pad == 0 && a.out + a.reach() <= a.n;
    useful *= a.out;
  }
  way_ = in_place ? Way::kInPlace : Way::kPadded;
  int64_t h = pitch(1, count_[1]), w = pitch(2, count_[2]);
  int64_t run = ((count_[0] - 1) * h + count_[1] - 1) * w + count_[2];
  // Images in place stand alone; copied ones share vectors.
  if (!in_place && c_.batch > 1 && run < kRun) run = pitch(0, count_[0]) * h * w;
  if (in_place || c_.batch == 1) run = ceil_div(run, lanes) * lanes;
  double each = static_cast<double>(c_.rows) / static_cast<double>(2 * lanes);
  double with_gaps = each * static_cast<double>(run);
  if (!in_place) {
    double image = static_cast<double>(pitch(0, count_[0])) * static_cast<double>(h);
    with_gaps += kCopy * image * static_cast<double>(w) / static_cast<double>(c_.taps());
  }
  if (c_.batch == 1) useful = ceil_div(useful, lanes) * lanes;
  double without = (each + kCopy) * static_cast<double>(useful);
  // Many channels leave room for few columns, which then share vectors badly.
  bool deep = c_.channels * c_.taps() * kLeastRun > kBlockElements;
  if (without < (deep ? 0.5 : 0.9) * with_gaps) way_ = Way::kColumns;
}

void Plan::choose_blocks(int64_t held, int64_t parts) {
  int64_t size[3];  // of the copied source
  for (int d = 0; d < 3; ++d) size[d] = pitch(d, count_[d]);
  int64_t rows = c_.channels;
  if (way_ == Way::kColumns) {
    rows *= c_.taps();
  } else {
    for (const auto& r : remainders_) rows *= static_cast<int64_t>(r.size());
  }
  int64_t image = size[0] * size[1] * size[2];
  int64_t budget = std::max<int64_t>(kBlockElements / std::max<int64_t>(rows + held, 1), kLeastRun);
  // Sums along a run have a price at its end, which short runs would pay too often.
  if (held > 0) budget = std::max(budget, kRun / 2);
  budget = std::min(budget, kMaxRun);
  if (way_ != Way::kInPlace && c_.batch > 1 && 2 * image <= std::min(budget, kRun)) {
    images_ = std::min(c_.batch, std::min(budget, kRun) / image);
    images_ = std::min(images_, std::max<int64_t>(1, c_.batch * c_.groups / parts));
    image_blocks_ = ceil_div(c_.batch, images_);
    images_ = ceil_div(c_.batch, image_blocks_);
    image_blocks_ = ceil_div(c_.batch, images_);
    return;
  }
  image_blocks_ = c_.batch;
  while (split_ < 2 && count_[split_] == 1) ++split_;
  const PlanAxis& a = c_.axes[split_];
  int64_t slice = 1;
  for (int d = split_ + 1; d < 3; ++d) slice *= size[d];
  int64_t halo = way_ == Way::kColumns ? 0 : a.reach() / a.step;
  if (image > budget) {
    int64_t count = std::max({budget / slice - halo, halo, int64_t{1}});
    splits_ = ceil_div(a.out, count);
  }
  splits_ = std::max(splits_, ceil_div(parts, std::max<int64_t>(c_.batch * c_.groups, 1)));
  splits_ = std::min(splits_, a.out);
  count_[split_] = ceil_div(a.out, splits_);
  splits_ = ceil_div(a.out, count_[split_]);
}

void Plan::lay_out() {
  for (int d = 0; d < 3; ++d) pitch_[d] = pitch(d, count_[d]);
  stride_[3] = 1;
  for (int d = 2; d >= 0; --d) stride_[d] = stride_[d + 1] * pitch_[d];
  int64_t taps = c_.taps();
  offsets_.reserve(static_cast<size_t>(c_.channels * taps));
  if (way_ == Way::kColumns) {
    int64_t row = ceil_div(images_ * stride_[0], 16) * 16;
    for (int64_t i = 0; i < c_.channels * taps; ++i) offsets_.push_back(i * row);
    channel_size_ = taps * row;
    phase_size_ = row;
    scratch_ = c_.channels * channel_size_;
    return;
  }
  int64_t phases = 1;
  for (const auto& r : remainders_) phases *= static_cast<int64_t>(r.size());
  phase_size_ = images_ * stride_[0];
  channel_size_ = phases * phase_size_;
  std::vector<int64_t> tap[3];
  int64_t reach = 0;
  for (int d = 0; d < 3; ++d) {
    int64_t inner = 1;
    for (int e = d + 1; e < 3; ++e) inner *= static_cast<int64_t>(remainders_[e].size());
    const PlanAxis& a = c_.axes[d];
    for (int64_t at : a.at) {
      auto r = std::find(remainders_[d].begin(), remainders_[d].end(), at % a.step);
      int64_t phase = (r - remainders_[d].begin()) * inner;
      tap[d].push_back(phase * phase_size_ + at / a.step * stride_[d + 1]);
    }
    reach += a.reach() / a.step * stride_[d + 1];
  }
  for (int64_t c = 0; c < c_.channels; ++c)
    for (int64_t i : tap[0])
      for (int64_t j : tap[1])
        for (int64_t k : tap[2]) offsets_.push_back(c * channel_size_ + i + j + k);
  if (way_ == Way::kInPlace) return;
  int64_t behind = run(images_, count_) + reach - phase_size_;
  scratch_ = c_.channels * channel_size_ + std::max<int64_t>(behind, 0);
}

Block Plan::block(int64_t i) const {
  Block b;
  b.image = i / splits_ * images_;
  b.images = std::min(images_, c_.batch - b.image);
  for (int d = 0; d < 3; ++d) {
    b.start[d] = 0;
    b.count[d] = count_[d];
  }
  b.start[split_] = i % splits_ * count_[split_];
  b.count[split_] = std::min(count_[split_], c_.axes[split_].out - b.start[split_]);
  return b;
}

bool Plan::direct(const Block& b, const Place& place) const {
  if (b.images > 1) return false;
  int64_t useful = 1;
  for (int d = 0; d < 3; ++d) {
    if (place.step[d] != 1 && b.count[d] > 1) return false;
    useful *= b.count[d];
  }
  if (columns(b) != useful) return false;
  if (b.count[0] > 1 && b.count[1] != place.size[1]) return false;
  return b.count[0] * b.count[1] == 1 || b.count[2] == place.size[2];
}

/// Copies, for all channels and images of a block, what positions 0 .. count-1 show of the source,
/// `from` being the source index of position 0 in each dim; positions outside of the source keep
/// what they hold.
template <class T>
void Plan::copy_box(const ConvolutionLoops<T>& loops, const T* x, const Block& b,
                    const int64_t* from, const int64_t* count, T* to) const {
  int64_t low[3], high[3];
  for (int d = 0; d < 3; ++d) {
    const PlanAxis& a = c_.axes[d];
    low[d] = std::clamp<int64_t>(ceil_div(std::max<int64_t>(-from[d], 0), a.step), 0, count[d]);
    high[d] = std::min(count[d], floor_div(a.n - 1 - from[d], a.step) + 1);
    if (high[d] <= low[d]) return;
  }
  const PlanAxis *h = c_.axes + 1, *w = c_.axes + 2;
  int64_t size = c_.source_size(), image = c_.groups * c_.channels * size;
  int64_t first = (from[1] + low[1] * h->step) * w->n + from[2] + low[2] * w->step;
  CopyCall<T> copy{high[1] - low[1], high[2] - low[2], nullptr,    h->step * w->n,
                   w->step,          nullptr,          stride_[2], 1};
  for (int64_t c = 0; c < c_.channels; ++c) {
    for (int64_t m = 0; m < b.images; ++m) {
      const T* source = x + m * image + c * size + first;
      T* target = to + c * channel_size_ + m * stride_[0] + low[1] * stride_[2] + low[2];
      for (int64_t i = low[0]; i < high[0]; ++i) {
        copy.from = source + (from[0] + i * c_.axes[0].step) * h->n * w->n;
        copy.to = target + i * stride_[1];
        loops.copy(copy);
      }
    }
  }
}

template <class T>
void Plan::copy_source(const ConvolutionLoops<T>& loops, const T* x, const Block& b, T* to) const {
  bool columns = way_ == Way::kColumns;
  const std::vector<int64_t>* parts[3];
  int64_t count[3], from[3];
  for (int d = 0; d < 3; ++d) {
    const PlanAxis& a = c_.axes[d];
    parts[d] = columns ? &a.at : &remainders_[d];
    count[d] = columns ? b.count[d] : std::min(pitch_[d], b.count[d] + a.reach() / a.step);
  }
  auto begin = [&](int d, int64_t part) {
    from[d] = b.start[d] * c_.axes[d].step + part - c_.axes[d].pad;
  };
  for (int64_t i : *parts[0]) {
    begin(0, i);
    for (int64_t j : *parts[1]) {
      begin(1, j);
      for (int64_t k : *parts[2]) {
        begin(2, k);
        copy_box(loops, x, b, from, count, to);
        to += phase_size_;
      }
    }
  }
}

template <class T>
const T* Plan::source(const ConvolutionLoops<T>& loops, const T* x, const Block& b, int64_t group,
                      T* scratch, bool& zeroed) const {
  x += (b.image * c_.groups + group) * c_.channels * c_.source_size();
  if (way_ == Way::kInPlace) {
    for (int d = 0; d < 3; ++d) x += b.start[d] * stride_[d + 1];
    return x;
  }
  if (!zeroed) std::memset(scratch, 0, static_cast<size_t>(scratch_) * sizeof(T));
  zeroed = splits_ == 1 && b.images == images_;  // the next block has its zeros in the same places
  copy_source(loops, x, b, scratch);
  return scratch;
}

template const float* Plan::source(const ConvolutionLoops<float>&, const float*, const Block&,
                                   int64_t, float*, bool&) const;
template const double* Plan::source(const ConvolutionLoops<double>&, const double*, const Block&,
                                    int64_t, double*, bool&) const;

}  // namespace pyad
