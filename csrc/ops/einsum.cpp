// einsum: reads the equation once, then contracts operand after operand through matmul.
//
// Note [Contraction of two operands]
// Labels of a pair fall into four groups: in both and still needed (batch), in both and not needed
// (summed), in the left alone, in the right alone; labels in one alone that nobody needs are summed
// first. With dims permuted to (batch, left, summed) and (batch, summed, right) and each group
// reshaped to one dim, the pair is one batched matmul. Without summed labels it is a product
// elementwise. Permutations are views; matmul reads them in place where the groups allow it.
#include <string>
#include <vector>

#include "core/memory.hpp"
#include "ops/functions.hpp"
#include "ops/product.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

constexpr int kLetters =
    52;  // labels below are letters; the dims of `...` follow, the last dim highest
constexpr int kLabels = kLetters + kMaxDims;

int label_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  return -1;
}
char letter_of(int label) { return static_cast<char>(label < 26 ? 'A' + label : 'a' + label - 26); }

/// Subscripts of one operand or of the result, before ranks are known.
struct Term {
  std::vector<int> labels;
  int ellipsis = -1;  // position in `labels` at which the dims of `...` go; -1: none
};

[[noreturn]] void malformed(std::string_view equation, const std::string& why) {
  fail(ErrorKind::kShape, "einsum: equation '", equation, "': ", why);
}

Term read_term(std::string_view equation, std::string_view text) {
  Term term;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    if (text.substr(i, 3) == "...") {
      if (term.ellipsis >= 0) malformed(equation, "a term has more than one '...'");
      term.ellipsis = static_cast<int>(term.labels.size());
      i += 2;
    } else if (int label = label_of(text[i]); label >= 0) {
      term.labels.push_back(label);
    } else {
      malformed(equation, cat("'", text[i], "' is no subscript; subscripts are letters"));
    }
  }
  return term;
}

struct Equation {
  std::vector<Term> inputs;
  Term output;
  bool explicit_output = false;
};

Equation read_equation(std::string_view text) {
  Equation e;
  std::string_view left = text;
  if (size_t arrow = text.find("->"); arrow != std::string_view::npos) {
    e.explicit_output = true;
    e.output = read_term(text, text.substr(arrow + 2));
    left = text.substr(0, arrow);
  }
  for (;;) {
    size_t comma = left.find(',');
    e.inputs.push_back(read_term(text, left.substr(0, comma)));
    if (comma == std::string_view::npos) return e;
    left.remove_prefix(comma + 1);
  }
}

/// A tensor with a label for each dim.
struct Labelled {
  Tensor x;
  std::vector<int> labels;

  int at(int label) const {
    for (size_t i = 0; i < labels.size(); ++i)
      if (labels[i] == label) return static_cast<int>(i);
    return -1;
  }
  bool has(int label) const { return at(label) >= 0; }
};

Tensor sum_keeping_dtype(const Tensor& x, const Dims& dims) {
  return to_dtype(sum(x, dims), x.dtype());
}

/// Sums over the labels for which `needed` is false.
template <class F>
void sum_out(Labelled& t, F needed) {
  Dims dims;
  std::vector<int> kept;
  for (size_t i = 0; i < t.labels.size(); ++i) {
    if (needed(t.labels[i])) {
      kept.push_back(t.labels[i]);
    } else {
      dims.push_back(static_cast<int64_t>(i));
    }
  }
  if (dims.empty()) return;
  t.x = sum_keeping_dtype(t.x, dims);
  t.labels = std::move(kept);
}

/// `t` with dims in the order of `labels`, a size-1 dim where it lacks one.
Tensor arranged(const Labelled& t, const std::vector<int>& labels) {
  Dims order;
  for (int label : labels)
    if (int at = t.at(label); at >= 0) order.push_back(at);
  bool sorted = true;
  for (int i = 0; i < order.size(); ++i) sorted = sorted && order[i] == i;
  Tensor y = sorted ? t.x : permute(t.x, order);
  if (y.dim() == static_cast<int>(labels.size())) return y;
  Dims sizes;
  for (size_t i = 0, k = 0; i < labels.size(); ++i)
    sizes.push_back(t.has(labels[i]) ? y.size(static_cast<int>(k++)) : 1);
  return reshape(y, sizes);
}

