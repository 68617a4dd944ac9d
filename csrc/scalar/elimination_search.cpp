// Orders of elimination with few products: exactly for small graphs, by annealing for others.
//
// Note [Search for an order]
// What a vertex costs depends on the set of vertices that went before and not on their order: there
// is an edge (i, k) when a way from i to k leads through that set alone. So the best order of n
// vertices is found by a table over 2^n sets; and when a vertex moves in an order, only the costs
// between its old place and its new one change, which makes neighbours in annealing cheap.
// Annealing starts from several orders of Markowitz' rule with ties drawn by lot, moves one step at
// a time, and takes a worse order with a chance that falls. An order has a few places for edges
// that go alone, empty at first. With them costs may change up to the end; but only until the graph
// is what it was at the same place before the change, which is looked at.
//
// Everything is counted in eliminations tried and drawn from a generator of its own: the same graph
// and budget give the same order, on every machine.
#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "core/host.hpp"
#include "scalar/elimination.hpp"

namespace pyad {

namespace {

using Order = std::vector<Elimination>;

/// splitmix64.
struct Lots {
  uint64_t state;
  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  uint32_t below(uint32_t n) { return static_cast<uint32_t>((next() >> 32) * n >> 32); }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
};

/// A place of an order where nothing is done: an edge from an input to itself.
constexpr Elimination kEmpty{Elimination::kEdgeAtEnd, 0, 0};
Elimination vertex_step(uint32_t v) { return {Elimination::kVertex, v, 0}; }

/// Rows of bits: what enters and what leaves each vertex.
class BitRows {
 public:
  explicit BitRows(const EliminationGraph& g)
      : n_(g.size()), words_((g.size() + 63) / 64), bits_(size_t{2} * n_ * words_) {
    for (uint32_t v = 0; v < n_; ++v) {
      for (const uint32_t u : g.enter(v)) set(enter(v), u);
      for (const uint32_t u : g.leave(v)) set(leave(v), u);
    }
  }
  static size_t bytes(const EliminationGraph& g) {
    return size_t{16} * g.size() * ((g.size() + 63) / 64);
  }
  /// Does what `e` says, and nothing where there is no such edge; the products it took.
  uint64_t eliminate(const EliminationGraph& g, const Elimination& e) {
    if (e.kind == Elimination::kEdgeAtStart) return edge_at_start(e.vertex, e.to);
    if (e.kind == Elimination::kEdgeAtEnd) return edge_at_end(g, e.vertex, e.to);
    const uint32_t v = e.vertex;
    const uint64_t *before = enter(v), *after = leave(v);
    for_each(before, [&](uint32_t i) { join(leave(i), after, v); });
    for_each(after, [&](uint32_t k) { join(enter(k), before, v); });
    const uint64_t products = cost(g, v);
    clear(enter(v));
    clear(leave(v));
    return products;
  }
  /// Products of eliminating v now.
  uint64_t cost(const EliminationGraph& g, uint32_t v) const {
    return count(enter(v)) * (count(leave(v)) - (g.used_output(v) ? 1 : 0));
  }
  /// One of the edges at inner vertex v by lot, as a step; empty where there is none.
  Elimination edge_of(const EliminationGraph& g, uint32_t v, Lots& lots) const {
    const bool end = lots.next() & 1;
    const uint64_t* row = end ? enter(v) : leave(v);
    const uint64_t n = count(row);
    if (n == 0) return kEmpty;
    uint32_t left = lots.below(static_cast<uint32_t>(n));
    uint32_t other = 0;
    for_each(row, [&](uint32_t i) {
      if (left-- == 0) other = i;
    });
    if (end) return {Elimination::kEdgeAtEnd, other, v};
    if (g.used_output(v) && other == g.sink(v)) return kEmpty;
    return {Elimination::kEdgeAtStart, v, other};
  }
  bool operator==(const BitRows& o) const { return bits_ == o.bits_; }

 private:
  uint64_t edge_at_end(const EliminationGraph& g, uint32_t i, uint32_t j) {
    if (!has(enter(j), i)) return 0;
    const uint64_t* after = leave(j);
    const uint64_t products = count(after) - (g.used_output(j) ? 1 : 0);
    join(leave(i), after, j);
    for_each(after, [&](uint32_t k) { set(enter(k), i); });
    reset(enter(j), i);
    if (count(enter(j)) == 0) {
      for_each(after, [&](uint32_t k) { reset(enter(k), j); });
      clear(leave(j));
    }
    return products;
  }
  uint64_t edge_at_start(uint32_t j, uint32_t k) {
    if (!has(leave(j), k)) return 0;
    const uint64_t* before = enter(j);
    const uint64_t products = count(before);
    join(enter(k), before, j);
    for_each(before, [&](uint32_t i) { set(leave(i), k); });
    reset(leave(j), k);
    if (count(leave(j)) == 0) {
      for_each(before, [&](uint32_t i) { reset(leave(i), j); });
      clear(enter(j));
    }
    return products;
  }

