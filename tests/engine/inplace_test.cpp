// Copy-on-write, views, writes with history, forward-mode levels.
#include "dispatch/inplace.hpp"
#include "check.hpp"
#include "dispatch/tangent.hpp"
#include "graph/sweep.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"

namespace pyad {
namespace {

using test::at;
using test::near;
using test::raises;
using test::vec;

Tensor grad_of(const Tensor& root, const Tensor& x) {
  return gradients({&root, 1}, {}, {&x, 1}, {}, false)[0];
}

TEST(saved_buffers_are_copied_before_a_write) {
  Tensor x = vec({1, 2}, true);
  Tensor y = x * 2.0;
  Tensor z = sum(square(y));
  const void* saved = y.bytes();
  write_inplace("fill_", y, vec({100, 100}));
  CHECK(at(y) == 100 && y.bytes() != saved);
  CHECK(at(grad_of(z, x)) == 8);
}

TEST(unsaved_buffers_are_written_where_they_are) {
  Tensor y = vec({1, 2, 3, 4});
  const void* place = y.bytes();
  write_inplace("copy_", slice(y, 0, 1, 2), vec({7, 8}));
  CHECK(y.bytes() == place && at(y, 1) == 7 && at(y, 2) == 8);
}

TEST(writes_reach_every_alias) {
  Tensor x = vec({1, 2, 3, 4}, true);
  Tensor y = x * 1.0;
  Tensor a = slice(y, 0, 0, 3), b = slice(y, 0, 1, 3);
  write_inplace("mul_", a, a * 10.0);
  write_inplace("mul_", b, b * 2.0);
  CHECK(at(y, 0) == 10 && at(y, 1) == 40 && at(y, 3) == 8 && at(a, 2) == 60);
  Tensor g = grad_of(sum(y) + sum(a), x);
  CHECK(at(g, 0) == 20 && at(g, 1) == 40 && at(g, 2) == 40 && at(g, 3) == 2);
}

TEST(a_stale_view_knows_that_it_requires_grad) {
  Tensor w = vec({2, 3}, true);
  Tensor y = vec({0, 0});
  Tensor v = slice(y, 0, 0, 1);
  CHECK(!v.requires_grad());
  write_inplace("add_", y, y + w);
  CHECK(v.requires_grad() && !v.is_leaf());
  CHECK(at(grad_of(sum(v * 5.0), w)) == 5);
}

TEST(leaves_are_protected) {
  Tensor x = vec({1, 2}, true);
  CHECK(raises(ErrorKind::kRuntime, "leaf", [&] { write_inplace("fill_", x, vec({0, 0})); }));
  CHECK(raises(ErrorKind::kRuntime, "view of a leaf",
               [&] { write_inplace("fill_", slice(x, 0, 0, 1), vec({0})); }));
  CHECK(raises(ErrorKind::kRuntime, "single memory location",
               [&] { write_inplace("fill_", expand(vec({1}), {3}), vec({0})); }));
  CHECK(raises(ErrorKind::kShape, "does not change the shape",
               [&] { write_inplace("copy_", vec({1}), vec({1, 2})); }));
  GradModeGuard off(false);
  write_inplace("fill_", x, vec({5, 6}));
  CHECK(at(x) == 5 && x.is_leaf());
}

TEST(a_copied_value_keeps_its_own_node) {
  Tensor x = vec({1, 2}, true);
  Tensor z = x * 2.0, y = vec({0, 0});
  Tensor other = z;  // a result that only the call holds would lend its node
  write_inplace("copy_", y, z);
  CHECK(node_of(y) != node_of(z));
  Tensor keep = x;
  write_inplace("copy_", y, keep);
  CHECK(!node_of(y)->is_accumulator());
  CHECK(at(grad_of(sum(y * 3.0), x)) == 3);
}

TEST(overwritten_values_get_zeros) {
  Tensor x = vec({1, 2}, true);
  Tensor y = x * 2.0;
  write_inplace("fill_", y, vec({7, 7}));
  CHECK(y.requires_grad());
  CHECK(at(grad_of(sum(y), x)) == 0);
}

TEST(levels_end_for_good) {
  int level = enter_dual_level();
  Tensor x = make_dual(vec({3}), vec({1}), level);
  CHECK(at(tangent_at(x * x, level)) == 6);
  exit_dual_level(level);
  int next = enter_dual_level();
  CHECK(!tangent_at(x, next).defined() && !tangent_at(x, level).defined());
  exit_dual_level(next);
  CHECK(raises(ErrorKind::kRuntime, "not the last", [&] { exit_dual_level(level); }));
}

TEST(writes_carry_tangents) {
  int level = enter_dual_level();
  {
    Tensor x = make_dual(vec({1, 2, 3}), vec({1, 10, 100}), level);
    Tensor y = x * 2.0;
    Tensor v = slice(y, 0, 1, 2);
    write_inplace("mul_", v, v * 3.0);
    Tensor t = tangent_at(y, level);
    CHECK(at(t, 0) == 2 && at(t, 1) == 60 && at(t, 2) == 600);
  }
  exit_dual_level(level);
}

TEST(layouts_outside_the_memory) {
  Tensor x = vec({1, 2, 3});
  CHECK(raises(ErrorKind::kShape, "outside the storage", [&] { as_strided(x, {{4}, {1}, 0}); }));
  CHECK(raises(ErrorKind::kValue, "negative", [&] { as_strided(x, {{2}, {1}, -1}); }));
  CHECK(raises(ErrorKind::kShape, "", [&] { as_strided(x, {{2}, {int64_t{1} << 62}, 0}); }));
  CHECK(raises(ErrorKind::kShape, "",
               [&] { checked_numel("empty", {int64_t{1} << 40, int64_t{1} << 40}); }));
}

}  // namespace
}  // namespace pyad
