// Draws of permutations too large for a test of the module.
#include "kernels/random.hpp"
#include "check.hpp"

namespace {

using pyad::Generator;

TEST(permutations_draw_what_their_length_needs) {
  constexpr int64_t kFirstWide = 214748364;  // (2^32 - 1) / 20, as in PyTorch
  for (int64_t n :
       {int64_t{1}, int64_t{1000}, kFirstWide - 1, kFirstWide, kFirstWide + 1, int64_t{1} << 40}) {
    Generator a(7), b(7);
    for (int i = 0; i < 3; ++i) {
      uint64_t expected = n < kFirstWide ? b.random() : b.random64();
      CHECK(pyad::permutation_draw(a, n) == expected);
    }
    CHECK(a.random() == b.random());
  }
}

}  // namespace
