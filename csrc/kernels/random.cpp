// The Mersenne twister, uniforms, normals and integers. See Note [PyTorch's streams].
#include "kernels/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <type_traits>
#include <utility>

#include "core/host.hpp"
#include "core/interrupt.hpp"
#include "kernels/random_kernels.hpp"

namespace pyad {

namespace {

constexpr uint32_t kPollEvery = 1 << 13;  // blocks of words: some ten milliseconds
constexpr double kPi = 3.14159265358979323846;

/// PyTorch's record of a generator; most fields are history there.
struct StateRecord {
  uint64_t seed;
  int32_t left;
  int32_t seeded;
  uint64_t next;
  uint64_t words[Generator::kWords];
  double unused_x;
  double twin;
  double unused_rho;
  int32_t has_twin;
  uint8_t rest[12];  // a float32 twin that nothing fills
};
static_assert(sizeof(StateRecord) == Generator::kStateBytes);

const RandomKernels& random_kernels() {
  static const RandomKernels k = PYAD_SELECT_ISA(fill_random, RandomKernels);
  return k;
}

uint32_t temper(uint32_t y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

/// Runs `body(words, begin, count)` over [0, n) with `per` fresh words for each element.
template <class F>
void with_words(Generator& g, int64_t n, int per, F&& body) {
  constexpr int64_t kChunk = 512;  // elements: the words stay in the first cache
  uint32_t words[2 * kChunk];
  for (int64_t i = 0; i < n; i += kChunk) {
    int64_t count = std::min(kChunk, n - i);
    g.words(words, count * per);
    body(words, i, count);
  }
}
template <class T>
void uniforms(Generator& g, T* out, int64_t n) {
  constexpr bool wide = std::is_same_v<T, double>;
  with_words(g, n, wide ? 2 : 1, [&](const uint32_t* words, int64_t i, int64_t count) {
    random_kernels().uniform[wide](words, out + i, count);
  });
}

void box_muller(float* p, int64_t n, float mean, float deviation) {
  random_kernels().box_muller(p, n, mean, deviation);
}
void box_muller(double* p, int64_t n, double mean, double deviation) {
  for (double* end = p + n; p < end; p += 16) {
    for (int i = 0; i < 8; ++i) {
      double radius = std::sqrt(-2 * std::log(1 - p[i]));
      double angle = 2 * kPi * p[i + 8];
      p[i] = std::fma(radius * std::cos(angle), deviation, mean);
      p[i + 8] = std::fma(radius * std::sin(angle), deviation, mean);
    }
  }
}

}  // namespace

void Generator::set_seed(uint64_t seed) {
  seed_ = seed;
  words_[0] = static_cast<uint32_t>(seed);
  for (uint32_t i = 1; i < kWords; ++i)
    words_[i] = 1812433253u * (words_[i - 1] ^ words_[i - 1] >> 30) + i;
  next_ = kWords;
  fresh_ = true;
  has_twin_ = false;
}

uint64_t Generator::seed_from_system() {
  std::random_device device;
  uint64_t seed = static_cast<uint64_t>(device()) << 32 | device();
  set_seed(seed & 0x1fffffffffffffu);  // 53 bits, as PyTorch: exact in a double
  return seed_;
}

void Generator::refill() {
  if (++refills_ % kPollEvery == 0) poll_interrupt();
  random_kernels().refill(words_, drawn_);
  next_ = 0;
  fresh_ = false;
}

void Generator::words(uint32_t* out, int64_t n) {
  while (n > 0) {
    if (next_ == kWords) refill();
    int64_t k = std::min<int64_t>(n, kWords - next_);
    std::memcpy(out, drawn_ + next_, static_cast<size_t>(k) * sizeof *out);
    next_ += static_cast<int>(k);
    out += k;
    n -= k;
  }
}

template <>
float Generator::uniform<float>() {
  return static_cast<float>(random() & 0xffffffu) * 0x1p-24f;
}
template <>
double Generator::uniform<double>() {
  return static_cast<double>(random64() & 0x1fffffffffffffu) * 0x1p-53;
}

double Generator::normal() {
  if (has_twin_) {
    has_twin_ = false;
    return twin_;
  }
  double u1 = uniform<double>(), u2 = uniform<double>();
  double radius = std::sqrt(-2.0 * std::log1p(-u2)), angle = 2.0 * kPi * u1;
  twin_ = radius * std::sin(angle);
  has_twin_ = true;
  return radius * std::cos(angle);
}

void Generator::get_state(void* out) const {
  StateRecord r{};
  r.seed = seed_;
  r.left = fresh_ ? 1 : kWords + 1 - next_;
  r.seeded = 1;
  r.next = fresh_ ? 0 : static_cast<uint64_t>(next_);
  for (int i = 0; i < kWords; ++i) r.words[i] = words_[i];
  r.has_twin = has_twin_;
  r.twin = has_twin_ ? twin_ : 0;
  std::memcpy(out, &r, sizeof r);
}

bool Generator::set_state(const void* bytes) {
  StateRecord r;
  std::memcpy(&r, bytes, sizeof r);
  if (r.seeded != 1 || r.left < 1 || r.left > kWords || r.next > kWords) return false;
  seed_ = r.seed;
  for (int i = 0; i < kWords; ++i) words_[i] = static_cast<uint32_t>(r.words[i]);
  // One draw left means that the next one refills, whatever `next` says.
  fresh_ = r.left == 1 && r.next == 0;
  next_ = r.left == 1 ? kWords : static_cast<int>(r.next);
  for (int i = next_; i < kWords; ++i) drawn_[i] = temper(words_[i]);
  has_twin_ = r.has_twin != 0;
  twin_ = r.twin;
  return true;
}

namespace {
thread_local constinit Generator* g_of_thread = nullptr;
}  // namespace

void seed_thread(uint64_t seed) {
  thread_local std::unique_ptr<Generator> owned;
  if (!owned) owned = std::make_unique<Generator>();
  g_of_thread = owned.get();
  g_of_thread->set_seed(seed);
}

Generator& default_generator() {
  if (g_of_thread) return *g_of_thread;
  static Generator g = [] {
    Generator made;
    made.seed_from_system();
    return made;
  }();
  return g;
}

template <class T>
void fill_uniform(Generator& g, T* out, int64_t n, double low, double high) {
  uniforms(g, out, n);
  if (low != 0 || high != 1) random_kernels().stretch[std::is_same_v<T, double>](out, n, low, high);
}

template <class T>
void fill_normal(Generator& g, T* out, int64_t n, double mean, double deviation, bool blocks) {
  if (n < 16 || !blocks) {
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(std::fma(g.normal(), deviation, mean));
    return;
  }
  uniforms(g, out, n);
  T m = static_cast<T>(mean), d = static_cast<T>(deviation);
  box_muller(out, n / 16 * 16, m, d);
  if (n % 16 != 0) {
    T* last = out + n - 16;
    uniforms(g, last, 16);
    box_muller(last, 16, m, d);
  }
}

template <class T>
void fill_integers(Generator& g, T* out, int64_t n, uint64_t range, int64_t low) {
  auto place = [&](uint64_t v) {
    return static_cast<T>(static_cast<int64_t>(v + static_cast<uint64_t>(low)));
  };
  if (range == 0) {
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(static_cast<int64_t>(g.random64()));
  } else if (range >= uint64_t{1} << 28) {  // 32 bits would be skewed by more than a sixteenth
    for (int64_t i = 0; i < n; ++i) out[i] = place(g.random64() % range);
  } else {
    auto r = static_cast<uint32_t>(range);
    for (int64_t i = 0; i < n; ++i) out[i] = place(g.random() % r);
  }
}

template <class T>
void fill_natural(Generator& g, T* out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_same_v<T, bool>) {
      out[i] = g.random() & 1;
    } else if constexpr (std::is_same_v<T, int64_t>) {
      out[i] = static_cast<int64_t>(g.random64() & 0x7fffffffffffffffu);
    } else if constexpr (std::is_same_v<T, double>) {
      out[i] = static_cast<double>(g.random64() % ((uint64_t{1} << 53) + 1));
    } else if constexpr (std::is_same_v<T, float>) {
      out[i] = static_cast<float>(g.random() % ((1u << 24) + 1));
    } else {
      out[i] =
          static_cast<T>(g.random() % (static_cast<uint64_t>(std::numeric_limits<T>::max()) + 1));
    }
  }
}

