// Nodes and sweeps: order, lifetime, hooks, reentrance, errors.
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "check.hpp"
#include "core/host.hpp"
#include "core/packed_dims.hpp"
#include "core/pool.hpp"
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

void run_backward(const Tensor& root, SweepOptions options = {}) {
  backward({&root, 1}, {}, options);
}
Tensor grad_of(const Tensor& root, const Tensor& x, SweepOptions options = {}) {
  return gradients({&root, 1}, {}, {&x, 1}, options, false)[0];
}

struct Hooked final : GradHook {
  std::function<Tensor(const Tensor&)> f;
  bool off = false;
  explicit Hooked(std::function<Tensor(const Tensor&)> fn) : f(std::move(fn)) {}
  Tensor run(const Tensor& g) override { return f(g); }
  bool removed() const noexcept override { return off; }
};
Hooked* hook(const Tensor& x, std::function<Tensor(const Tensor&)> f) {
  auto* h = new Hooked(std::move(f));
  add_hook(x, Ref<GradHook>(h));
  return h;
}

TEST(sizes_at_rest) {
  const int64_t far = int64_t{1} << 40;
  for (const Dims& d : {Dims{}, Dims{7}, Dims{2, 3, 5}, Dims{1, 2, 3, 4}, Dims{far}, Dims{0, -1},
                        Dims{1, 2, 3, 4, 5, 6, 7}, Dims{INT32_MAX, INT32_MIN, far}}) {
    PackedDims p(d), copied(p), moved(std::move(p)), assigned(Dims{9, far, 9});
    CHECK(copied == d && moved == d && !(assigned == d));
    assigned = moved;
    moved = std::move(assigned);
    CHECK(moved.unpack() == d);
    CHECK(!(moved == Dims{8, 8}));
  }
}

