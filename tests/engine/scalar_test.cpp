// The scalar graph without Python: recording, sweeps and what may break into them, memory.
#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "check.hpp"
#include "core/host.hpp"
#include "scalar/backward.hpp"
#include "scalar/names.hpp"
#include "scalar/record.hpp"

namespace pyad {
namespace {

using test::raises;

/// Holds one count, as a host object does.
class Held {
 public:
  explicit Held(ScalarNode* n) : n_(n) {}
  Held(Held&& o) noexcept : n_(std::exchange(o.n_, nullptr)) {}
  Held& operator=(Held&& o) noexcept {
    std::swap(n_, o.n_);
    return *this;
  }
  ~Held() {
    if (n_) release_scalar(n_);
  }
  ScalarNode* operator->() const { return n_; }
  ScalarNode* get() const { return n_; }
  operator ScalarOperand() const { return {n_, n_->value}; }

 private:
  ScalarNode* n_;
};
Held leaf(double v) { return Held(new_scalar(v)); }
Held operator+(const Held& a, const Held& b) { return Held(record_binary<"add">(a, b)); }
Held operator*(const Held& a, const Held& b) { return Held(record_binary<"mul">(a, b)); }
Held operator*(const Held& a, double b) { return Held(record_binary<"mul">(a, {nullptr, b})); }
Held operator-(double a, const Held& b) { return Held(record_binary<"sub">({nullptr, a}, b)); }
Held chain(const Held& x, int length) {
  Held y = x * 1.0;
  for (int i = 1; i < length; ++i) y = y * 1.0;
  return y;
}

TEST(scalar_partials_and_gradients) {
  const int64_t before = live_scalars();
  {
    Held x = leaf(3), y = leaf(-2);
    Held z = x * y + (1.0 - x) * 4.0;
    CHECK(z->value == -14);
    CHECK(label_of(x.get()).empty() && op_name(x.get()).empty() && op_name(z.get()) == "add");
    scalar_backward(z.get(), 1);
    CHECK(x->grad == -6 && y->grad == 3 && z->grad == 1);
    Held minus = 1.0 - x;
    CHECK(minus->flags == ScalarNode::kNumberLeft && minus->partial[0] == -1 &&
          minus->partial[1] == 1);
    CHECK(x->number() < y->number() && y->number() < z->number());
  }
  CHECK(live_scalars() == before);
}

TEST(scalar_rules_are_the_table) {
  for (const ScalarRule& rule : scalar_rules()) {
    CHECK(rule.name && *rule.name && rule.arity >= 1 && rule.arity <= 3);
    CHECK(!rule.scalar || rule.apply != nullptr);
    CHECK(rule.differentiable >> rule.arity == 0);
    CHECK(!rule.truth || rule.differentiable == 0);
  }
  CHECK(std::string(scalar_rules()[kOpId<"tanh">].name) == "tanh");
}

TEST(scalar_recording_can_be_off) {
  Held x = leaf(2);
  GradModeGuard off(false);
  CHECK(!(x * x)->interior() && !(x * 2.0)->interior());
  Held y(record_unary<"tanh">(x.get()));
  CHECK(!y->interior());
}

TEST(scalar_chain_of_a_million) {
  const int64_t before = live_scalars();
  {
    Held x = leaf(1);
    Held y = chain(x, 1'000'000);
    CHECK(live_scalars() == before + 1'000'001);
    scalar_backward(y.get(), 2);
    CHECK(x->grad == 2);
  }
  CHECK(live_scalars() == before);
}

TEST(scalar_node_of_many_parents) {
  const int64_t before = live_scalars();
  {
    std::vector<Held> xs;
    std::vector<ScalarEdge> edges;
    for (int i = 0; i < 100'000; ++i) {
      xs.push_back(leaf(i));
      edges.push_back({xs.back().get(), i * 0.5});
    }
    Held y(record_edges(7, ScalarNode::kLeaf, edges));
    for (int round = 1; round <= 2; ++round) {
      scalar_backward(y.get(), 1);
      for (int i = 0; i < 100'000; i += 777) CHECK(xs[i]->grad == round * i * 0.5);
    }
    const std::vector<ScalarEdge> back = edges_of(y.get());
    CHECK(back.size() == edges.size());
    bool same = true;
    for (size_t i = 0; i < back.size(); ++i)
      same = same && back[i].node == edges[i].node && back[i].partial == edges[i].partial;
    CHECK(same);
  }
  CHECK(live_scalars() == before);
}

TEST(scalar_sweep_visits_random_graphs_in_order) {
  std::mt19937 random(3);
  for (int round = 0; round < 20; ++round) {
    std::vector<Held> nodes;
    std::vector<std::vector<double>> paths;  // derivative by each of three leaves, forward
    for (int i = 0; i < 3; ++i) {
      nodes.push_back(leaf(1 + i));
      paths.push_back({i == 0 ? 1.0 : 0.0, i == 1 ? 1.0 : 0.0, i == 2 ? 1.0 : 0.0});
    }
    for (int i = 0; i < 200; ++i) {
      const size_t a = random() % nodes.size(), b = random() % nodes.size();
      const double u = random() % 3, v = random() % 3;  // whole numbers: sums are exact
      const ScalarEdge edges[] = {{nodes[a].get(), u}, {nodes[b].get(), v}};
      nodes.emplace_back(record_edges(0, ScalarNode::kLeaf, edges));
      std::vector<double> d(3);
      for (int k = 0; k < 3; ++k) d[k] = std::fmod(u * paths[a][k] + v * paths[b][k], 1e15);
      paths.push_back(d);
    }
    for (size_t i = 0; i < nodes.size(); i += 17) {
      for (Held& n : nodes) n->grad = 0;
      scalar_backward(nodes[i].get(), 1);
      for (size_t k = 0; k < 3; ++k) {
        const double want = paths[i][k];
        if (want < 1e14) CHECK(nodes[k]->grad == want);
      }
      for (Held& n : nodes) CHECK(n->mark == 0);
    }
  }
}

// ---- what may break into a sweep

ScalarNode* inner_root = nullptr;
int polls = 0;

/// Installs an answer to "was Ctrl-C pressed?" for one test.
struct Interrupter {
  bool (*old)();
  explicit Interrupter(bool (*f)()) : old(host.interrupted) {
    host.interrupted = f;
    polls = 0;
  }
  ~Interrupter() { host.interrupted = old; }
};

constexpr int kLong = 3'000'000;  // several polls

TEST(scalar_sweep_is_interrupted_without_a_trace) {
  Held x = leaf(1);
  Held y = chain(x, kLong);
  {
    Interrupter third([] { return ++polls == 2; });
    CHECK(raises(ErrorKind::kInterrupted, "", [&] { scalar_backward(y.get(), 1); }));
    CHECK(polls == 2);
  }
  CHECK(x->grad == 0 && y->grad == 0 && y->mark == 0);
  scalar_backward(y.get(), 1);
  CHECK(x->grad == 1);
}

TEST(scalar_sweep_inside_a_sweep) {
  Held x = leaf(1);
  Held middle = chain(x, kLong);
  Held y = chain(middle, kLong);
  Held z = middle * 2.0;
  inner_root = z.get();
  {
    Interrupter first([] {
      if (++polls == 2) scalar_backward(inner_root, 1);  // polls as well, and is not interrupted
      return false;
    });
    scalar_backward(y.get(), 1);
    CHECK(polls > 3);
  }
  CHECK(z->grad == 1 && y->grad == 1 && middle->grad == 3);
  for (ScalarNode* n = y.get(); n; n = n->parent[0])
    if (n->mark) CHECK(n->mark == 0);
}

TEST(scalar_sweep_inside_a_sweep_that_is_interrupted) {
  Held x = leaf(1);
  Held y = chain(x, kLong);
  inner_root = y.get();
  Interrupter first([] {
    if (++polls != 1) return false;
    scalar_backward(inner_root, 1);
    return true;
  });
  CHECK(raises(ErrorKind::kInterrupted, "", [&] { scalar_backward(y.get(), 1); }));
  CHECK(x->grad == 1 && y->grad == 1 && y->mark == 0);
}

// ---- memory

TEST(scalar_memory_is_taken_once) {
  std::mt19937 random(1);
  std::vector<Held> held;
  std::set<const ScalarNode*> where;
  const int64_t before = live_scalars();
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 20'000; ++i) {
      held.push_back(leaf(i));
      CHECK(where.insert(held.back().get()).second);
      CHECK(reinterpret_cast<uintptr_t>(held.back().get()) % sizeof(ScalarNode) == 0);
    }
    std::shuffle(held.begin(), held.end(), random);
    while (held.size() > 25'000 - static_cast<size_t>(round) * 800) {
      where.erase(held.back().get());
      held.pop_back();
    }
  }
  CHECK(live_scalars() == before + static_cast<int64_t>(held.size()));
  std::set<uintptr_t> regions;
  for (const ScalarNode* n : where)
    regions.insert(reinterpret_cast<uintptr_t>(n) / detail::kScalarRegionBytes);
  // At most 45,000 lived at once: two regions' worth, and a quarter of each page may lie idle.
  CHECK(regions.size() <= 4);
  held.clear();
  CHECK(live_scalars() == before);
}

TEST(scalar_graphs_lie_in_memory_as_they_were_made) {
  Held x = leaf(1);
  for (int round = 0; round < 10; ++round) {
    Held y = chain(x, 50'000) + chain(x, 50'000);  // freed in another order than made
    Held z = chain(y, 50'000);
    int ascending = 0;
    for (ScalarNode* n = z.get(); n->parent[0]->interior(); n = n->parent[0])
      ascending += n->parent[0] < n;
    CHECK(ascending > 99'000);
  }
}

TEST(scalar_names_go_with_their_nodes) {
  for (int round = 0; round < 3; ++round) {
    Held x = leaf(1);
    CHECK(label_of(x.get()).empty() && op_name(x.get()).empty());
    set_label(x.get(), "x");
    name_op(x.get(), "mine");
    CHECK(label_of(x.get()) == "x" && op_name(x.get()) == "mine");
    set_label(x.get(), "");
    CHECK(label_of(x.get()).empty() && op_name(x.get()) == "mine");
    Held y = leaf(2);
    name_op(y.get(), "tanh");
    CHECK(op_name(y.get()) == "tanh" && y->op == kOpId<"tanh">);
  }
}

TEST(scalar_anchor_keeps_the_number) {
  Held x = leaf(1);
  const uint64_t number = x->number();
  NodeAnchor first, second;
  x->anchor_at(&first);
  CHECK(x->anchor() == &first && x->number() == number);
  x->anchor_at(&second);
  x->leave(&first);  // no longer its
  CHECK(x->anchor() == &second && x->number() == number);
  x->leave(&second);
  CHECK(x->anchor() == nullptr && x->number() == number);
}

}  // namespace
}  // namespace pyad