std::vector<int> joined(std::initializer_list<const std::vector<int>*> groups) {
  std::vector<int> all;
  for (auto* g : groups) all.insert(all.end(), g->begin(), g->end());
  return all;
}

int64_t extent(const Labelled& t, const std::vector<int>& labels) {
  int64_t n = 1;
  for (int label : labels) n *= t.x.size(t.at(label));
  return n;
}

/// Expands the size-1 dims of a shared label that the other operand has longer.
void match_sizes(Labelled& t, const Labelled& other) {
  Dims sizes = t.x.sizes();
  for (size_t i = 0; i < t.labels.size(); ++i) {
    int at = other.at(t.labels[i]);
    if (at >= 0 && sizes[static_cast<int>(i)] == 1) sizes[static_cast<int>(i)] = other.x.size(at);
  }
  if (!(sizes == t.x.sizes())) t.x = expand(t.x, sizes);
}

/// See Note [Contraction of two operands].
template <class F>
Labelled contract(Labelled x, Labelled y, F needed) {
  sum_out(x, [&](int label) { return needed(label) || y.has(label); });
  sum_out(y, [&](int label) { return needed(label) || x.has(label); });
  std::vector<int> batch, summed, left, right;
  for (int label : x.labels)
    (!y.has(label) ? left : needed(label) ? batch : summed).push_back(label);
  for (int label : y.labels)
    if (!x.has(label)) right.push_back(label);
  std::vector<int> all = joined({&batch, &left, &right});
  if (summed.empty()) return {arranged(x, all) * arranged(y, all), all};
  match_sizes(x, y);
  match_sizes(y, x);
  int64_t m = extent(x, left), k = extent(x, summed), n = extent(y, right), b = extent(x, batch);
  Dims sizes;
  for (int label : batch) sizes.push_back(x.x.size(x.at(label)));
  for (int label : left) sizes.push_back(x.x.size(x.at(label)));
  for (int label : right) sizes.push_back(y.x.size(y.at(label)));
  Tensor p = arranged(x, joined({&batch, &left, &summed})),
         q = arranged(y, joined({&batch, &summed, &right}));
  Tensor z = batch.empty() ? matmul(reshape(p, {m, k}), reshape(q, {k, n}), "einsum")
                           : matmul(reshape(p, {b, m, k}), reshape(q, {b, k, n}), "einsum");
  return {reshape(z, sizes), all};
}

/// Labels of an operand, `...` spelled out; repeated labels are reduced to their diagonal.
Labelled read_operand(std::string_view equation, const Term& term, const Tensor& x, int index) {
  int named = static_cast<int>(term.labels.size());
  int extra = x.dim() - named;
  if (extra < 0 || (extra > 0 && term.ellipsis < 0)) {
    malformed(equation,
              cat("operand ", index, " has shape ", x.sizes(), " but ", named, " subscripts"));
  }
  Labelled t{x, term.labels};
  if (term.ellipsis >= 0) {
    for (int i = 0; i < extra; ++i)
      t.labels.insert(t.labels.begin() + term.ellipsis + i, kLabels - extra + i);
  }
  for (size_t i = 0; i < t.labels.size(); ++i) {
    for (size_t j = t.labels.size() - 1; j > i; --j) {
      if (t.labels[j] != t.labels[i]) continue;
      int label = t.labels[i];
      int d1 = static_cast<int>(i), d2 = static_cast<int>(j);
      if (t.x.size(d1) != t.x.size(d2)) {
        malformed(equation, cat("subscript '", letter_of(label), "' is repeated for dims of sizes ",
                                t.x.size(d1), " and ", t.x.size(d2), " of operand ", index));
      }
      t.x = diagonal(t.x, 0, d1, d2);
      t.labels.erase(t.labels.begin() + d2);
      t.labels.erase(t.labels.begin() + d1);
      t.labels.push_back(label);
      j = t.labels.size();  // dims moved: look again from the end
    }
  }
  return t;
}