TEST(saved_values_in_every_layout) {
  const Tensor x = vec({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const Layout layouts[] = {{{12}, {1}, 0},
                            {{5}, {1}, 7},
                            {{3, 4}, {4, 1}, 0},
                            {{4, 3}, {1, 4}, 0},
                            {{3, 2}, {4, 2}, 1},
                            {{2, 3}, {0, 1}, 4},
                            {{1, 3, 1, 4}, {5, 4, 9, 1}, 0}};
  for (const Layout& l : layouts) {
    const Tensor view = alias(x, l);
    Saved s;
    s.keep(Scalar(3));
    s.keep(view);
    Saved copied(s), assigned;
    assigned.keep(Scalar(2.5));
    CHECK(assigned.number().as_double() == 2.5 && !assigned.is_tensor());
    assigned = std::move(s);
    for (const Saved* t : {&copied, &assigned}) {
      const Tensor y = t->plain();
      CHECK(y.sizes() == l.sizes && t->shows(y));
      Dims at = Dims::filled(l.sizes.size(), 0);
      for (int64_t i = 0; i < y.numel(); ++i) {
        int64_t a = y.offset(), b = view.offset();
        for (int d = 0; d < at.size(); ++d) {
          a += at[d] * y.stride(d);
          b += at[d] * view.stride(d);
        }
        const auto* own = static_cast<const double*>(y.impl()->storage->buffer->data);
        CHECK(own[a] == static_cast<double>(b));
        for (int d = at.size(); d-- > 0 && ++at[d] == l.sizes[d];) at[d] = 0;
      }
    }
  }
}

TEST(chunks_go_back_and_serve_other_sizes) {
  constexpr size_t kCount = 40'000;
  std::vector<void*> blocks(kCount);
  for (size_t size : {64, 400, 192, 1024, 16}) {
    for (void*& b : blocks) {
      b = pool_alloc(size);
      CHECK(size % 64 || reinterpret_cast<uintptr_t>(b) % 64 == 0);
      std::memset(b, 1, size);
    }
    for (size_t i = 0; i < kCount; ++i) pool_free(blocks[i * 7 % kCount], size);
    CHECK(pool_trim(0));
  }
  CHECK(!pool_trim(0));
}

TEST(gradient_of_a_product) {
  Tensor x = vec({1, 2}, true), y = vec({3, 4}, true);
  run_backward(sum(x * y));
  CHECK(at(x.extra().grad, 0) == 3 && at(x.extra().grad, 1) == 4);
  CHECK(at(y.extra().grad, 0) == 1 && at(y.extra().grad, 1) == 2);
}

TEST(accumulator_is_older_than_the_first_use) {
  // Note [Creation order is a topological order]: the leaf's node is made while its user is.
  Tensor x = vec({1, 2}, true), y = vec({3, 4}, true);
  Tensor z = x * y;
  Node* node = node_of(z);
  for (int i = 0; i < 2; ++i) CHECK(node->inputs()[i].edge.node->seq() < node->seq());
}

TEST(long_chain) {
  Tensor x = vec({1}, true);
  Tensor y = x;
  for (int i = 0; i < 300'000; ++i) y = y + 1.0;
  run_backward(y);
  CHECK(at(x.extra().grad) == 1);
}

TEST(long_chain_recorded_twice) {
  Tensor x = vec({0.5}, true);
  Tensor y = x;
  for (int i = 0; i < 20'000; ++i) y = y * 1.0;
  Tensor g = grad_of(y * y, x, {.create_graph = true});
  CHECK(near(at(grad_of(g, x)), 2));
}

TEST(diamonds) {
  Tensor x = vec({0.5}, true);
  Tensor y = x;
  for (int i = 0; i < 30; ++i) y = y * 0.5 + y * 0.5;
  run_backward(y);
  CHECK(near(at(x.extra().grad), 1));
}

TEST(shared_cotangents_are_not_written) {
  // add hands one cotangent to both inputs; one of them is added to later.
  Tensor x = vec({1, 2}, true), y = vec({3, 4}, true);
  Tensor a = x * 1.0, b = y * 1.0;
  run_backward(sum((a + b) + a * 3.0));
  CHECK(at(x.extra().grad) == 4 && at(y.extra().grad) == 1);
  CHECK(x.extra().grad.impl()->storage.get() != y.extra().grad.impl()->storage.get());
}

TEST(freed_graph_raises) {
  Tensor x = vec({1, 2}, true);
  Tensor y = sum(x * x);
  run_backward(y);
  CHECK(raises(ErrorKind::kRuntime, "a second time", [&] { run_backward(y); }));
}

TEST(only_executed_nodes_are_freed) {
  Tensor x = vec({1, 2}, true);
  Tensor y = exp(x);
  Tensor z = sum(square(y));
  Tensor g = grad_of(z, y);
  CHECK(near(at(g), 2 * std::exp(1.0)));
  CHECK(near(at(grad_of(sum(y), x)), std::exp(1.0)));
}

TEST(hooks_replace_in_order) {
  Tensor x = vec({1, 2}, true);
  Tensor y = x * 2.0;
  std::vector<double> seen;
  hook(y, [&](const Tensor& g) { return seen.push_back(at(g)), g * 3.0; });
  hook(y, [&](const Tensor& g) { return seen.push_back(at(g)), Tensor(); });
  hook(x, [&](const Tensor& g) { return seen.push_back(at(g)), g * 5.0; });
  run_backward(sum(y));
  CHECK(seen == std::vector<double>{1, 3, 6});
  CHECK(at(x.extra().grad) == 30);
}

TEST(hooks_that_change_their_list) {
  Tensor x = vec({1, 2}, true);
  int runs = 0;
  Hooked* once = nullptr;
  once = hook(x, [&](const Tensor&) {
    once->off = true;
    ++runs;
    for (int i = 0; i < 20; ++i) hook(x, [&](const Tensor&) { return ++runs, Tensor(); });
    return Tensor();
  });
  run_backward(sum(x * 1.0));
  CHECK(runs == 1);
  run_backward(sum(x * 1.0));
  CHECK(runs == 21);
}

TEST(exception_in_the_middle) {
  Tensor x = vec({1, 2}, true);
  Tensor y = exp(x);
  Tensor z = sum(y * y);
  Hooked* bad = hook(y, [](const Tensor&) -> Tensor { fail(ErrorKind::kValue, "from the hook"); });
  for (int i = 0; i < 3; ++i) {
    CHECK(raises(ErrorKind::kValue, "from the hook",
                 [&] { run_backward(z, {.retain_graph = true}); }));
    CHECK(mode.grad && !mode.unwatched);
    CHECK(!x.extra().grad.defined());
  }
  bad->off = true;
  run_backward(z);
  CHECK(near(at(x.extra().grad), 2 * std::exp(2.0)));
}

TEST(sweep_inside_a_sweep) {
  Tensor x = vec({1, 2}, true);
  Tensor y = exp(x);
  Tensor z = sum(y * y);
  int depth = 0;
  Tensor inner;
  hook(y, [&](const Tensor&) {
    if (depth++ == 0) inner = grad_of(z, x, {.retain_graph = true});
    return Tensor();
  });
  run_backward(z, {.retain_graph = true});
  CHECK(near(at(inner), 2 * std::exp(2.0)));
  CHECK(near(at(x.extra().grad), 2 * std::exp(2.0)));
}

TEST(graph_freed_from_inside) {
  Tensor x = vec({1, 2}, true);
  Tensor y = exp(x);
  Tensor z = sum(y * y);
  hook(z, [&](const Tensor&) {
    GradModeGuard recording(true);
    Tensor other = sum(y);
    run_backward(other);
    return Tensor();
  });
  CHECK(raises(ErrorKind::kRuntime, "another backward pass", [&] { run_backward(z); }));
}

TEST(retained_gradients_follow_the_tensor) {
  Tensor x = vec({1, 2}, true);
  Tensor y = x * 3.0;
  retain_grad(y);
  Tensor root = sum(y * y);
  run_backward(root, {.retain_graph = true});
  CHECK(at(y.extra().grad) == 6);
  y = Tensor();  // dies while its node lives: the node must forget it
  run_backward(root);
  CHECK(at(x.extra().grad) == 36);
}

TEST(interrupt_between_nodes) {
  static int polls;
  polls = 0;
  HostHooks before = host;
  host.interrupted = [] { return ++polls > 5; };
  Tensor x = vec({1}, true);
  Tensor y = x;
  for (int i = 0; i < 1000; ++i) y = y + 1.0;
  CHECK(raises(ErrorKind::kInterrupted, "", [&] { run_backward(y); }));
  host = before;
  run_backward(y);
  CHECK(at(x.extra().grad) == 1);
}

TEST(errors_before_anything_changes) {
  Tensor x = vec({1, 2}, true), c = vec({1, 2});
  CHECK(raises(ErrorKind::kRuntime, "scalar outputs", [&] { run_backward(x * x); }));
  CHECK(raises(ErrorKind::kRuntime, "does not require grad", [&] { run_backward(sum(c)); }));
  Tensor wrong = vec({1, 2, 3}), y = x * x;
  CHECK(raises(ErrorKind::kShape, "(3,)", [&] { backward({&y, 1}, {&wrong, 1}, {}); }));
  CHECK(
      raises(ErrorKind::kRuntime, "allow_unused", [&] { grad_of(sum(x * 2.0), vec({1}, true)); }));
  CHECK(!x.extra().grad.defined());
}

TEST(nodes_freed_on_another_thread) {
  Tensor x = vec({1}, true);
  Tensor y = x;
  for (int i = 0; i < 10'000; ++i) y = y * 1.0;
  std::thread([&] { y = Tensor(); }).join();
  run_backward(sum(x * 2.0));
  CHECK(at(x.extra().grad) == 2);
}

}  // namespace
}  // namespace pyad
