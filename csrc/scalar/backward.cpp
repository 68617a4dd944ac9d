// The scalar sweep: order the nodes, then two multiply-adds for each.
//
// Note [Order of the scalar sweep]
// Falling creation numbers would do (Note [Creation order is a topological order]), but nodes are
// not laid out in that order, and sorting them costs several times the arithmetic. A depth-first
// walk that lists a node after its parents gives a topological order in linear time, the same in
// every run. A node is on the stack of the walk or in its list, never in both, so one array holds
// the two: the list grows from its front, the stack from its back, and the number of live nodes
// bounds it.
//
// Note [A sweep changes all or nothing]
// Whatever can fail (memory) or be interrupted (Ctrl-C) happens while the order is made. The
// arithmetic after it touches each node once, tens of millions a second, and runs to the end.
//
// Note [A sweep adds]
// What an interior node holds of earlier sweeps must not flow on again. The walk notes such nodes
// (in a first sweep there are none), the sweep starts them at zero, and in the end they get back
// what they held.
//
// Note [Sweeps inside sweeps]
// Asking for Ctrl-C runs the host's signal handlers, which may start a sweep of their own, or let
// another thread start one, over the same nodes. The newcomer takes away the marks of all walks
// that are under way; they start again when they return.
#include "scalar/backward.hpp"

#include <cstdlib>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/host.hpp"
#include "scalar/code.hpp"
#include "scalar/rule.hpp"

namespace pyad {

namespace {

/// Array of node pointers; a small one is kept for the next sweep.
class Room {
 public:
  explicit Room(size_t need) {
    std::swap(data_, spare);
    std::swap(size_, spare_size);
    if (size_ >= need) return;
    std::free(data_);
    size_ = need <= kKeep / 2 ? 2 * need : need;
    data_ = static_cast<ScalarNode**>(std::malloc(size_ * sizeof(ScalarNode*)));
    if (!data_) {
      fail(ErrorKind::kMemory, "backward: out of memory for the order of up to ", need,
           " nodes; no gradient was changed");
    }
  }
  ~Room() {
    if (size_ <= kKeep && size_ > spare_size) {
      std::swap(data_, spare);
      std::swap(size_, spare_size);
    }
    std::free(data_);
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ScalarNode** begin() const { return data_; }
  ScalarNode** end() const { return data_ + size_; }

 private:
  static constexpr size_t kKeep = 1 << 20;
  ScalarNode** data_ = nullptr;
  size_t size_ = 0;
  static ScalarNode** spare;
  static size_t spare_size;
};
ScalarNode** Room::spare = nullptr;
size_t Room::spare_size = 0;

/// A walk from a root to all that it depends on.
class Walk {
 public:
  explicit Walk(ScalarNode* root)
      : root_(root), room_(static_cast<size_t>(live_scalars())), outer_(innermost) {
    for (Walk* walk = outer_; walk; walk = walk->outer_) walk->start_again();
    innermost = this;
    rewind();
  }
  ~Walk() {
    unmark();
    // Walks of several threads need not end in the order in which they began.
    Walk** link = &innermost;
    while (*link != this) link = &(*link)->outer_;
    *link = outer_;
  }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  /// Lists the root and the interior nodes that it depends on, parents first.
  void run() {
    do {
      disturbed_ = false;
      descend();
    } while (disturbed_);
  }
  /// Lets the interior start at zero: Note [A sweep adds].
  void set_aside() {
    for (const Held& h : held_) h.node->grad = 0;
  }
  void give_back() {
    for (const Held& h : held_)
      if (h.node != root_) h.node->grad += h.grad;
  }
  bool any_choice() const { return choice_; }
  /// Lets the interior start as what nothing depends on: Note [Adjoints behind choices].
  void set_idle() {
    for (ScalarNode** n = room_.begin(); n != list_; ++n) (*n)->grad = -0.0;
  }
  /// Hands out the nodes, newest first, without their marks.
  template <class F>
  void drain(F f) {
    while (list_ != room_.begin()) {
      ScalarNode* n = *--list_;
      n->mark = 0;
      f(n);
    }
  }

 private:
  static constexpr uint32_t kPollEvery = 1 << 21;  // steps: about ten milliseconds

  static bool is_fresh(const ScalarNode* n) { return n && n->interior() && !n->mark; }
  void descend() {
    ScalarNode **list = list_, **stack = stack_;
    ScalarNode* n = root_;
    n->mark = 1;
    *--stack = n;
    for (uint32_t steps = 1;; ++steps) {
      if (steps % kPollEvery == 0) [[unlikely]] {
        list_ = list;
        stack_ = stack;
        poll_interrupt();
        if (disturbed_) return;
      }
      ScalarNode* p = n->parent[0];
      if (!is_fresh(p)) p = n->parent[1];
      if (is_fresh(p)) {
        // By the time the walk is back for the other parent, its memory has arrived.
        __builtin_prefetch(n->parent[1]);
        p->mark = 1;
        *--stack = p;
        n = p;
        continue;
      }
      if (n->grad != 0) [[unlikely]]
        held_.push_back({n, n->grad});
      if (n->op == kOpId<"where">) [[unlikely]]
        choice_ = true;
      *list++ = n;
      if (++stack == room_.end()) break;
      n = *stack;
    }
    list_ = list;
    stack_ = stack;
  }
  void rewind() {
    held_.clear();
    choice_ = false;
    list_ = room_.begin();
    stack_ = room_.end();
  }
  void unmark() {
    for (ScalarNode** p = room_.begin(); p != list_; ++p) (*p)->mark = 0;
    for (ScalarNode** p = stack_; p != room_.end(); ++p) (*p)->mark = 0;
  }
  void start_again() {
    unmark();
    rewind();
    disturbed_ = true;
  }

  struct Held {
    ScalarNode* node;
    double grad;
  };
  ScalarNode* root_;
  std::vector<Held> held_;
  Room room_;
  Walk* outer_;
  bool disturbed_ = false;
  bool choice_ = false;  // a `where` is among the nodes
  ScalarNode** list_;    // end of the list
  ScalarNode** stack_;   // top of the stack
  static Walk* innermost;
};
Walk* Walk::innermost = nullptr;

/// What a node gives to its parents where choices are among the nodes.
void give_behind(ScalarNode* n) {
  const double g = n->grad;
  if (is_idle(g) || n->flags & ScalarNode::kJoint) n->grad = 0;
  if (is_idle(g)) return;
  for (int k = 0; k < 2; ++k) {
    if (!n->parent[k] || (n->op == kOpId<"where"> && n->partial[k] == 0)) continue;
    n->parent[k]->grad += n->partial[k] * g + 0.0;
  }
}

}  // namespace

void scalar_backward(ScalarNode* root, double seed) {
  Walk walk(root);
  walk.run();
  walk.set_aside();
  if (walk.any_choice()) [[unlikely]] {
    walk.set_idle();
    root->grad = seed + 0.0;
    walk.drain(give_behind);
    return walk.give_back();
  }
  root->grad = seed;
  walk.drain([](ScalarNode* n) {
    const double g = n->grad;
    // A joint hands on what it was given, and nothing of earlier calls.
    if (n->flags & ScalarNode::kJoint) [[unlikely]]
      n->grad = 0;
    if (n->parent[0]) n->parent[0]->grad += n->partial[0] * g;
    if (n->parent[1]) n->parent[1]->grad += n->partial[1] * g;
  });
  walk.give_back();
}

}  // namespace pyad
