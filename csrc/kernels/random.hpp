// Random numbers: the Mersenne twister and the distributions over it, number for number those of
// PyTorch on a CPU.
//
// Note [PyTorch's streams]
// A training run can be compared with PyTorch's only when both start from the same weights, so
// these are reproduced bit by bit: a uniform takes 24 bits of one draw (float32) or 53 bits of two
// (float64); 16 normals and more come from Box-Muller on blocks of 16 uniforms, 8 radii and 8
// angles, the incomplete last block drawn anew over the last 16 places; fewer normals come one by
// one, in double, the second of each pair remembered by the generator. In blocks of float32 the
// logarithm, sine and cosine are the Cephes approximations of PyTorch's AVX2 build, rounded alike
// on every processor. Where PyTorch's compiler fuses a product and a sum into one rounding, so do
// we. Everything else (exponential, Cauchy, geometric, Poisson numbers, masks) comes from doubles,
// two words each. The twister gives out 624 words at a time, so that filling and comparing run on
// vectors of words; a probability p becomes the integer below which 53 random bits say yes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pyad {

class Generator {
 public:
  static constexpr uint64_t kDefaultSeed = 67280421310721u;
  static constexpr int kWords = 624;
  static constexpr size_t kStateBytes = 5056;

  explicit Generator(uint64_t seed = kDefaultSeed) { set_seed(seed); }
  void set_seed(uint64_t seed);
  uint64_t initial_seed() const { return seed_; }
  /// Seeds from the system's entropy and returns the seed.
  uint64_t seed_from_system();

  uint32_t random() {
    if (next_ == kWords) refill();
    return drawn_[next_++];
  }
  uint64_t random64() {
    uint64_t high = random();
    return high << 32 | random();
  }
  /// The next n words.
  void words(uint32_t* out, int64_t n);
  /// Uniform in [0, 1): 24 bits for float, 53 for double.
  template <class T>
  T uniform();
  /// One normal of mean 0 and deviation 1, in double; its twin is kept for the next call.
  double normal();

  /// The state as kStateBytes bytes, in PyTorch's layout; `set_state` returns false for bytes that
  /// are no state.
  void get_state(void* out) const;
  bool set_state(const void* bytes);

 private:
  void refill();

  uint64_t seed_ = 0;
  uint32_t words_[kWords];
  uint32_t drawn_[kWords];  // the words as they are given out; valid from next_ on
  int next_ = kWords;
  uint32_t refills_ = 0;
  bool fresh_ = true;  // seeded, nothing drawn yet
  bool has_twin_ = false;
  double twin_ = 0;
};

/// What functions use that are given no generator: the thread's own, or the one of all others.
Generator& default_generator();
/// Gives this thread a default generator of its own, until the thread ends.
void seed_thread(uint64_t seed);

/// n numbers in [low, high).
template <class T>
void fill_uniform(Generator& g, T* out, int64_t n, double low, double high);
/// n normals; `blocks` admits the way of 16 and more.
template <class T>
void fill_normal(Generator& g, T* out, int64_t n, double mean, double deviation, bool blocks);
/// n integers low + [0, range); a range of 0 stands for all of int64.
template <class T>
void fill_integers(Generator& g, T* out, int64_t n, uint64_t range, int64_t low);
/// n integers over all that T holds exactly and is not negative.
template <class T>
void fill_natural(Generator& g, T* out, int64_t n);
/// What a permutation of n draws for a place; 64 bits from where 32 would show which are left over.
inline uint64_t permutation_draw(Generator& g, int64_t n) {
  return n < static_cast<int64_t>(0xffffffffu / 20) ? g.random() : g.random64();
}
/// A permutation of 0 ... n - 1.
template <class T>
void fill_permutation(Generator& g, T* out, int64_t n);
/// out[i] is 1 with probability p, by two words each.
void fill_bernoulli(Generator& g, uint8_t* out, int64_t n, double p);
/// out[i] is 1 with probability p[i], by one word each for float32, two for float64.
template <class P>
void fill_bernoulli(Generator& g, uint8_t* out, int64_t n, const P* p);
/// y = x * (keep ? scale : 0).
template <class T>
void apply_mask(const T* x, const uint8_t* keep, T* y, int64_t n, double scale);
template <class T>
void fill_exponential(Generator& g, T* out, int64_t n, double rate);
/// exp of normals.
template <class T>
void fill_log_normal(Generator& g, T* out, int64_t n, double mean, double deviation);
template <class T>
void fill_cauchy(Generator& g, T* out, int64_t n, double median, double sigma);
/// Numbers of trials until the first success.
template <class T>
void fill_geometric(Generator& g, T* out, int64_t n, double p);
/// Counts of mean rate[i].
template <class T>
void fill_poisson(Generator& g, T* out, int64_t n, const T* rate);
/// Successes among trials: `counts_and_shares` has for each element their number and the probability.
template <class T>
void fill_binomial(Generator& g, T* out, int64_t n, const T* counts_and_shares);
/// Gamma numbers with a concentration each and rate 1, none below the smallest normal number.
template <class T>
void fill_gamma(Generator& g, T* out, int64_t n, const T* concentration);
/// Points of the simplex, of k numbers each, n in all.
template <class T>
void fill_dirichlet(Generator& g, T* out, int64_t n, int64_t k, const T* concentration);
/// n draws of indices, with probabilities in proportion to `weights` (k of them, none negative,
/// their sum positive); `scratch` holds k.
template <class T>
void fill_choices(Generator& g, int64_t* out, int64_t n, const T* weights, int64_t k, T* scratch);
/// Factors of a leaky slope: uniform in [low, high) where x <= 0, else 1.
template <class T>
void fill_slopes(Generator& g, T* noise, int64_t n, const T* x, double low, double high);

}  // namespace pyad