  uint64_t* enter(uint32_t v) { return bits_.data() + size_t{v} * words_; }
  uint64_t* leave(uint32_t v) { return bits_.data() + (size_t{n_} + v) * words_; }
  const uint64_t* enter(uint32_t v) const { return bits_.data() + size_t{v} * words_; }
  const uint64_t* leave(uint32_t v) const { return bits_.data() + (size_t{n_} + v) * words_; }
  static bool has(const uint64_t* row, uint32_t i) { return row[i / 64] >> i % 64 & 1; }
  static void reset(uint64_t* row, uint32_t i) { row[i / 64] &= ~(uint64_t{1} << i % 64); }
  void clear(uint64_t* row) const { std::fill(row, row + words_, uint64_t{0}); }
  static void set(uint64_t* row, uint32_t i) { row[i / 64] |= uint64_t{1} << i % 64; }
  void join(uint64_t* row, const uint64_t* other, uint32_t without) {
    for (uint32_t w = 0; w < words_; ++w) row[w] |= other[w];
    row[without / 64] &= ~(uint64_t{1} << without % 64);
  }
  uint64_t count(const uint64_t* row) const {
    uint64_t n = 0;
    for (uint32_t w = 0; w < words_; ++w) n += static_cast<uint64_t>(std::popcount(row[w]));
    return n;
  }
  template <class F>
  void for_each(const uint64_t* row, F f) const {
    for (uint32_t w = 0; w < words_; ++w)
      for (uint64_t rest = row[w]; rest; rest &= rest - 1)
        f(w * 64 + static_cast<uint32_t>(std::countr_zero(rest)));
  }

  uint32_t n_, words_;
  std::vector<uint64_t> bits_;
};

/// Whether there is room for a walk, which keeps two graphs for each step.
bool fits(const EliminationGraph& g) {
  constexpr size_t kRoom = size_t{1} << 28;
  return 3 * (g.order().size() + 1) * BitRows::bytes(g) <= kRoom;
}

/// An order, with the graph as it is before each of its steps.
class Walk {
 public:
  Walk(const EliminationGraph& g, const Order& order, size_t places_for_edges)
      : g_(g), steps_(order), before_(1, BitRows(g)) {
    steps_.insert(steps_.end(), places_for_edges, kEmpty);
    for (const Elimination& e : steps_) {
      before_.push_back(before_.back());
      costs_.push_back(before_.back().eliminate(g, e));
      total_ += costs_.back();
    }
    scratch_ = before_;
    scratch_costs_ = costs_;
  }
  uint64_t total() const { return total_; }
  uint32_t size() const { return static_cast<uint32_t>(steps_.size()); }
  const Elimination& step(uint32_t k) const { return steps_[k]; }
  const Order& steps() const { return steps_; }
  const BitRows& before(uint32_t k) const { return before_[k]; }

  /// What the total would be with step `from`, made to be `e`, at place `to`; kept until `accept`.
  uint64_t try_move(uint32_t from, uint32_t to, const Elimination& e) {
    from_ = from, to_ = to;
    was_ = steps_[from];
    steps_[from] = e;
    rotate(from, to);
    const uint32_t low = std::min(from, to), high = std::max(from, to);
    uint64_t now = total_;
    for (end_ = low; end_ < size() && (end_ <= high || scratch_[end_] != before_[end_]); ++end_) {
      scratch_[end_ + 1] = end_ == low ? before_[end_] : scratch_[end_];
      scratch_costs_[end_] = scratch_[end_ + 1].eliminate(g_, steps_[end_]);
      now += scratch_costs_[end_] - costs_[end_];
    }
    return now;
  }
  /// Eliminations that the last `try_move` did.
  uint32_t done() const { return end_ - std::min(from_, to_); }
  void accept(uint64_t total) {
    for (uint32_t k = std::min(from_, to_); k < end_; ++k) {
      std::swap(before_[k + 1], scratch_[k + 1]);
      costs_[k] = scratch_costs_[k];
    }
    total_ = total;
  }
  void reject() {
    rotate(to_, from_);
    steps_[from_] = was_;
  }
  Order order() const {
    Order order;
    BitRows rows = before_[0];
    for (const Elimination& e : steps_) {
      const BitRows was = rows;
      rows.eliminate(g_, e);
      if (e.kind == Elimination::kVertex || rows != was) order.push_back(e);
    }
    return order;
  }