template <class T>
void fill_permutation(Generator& g, T* out, int64_t n) {
  constexpr int64_t kPiece = 1 << 18;  // a swap may wait for memory: some ten milliseconds
  in_pieces(n, kPiece, [&](int64_t begin, int64_t end) {
    poll_interrupt();  // the host's lock is held
    for (int64_t i = begin; i < end; ++i) out[i] = static_cast<T>(i);
  });
  in_pieces(n - 1, kPiece, [&](int64_t begin, int64_t end) {  // the last has no choice
    poll_interrupt();
    for (int64_t i = begin; i < end; ++i) {
      auto left = static_cast<uint64_t>(n - i);
      std::swap(out[i], out[i + static_cast<int64_t>(permutation_draw(g, n) % left)]);
    }
  });
}

void fill_bernoulli(Generator& g, uint8_t* out, int64_t n, double p) {
  auto bound = static_cast<uint64_t>(std::ceil(p * 0x1p53));
  PairThreshold t{static_cast<uint32_t>(bound >> 32), static_cast<uint32_t>(bound)};
  with_words(g, n, 2, [&](const uint32_t* words, int64_t i, int64_t count) {
    random_kernels().below(words, out + i, count, t);
  });
}

template <class T>
void apply_mask(const T* x, const uint8_t* keep, T* y, int64_t n, double scale) {
  random_kernels().masked[std::is_same_v<T, double>](x, keep, y, n, scale);
}

#define PYAD_FLOATING(T)                                                    \
  template void fill_uniform(Generator&, T*, int64_t, double, double);      \
  template void fill_normal(Generator&, T*, int64_t, double, double, bool); \
  template void apply_mask(const T*, const uint8_t*, T*, int64_t, double);
#define PYAD_ANY(T)                                                        \
  template void fill_integers(Generator&, T*, int64_t, uint64_t, int64_t); \
  template void fill_natural(Generator&, T*, int64_t);                     \
  template void fill_permutation(Generator&, T*, int64_t);
PYAD_FLOATING(float)
PYAD_FLOATING(double)
PYAD_ANY(bool)
PYAD_ANY(uint8_t)
PYAD_ANY(int32_t)
PYAD_ANY(int64_t)
PYAD_ANY(float)
PYAD_ANY(double)
#undef PYAD_FLOATING
#undef PYAD_ANY

}  // namespace pyad
