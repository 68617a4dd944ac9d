// Parsing of signatures, at import: Note [Signatures] in ops/function.hpp.
#include <cmath>

#include "bind/parse.hpp"

namespace pyad::bind {

namespace {

using Type = Parameter::Type;

std::string strip(std::string s) {
  size_t a = s.find_first_not_of(" \n"), b = s.find_last_not_of(" \n");
  return a == std::string::npos ? "" : s.substr(a, b - a + 1);
}

Type type_named(const std::string& signature, const std::string& t) {
  static const std::pair<const char*, Type> kTypes[] = {{"Tensor", Type::kTensor},
                                                        {"Operand", Type::kOperand},
                                                        {"Tensors", Type::kTensors},
                                                        {"Number", Type::kNumber},
                                                        {"Number|str", Type::kNumberOrText},
                                                        {"int", Type::kInt},
                                                        {"float", Type::kFloat},
                                                        {"bool", Type::kBool},
                                                        {"str", Type::kText},
                                                        {"dtype", Type::kDType},
                                                        {"dims", Type::kDims},
                                                        {"sizes", Type::kSizes},
                                                        {"ints", Type::kInts},
                                                        {"ints|str", Type::kIntsOrText},
                                                        {"ints|None", Type::kIntsOrNone},
                                                        {"floats", Type::kFloats},
                                                        {"Generator", Type::kGenerator},
                                                        {"object", Type::kObject},
                                                        {"device", Type::kDevice},
                                                        {"layout", Type::kLayout}};
  for (auto& [name, type] : kTypes)
    if (t == name) return type;
  fail(ErrorKind::kRuntime, "op table: unknown type '", t, "' in the signature of ", signature);
}

Arg default_value(const std::string& name, Type type, const std::string& t) {
  Arg a;
  if (t == "None") return a;
  bool or_text = type == Type::kNumberOrText || type == Type::kIntsOrText;
  if (type == Type::kText || (or_text && t.front() == '\'')) {
    a.set(t.substr(1, t.size() - 2));
    return a;
  }
  if (t.front() == '(' || t.front() == '[') {
    a.is = Arg::Is::kDims;
    std::string rest = t.substr(1, t.size() - 2);
    for (size_t at = 0; at < rest.size();) {
      size_t comma = std::min(rest.find(',', at), rest.size());
      std::string item = strip(rest.substr(at, comma - at));
      if (!item.empty()) a.dims.push_back(std::stoll(item));
      at = comma + 1;
    }
    return a;
  }
  if (type == Type::kDims || type == Type::kInts || type == Type::kSizes ||
      type == Type::kIntsOrText) {
    a.is = Arg::Is::kDims;
    a.dims.push_back(std::stoll(t));
    return a;
  }
  a.is = Arg::Is::kNumber;
  if (t == "True" || t == "False") {
    a.number = Scalar(t == "True");
  } else if (t == "inf" || t == "-inf") {
    a.number = Scalar(t == "inf" ? HUGE_VAL : -HUGE_VAL);
  } else if (t.find_first_of(".e") != std::string::npos || type == Type::kFloat) {
    a.number = Scalar(std::stod(t));
  } else {
    try {
      a.number = Scalar(static_cast<int64_t>(std::stoll(t)));
    } catch (const std::exception&) {
      fail(ErrorKind::kRuntime, "op table: bad default '", t, "' in the signature of ", name);
    }
  }
  return a;
}

}  // namespace

Signature::Signature(const char* n, const char* t) : name(n), text(t), result("Tensor") {
  if (const size_t arrow = text.find("->"); arrow != std::string::npos) {
    result = strip(text.substr(arrow + 2));
    text = strip(text.substr(0, arrow));
    // Of "(values: Tensor, indices: Tensor)" the words before the colons.
    for (size_t colon = result.find(':'); colon != std::string::npos;
         colon = result.find(':', colon + 1)) {
      const size_t begin = result.find_last_of("( ", colon) + 1;
      fields += (fields.empty() ? "" : " ") + result.substr(begin, colon - begin);
    }
  }
  std::string rest = text;
  bool keyword_only = false;
  int depth = 0;
  std::vector<std::string> pieces(1);
  for (char c : rest) {
    if (c == '(' || c == '[') ++depth;
    if (c == ')' || c == ']') --depth;
    if (c == ',' && depth == 0) {
      pieces.emplace_back();
    } else {
      pieces.back() += c;
    }
  }
  for (std::string& piece : pieces) {
    piece = strip(piece);
    if (piece.empty()) continue;
    if (piece == "*") {
      keyword_only = true;
      continue;
    }
    Parameter p;
    size_t colon = piece.find(':');
    if (colon == std::string::npos)
      fail(ErrorKind::kRuntime, "op table: parameter '", piece, "' of ", name, " has no type");
    p.name = strip(piece.substr(0, colon));
    std::string type = strip(piece.substr(colon + 1));
    size_t equal = type.find('=');
    if (equal != std::string::npos) {
      p.default_text = strip(type.substr(equal + 1));
      type = strip(type.substr(0, equal));
      p.has_default = true;
    }
    if (type.back() == '?') {
      p.optional = true;
      type.pop_back();
    } else if (type.back() == '!') {
      p.written = true;
      type.pop_back();
    }
    p.type = type_named(name, type);
    if (p.has_default) {
      p.optional = p.optional || p.default_text == "None";
      p.value = default_value(name, p.type, p.default_text);
    }
    p.keyword_only = keyword_only;
    p.key = checked(PyUnicode_InternFromString(p.name.c_str()));
    if (p.name == "dim" || p.name == "dims")
      p.key_alias = checked(PyUnicode_InternFromString("axis"));
    if (p.name == "keepdim") p.key_alias = checked(PyUnicode_InternFromString("keepdims"));
    if (p.name == "input") p.key_alias = checked(PyUnicode_InternFromString("x"));
    if (!keyword_only) ++positional;
    if (p.type != Type::kDevice && p.type != Type::kLayout) {
      if (seen < static_cast<int>(parameters.size()))
        fail(ErrorKind::kRuntime, "op table: ", name, ": device and layout must stand last");
      ++seen;
    }
    parameters.push_back(std::move(p));
  }
  if (parameters.size() > kMaxParameters)
    fail(ErrorKind::kRuntime, "op table: ", name, " has too many parameters");
}

}  // namespace pyad::bind