 private:
  void rotate(uint32_t from, uint32_t to) {
    const auto at = steps_.begin();
    from < to ? std::rotate(at + from, at + from + 1, at + to + 1)
              : std::rotate(at + to, at + from, at + from + 1);
  }

  const EliminationGraph& g_;
  Order steps_;
  std::vector<BitRows> before_, scratch_;
  std::vector<uint64_t> costs_, scratch_costs_;
  uint64_t total_ = 0;
  uint32_t from_ = 0, to_ = 0, end_ = 0;
  Elimination was_;
};

struct Best {
  Order order;
  uint64_t cost;
  bool take(const Order& o, uint64_t c) {
    if (c >= cost) return false;
    order = o;
    cost = c;
    return true;
  }
};

/// Markowitz' rule with ties drawn by lot.
Order drawn_markowitz(const EliminationGraph& g, Lots& lots, uint64_t& tried) {
  BitRows rows(g);
  std::vector<uint32_t> left(g.order().begin(), g.order().end());
  Order order;
  while (!left.empty()) {
    uint64_t least = ~uint64_t{0};
    uint32_t ties = 0;
    size_t pick = 0;
    for (size_t i = 0; i < left.size(); ++i) {
      const uint64_t c = rows.cost(g, left[i]);
      if (c > least) continue;
      ties = c < least ? 1 : ties + 1;
      least = c;
      if (lots.below(ties) == 0) pick = i;
    }
    rows.eliminate(g, vertex_step(left[pick]));
    ++tried;
    order.push_back(vertex_step(left[pick]));
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(pick));
  }
  return order;
}

/// Draws a step of `walk` and where it might go.
struct Move {
  uint32_t from, to;
  Elimination e;
};
Move draw_move(const EliminationGraph& g, const Walk& walk, Lots& lots) {
  const uint32_t n = walk.size(), from = lots.below(n);
  // Near places mostly: their costs are known for less.
  const double far = std::exp(lots.unit() * std::log(static_cast<double>(n)));
  const auto reach = std::min(static_cast<uint32_t>(far), n - 1);
  const uint32_t near =
      lots.next() & 1 ? std::min(from + reach, n - 1) : from - std::min(from, reach);
  const Elimination e = walk.step(from);
  // A place for an edge: filled, emptied or moved.
  if (e == kEmpty || (e.kind != Elimination::kVertex && lots.next() & 1)) {
    const std::span<const uint32_t> vertices = g.order();
    const uint32_t to = lots.below(n);
    const uint32_t v = vertices[lots.below(static_cast<uint32_t>(vertices.size()))];
    return {from, to, e == kEmpty ? walk.before(to).edge_of(g, v, lots) : kEmpty};
  }
  return {from, near, e};
}

/// One annealing that tries `budget` eliminations. `energy(walk, total)` is what has to fall; when
/// an order is taken, `taken(walk, total)` is called.
template <class Energy, class Taken>
void anneal(const EliminationGraph& g, Walk& walk, uint64_t budget, Lots& lots, Energy energy,
            Taken taken) {
  constexpr double kHot = 2.0, kCold = 0.15;  // in products
  if (walk.size() < 2) return;
  uint64_t tried = 0;
  double now = energy(walk, walk.total(), tried);
  for (uint64_t polled = 0; tried < budget;) {
    if (tried >= polled + 4096) poll_interrupt(), polled = tried;
    const double t =
        kHot * std::pow(kCold / kHot, static_cast<double>(tried) / static_cast<double>(budget));
    const auto [from, to, e] = draw_move(g, walk, lots);
    ++tried;
    if (to == from && e == walk.step(from)) continue;
    const uint64_t total = walk.try_move(from, to, e);
    tried += walk.done();
    const double then = energy(walk, total, tried);
    if (then > now && lots.unit() >= std::exp((now - then) / t)) {
      walk.reject();
      continue;
    }
    walk.accept(total);
    now = then;
    taken(walk, total);
  }
}

/// Annealing for the fewest products.
void anneal_cost(const EliminationGraph& g, const Order& start, bool edges, uint64_t budget,
                 Lots& lots, Best& best) {
  Walk walk(g, start, edges ? 1 + g.order().size() / 8 : 0);
  anneal(
      g, walk, budget, lots,
      [](const Walk&, uint64_t total, uint64_t&) { return static_cast<double>(total); },
      [&](const Walk& w, uint64_t total) {
        if (total < best.cost) best.take(w.order(), total);
      });
}

}  // namespace