/// Raises Error(kMemory) unless all products on the way could be held: before the first is
/// computed.
void check_products(std::string_view equation, const std::vector<Labelled>& terms,
                    const bool* in_output, const int64_t* sizes) {
  constexpr double kSmall = 1 << 28;  // elements that need no question
  double most = 1;
  for (const Labelled& t : terms) most *= static_cast<double>(t.x.numel());
  if (most <= kSmall) return;
  bool held[kLabels] = {};
  for (int label : terms[0].labels) held[label] = true;
  for (size_t i = 1; i < terms.size(); ++i) {
    for (int label : terms[i].labels) held[label] = true;
    Dims product;
    double bytes = static_cast<double>(item_size(terms[0].x.dtype()));
    bool none = false;
    for (int label = 0; label < kLabels; ++label) {
      bool needed = in_output[label];
      for (size_t j = i + 1; j < terms.size() && !needed; ++j) needed = terms[j].has(label);
      if (!(held[label] = held[label] && needed)) continue;
      if (product.size() < kMaxDims) product.push_back(sizes[label]);
      bytes *= static_cast<double>(sizes[label]);
      none |= sizes[label] == 0;
    }
    if (none || bytes <= static_cast<double>(machine_bytes())) continue;
    std::string shapes;
    for (const Labelled& t : terms) shapes += cat(shapes.empty() ? "" : ", ", t.x.sizes());
    const int64_t n = checked_numel("einsum", product);
    fail(ErrorKind::kMemory, "einsum: out of memory: a tensor of shape ", product, " and dtype ",
         terms[0].x.dtype(), " needs ", static_cast<size_t>(n) * item_size(terms[0].x.dtype()),
         " bytes: the product of the first ", i + 1, " operands of '", equation, "', of shapes ",
         shapes);
  }
}

}  // namespace

Tensor einsum(std::string_view equation, Inputs operands) {
  Equation e = read_equation(equation);
  if (operands.empty()) fail(ErrorKind::kValue, "einsum: needs at least one operand");
  if (e.inputs.size() != operands.size()) {
    malformed(equation,
              cat("it has ", e.inputs.size(), " terms for ", operands.size(), " operands"));
  }
  std::vector<Labelled> terms;
  int64_t sizes[kLabels];
  int uses[kLabels] = {};      // operands that have the label
  int letters[kLetters] = {};  // times a letter is written
  int first_extra = kLabels;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].dtype() != operands[0].dtype()) {
      fail(ErrorKind::kType, "einsum: operands must have one dtype, got ", operands[0], " and ",
           operands[i], "; convert one with .to()");
    }
    for (int label : e.inputs[i].labels) ++letters[label];
    terms.push_back(read_operand(equation, e.inputs[i], operands[i], static_cast<int>(i)));
    const Labelled& t = terms.back();
    for (size_t d = 0; d < t.labels.size(); ++d) {
      int label = t.labels[d];
      int64_t size = t.x.size(static_cast<int>(d));
      if (label >= kLetters && label < first_extra) first_extra = label;
      if (uses[label]++ == 0 || sizes[label] == 1) {
        sizes[label] = size;
      } else if (size != 1 && size != sizes[label]) {
        std::string name = label < kLetters ? cat("subscript '", letter_of(label), "'")
                                            : std::string("a dim of '...'");
        malformed(equation, cat(name, " has size ", sizes[label], " in one operand and ", size,
                                " in operand ", i));
      }
    }
  }
  std::vector<int> out;
  bool in_output[kLabels] = {};
  auto add_extra = [&] {
    for (int label = first_extra; label < kLabels; ++label) out.push_back(label);
  };
  if (e.explicit_output) {
    for (size_t i = 0; i <= e.output.labels.size(); ++i) {
      if (e.output.ellipsis == static_cast<int>(i)) add_extra();
      if (i < e.output.labels.size()) out.push_back(e.output.labels[i]);
    }
  } else {
    add_extra();
    for (int label = 0; label < kLetters; ++label)
      if (letters[label] == 1) out.push_back(label);
  }
  for (int label : out) {
    if (label < kLetters && letters[label] == 0) {
      malformed(equation, cat("output subscript '", letter_of(label), "' appears in no operand"));
    }
    if (in_output[label])
      malformed(equation, cat("output subscript '", letter_of(label), "' appears more than once"));
    in_output[label] = true;
  }
  check_products(equation, terms, in_output, sizes);
  Labelled result = std::move(terms[0]);
  for (size_t i = 1; i < terms.size(); ++i) {
    auto needed = [&](int label) {
      if (in_output[label]) return true;
      for (size_t j = i + 1; j < terms.size(); ++j)
        if (terms[j].has(label)) return true;
      return false;
    };
    result = contract(std::move(result), std::move(terms[i]), needed);
  }
  sum_out(result, [&](int label) { return in_output[label]; });
  return arranged(result, out);
}

}  // namespace pyad
