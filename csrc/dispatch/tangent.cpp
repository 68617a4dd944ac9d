// Levels and tangents.
#include "dispatch/tangent.hpp"

#include <algorithm>
#include <vector>

#include "graph/node.hpp"

namespace pyad {

namespace {

int g_next_level = 0;
thread_local std::vector<int> t_open;  // ascending

/// Same memory, same history, no tangents.
Tensor bare_alias(const Tensor& x) {
  Edge edge = x.requires_grad() ? gradient_edge(x) : Edge{};
  Tensor y = alias(x, x.layout());
  if (edge) set_history(y, edge.node.get(), static_cast<int>(edge.nr));
  return y;
}

}  // namespace

int enter_dual_level() {
  int level = g_next_level;
  g_next_level = (g_next_level + 1) & 0x7fffffff;
  t_open.push_back(level);
  mode.dual_levels = static_cast<int>(t_open.size());
  return level;
}

void exit_dual_level(int level) {
  if (t_open.empty() || t_open.back() != level) {
    fail(ErrorKind::kRuntime,
         "exit_dual_level: trying to exit a forward AD level that was not the last one that was "
         "entered; close levels in the reverse order of opening");
  }
  t_open.pop_back();
  mode.dual_levels = static_cast<int>(t_open.size());
  drop_kept_tangents(level);
}

int innermost_dual_level() { return t_open.empty() ? -1 : t_open.back(); }

int open_level(int depth) { return t_open[static_cast<size_t>(depth)]; }

bool is_open_level(int level) {
  for (size_t i = t_open.size(); i-- > 0;)
    if (t_open[i] == level) return true;
  return false;
}

Tensor make_dual(const Tensor& x, const Tensor& t, int level, Ref<Object> root) {
  Tensor y = bare_alias(x);
  std::vector<Tangent>& to = y.extra().tangents;
  if (x.impl()->extra) {
    for (const Tangent& d : x.impl()->extra->tangents)
      if (d.level != level && is_open_level(d.level)) to.push_back(d);
  }
  to.push_back({level, t, std::move(root)});
  std::sort(to.begin(), to.end(),
            [](const Tangent& a, const Tangent& b) { return a.level < b.level; });
  return y;
}

Tensor tangent_at(const Tensor& x, int level) {
  x.catch_up();
  if (!x.impl()->extra || !is_open_level(level)) return {};
  for (const Tangent& t : x.impl()->extra->tangents)
    if (t.level == level) return t.value;
  return {};
}

Object* root_at(const Tensor& x, int level) {
  x.catch_up();
  if (!x.impl()->extra || !is_open_level(level)) return nullptr;
  for (const Tangent& t : x.impl()->extra->tangents)
    if (t.level == level) return t.root.get();
  return nullptr;
}

Tensor primal_at(const Tensor& x, int level) {
  x.catch_up();
  if (!x.impl()->extra || x.impl()->extra->tangents.empty()) return x;
  Tensor y = bare_alias(x);
  for (const Tangent& t : x.impl()->extra->tangents)
    if (t.level != level && is_open_level(t.level)) y.extra().tangents.push_back(t);
  return y;
}

int dual_level_of(std::span<const Tensor> xs) {
  int level = -1;
  for (const Tensor& x : xs) {
    if (!x.defined() || !x.impl()->extra) continue;
    x.catch_up();
    for (const Tangent& t : x.impl()->extra->tangents)
      if (t.level > level && is_open_level(t.level)) level = t.level;
  }
  return level;
}

}  // namespace pyad