std::vector<Elimination> order_of_little_work(const EliminationGraph& g,
                                              std::span<const std::vector<Elimination>> starts,
                                              const EliminationWork& work, uint64_t budget,
                                              uint64_t seed) {
  Lots lots{seed};
  Order best;
  uint64_t least = ~uint64_t{0};
  for (const Order& start : starts) {
    const uint64_t w = work(start);
    if (w < least) best = start, least = w;
  }
  if (!fits(g) || budget == 0 || g.order().size() < 2) return best;
  for (const Order& start : starts) {
    Walk walk(g, start, 0);
    uint64_t now = 0;
    anneal(
        g, walk, budget / starts.size(), lots,
        [&](const Walk& w, uint64_t products, uint64_t& tried) {
          tried += std::max<uint64_t>(w.size(), products / 8);  // what `work` does
          now = work(w.steps());
          return static_cast<double>(now);
        },
        [&](const Walk& w, uint64_t) {
          if (now < least) best = w.order(), least = now;
        });
  }
  return best;
}

std::vector<Elimination> exact_order(const EliminationGraph& g) {
  const auto n = static_cast<uint32_t>(g.order().size());
  if (n > kMostExact) {
    fail(ErrorKind::kValue, "jacobian_plan: order=\"exact\" tries all sets of inner vertices, ", n,
         " of them here, and does so up to ", kMostExact, "; use order=\"auto\"");
  }
  constexpr uint64_t kMany = ~uint64_t{0};
  const size_t sets = size_t{1} << n;
  std::vector<uint64_t> cost(sets, kMany);
  std::vector<uint8_t> last(sets);
  cost[0] = 0;
  // A set's graph is that of the set without its highest vertex, with this one eliminated.
  std::vector<BitRows> path(1, BitRows(g));
  std::vector<size_t> path_sets(1, 0);
  for (size_t s = 0; s < sets; ++s) {
    if (s % 4096 == 0) poll_interrupt();
    if (s > 0) {
      const size_t parent = s & (s - 1);  // without its lowest: sets count up, so parents are near
      while (path_sets.back() != parent) path.pop_back(), path_sets.pop_back();
      path.push_back(path.back());
      path_sets.push_back(s);
      path.back().eliminate(g, vertex_step(g.order()[static_cast<size_t>(std::countr_zero(s))]));
    }
    for (uint32_t i = 0; i < n; ++i) {
      if (s >> i & 1) continue;
      const size_t with = s | size_t{1} << i;
      const uint64_t c = cost[s] + path.back().cost(g, g.order()[i]);
      if (c >= cost[with]) continue;
      cost[with] = c;
      last[with] = static_cast<uint8_t>(i);
    }
  }
  std::vector<Elimination> order;
  for (size_t s = sets - 1; s; s &= ~(size_t{1} << last[s]))
    order.push_back(vertex_step(g.order()[last[s]]));
  std::reverse(order.begin(), order.end());
  return order;
}

std::vector<Elimination> searched_order(const EliminationGraph& g, const EliminationSearch& how) {
  Best best{reverse_order(g), 0};
  best.cost = g.cost(best.order);
  auto consider = [&](const Order& order) { best.take(order, g.cost(order, best.cost)); };
  consider(forward_order(g));
  consider(markowitz_order(g));
  consider(markowitz_order(g, true));
  const size_t n = g.order().size();
  Lots lots{how.seed};
  const bool small = n <= std::min(how.exact_up_to, kMostExact) && fits(g);
  if (small) consider(exact_order(g));
  if (n < 2 || !fits(g) || how.budget == 0 || (small && !how.edges)) return best.order;
  constexpr uint64_t kRuns = 4, kShare = 8;
  const uint64_t share = how.budget / kRuns;
  for (uint64_t run = 0; run < kRuns; ++run) {
    Order start = best.order;
    uint64_t tried = 0;
    // Of several drawn orders the best one.
    for (uint64_t least = ~uint64_t{0}; run > 0 && tried < share / kShare;) {
      const Order drawn = drawn_markowitz(g, lots, tried);
      const uint64_t c = g.cost(drawn);
      if (c < least) start = drawn, least = c;
    }
    const bool edges = how.edges && (run % 2 == 1 || small);
    anneal_cost(g, start, edges, share - std::min(share, tried), lots, best);
  }
  return best.order;
}

}  // namespace pyad
