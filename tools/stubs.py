"""Writes the stubs `pyad/_core/` from the built module: `python tools/stubs.py [--check]`.

Functions of the op table are typed from the table's signatures and results, a page for each of its
namespaces; functions outside of it from the signatures in their docstrings. What the compiled types
cannot tell, the types of their own methods, stands in `stub_types.py`; the two are checked against
each other, so neither can drift.
"""

from __future__ import annotations

import argparse
import ast
import copy
import difflib
import inspect
import keyword
import re
import sys
import types
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import stub_types
from pyad import _core

# A package of stubs beside the module, which has the namespaces of the table as submodules.
TARGET = Path(__file__).resolve().parent.parent / "pyad" / "_core"

# Types of the table's signatures as Python types. Names of builtins carry an underscore, because
# the module and its classes have members called bool, float and int.
TABLE_TYPES = {
    "Tensor": "_TensorLike",
    "Operand": "_TensorLike",
    "Tensors": "Sequence[Tensor]",
    "Number": "_float",
    "Number|str": "_float | _str",
    "int": "_int",
    "float": "_float",
    "bool": "_bool",
    "str": "_str",
    "dtype": "_DTypeLike",
    "dims": "_Dims",
    "sizes": "_Dims",
    "ints": "_Dims",
    "ints|str": "_Dims | _str",
    "ints|None": "_int | None | Sequence[_int | None]",
    "floats": "_float | Sequence[_float]",
    "Generator": "Generator",
    "device": "_str",
    "layout": "_str",
    "object": "Any",
}
ALIASES = {"dim": "axis", "dims": "axis", "keepdim": "keepdims"}


def split_top(text: str) -> list[str]:
    """Splits at commas that are outside of brackets and drops empty pieces."""
    pieces, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if c == "," and depth == 0:
            pieces.append(text[start:i])
            start = i + 1
    return [piece.strip() for piece in [*pieces, text[start:]] if piece.strip()]


class Parameter:
    """A parameter of a table signature, `name: type?=default`."""

    def __init__(self, text: str) -> None:
        """Reads one piece of a signature."""
        self.name, _, rest = (part.strip() for part in text.partition(":"))
        if keyword.iskeyword(self.name):
            self.name += "_"  # as Python's grammar needs it; calls give it by position
        kind, equals, default = (part.strip() for part in rest.partition("="))
        self.kind = kind.rstrip("?!")
        self.optional = kind.endswith("?") or default == "None"
        self.default = bool(equals)
        self.type = "Tensor" if kind.endswith("!") else TABLE_TYPES[self.kind]

    def show(self, name: str | None = None, kind: str | None = None) -> str:
        """Returns the parameter as Python writes it."""
        shown = kind or self.type + (" | None" if self.optional else "")
        return f"{name or self.name}: {shown}{' = ...' if self.default else ''}"


def table_forms(named: list[Parameter | str]) -> Iterator[list[str]]:
    """Yields the parameter lists by which a row can be called, at least one."""
    yield [p if isinstance(p, str) else p.show() for p in named]
    if any(isinstance(p, Parameter) and p.name in ALIASES for p in named):
        yield [p if isinstance(p, str) else p.show(ALIASES.get(p.name)) for p in named]
    positional = named[: named.index("*")] if "*" in named else named
    for i, p in enumerate(positional):
        if not isinstance(p, Parameter):
            continue
        last = i == len(positional) - 1
        before = [q.show() for q in named[:i] if isinstance(q, Parameter)]
        rest = [q if isinstance(q, str) else q.show() for q in named[i + 1 :] if q != "*"]
        # Sizes may be spread over the arguments; so may dims and tensors where nothing follows.
        if p.kind == "sizes" or (last and p.kind in ("dims", "Tensors")):
            one = "Tensor" if p.kind == "Tensors" else "_int"
            if not any("= ..." in q for q in before):
                yield [*before, f"*{p.name}: {one}", *rest]


def named_tuple(parts: list[str]) -> str:
    """Returns the name of the class of a result with names, for `["values: Tensor", ...]`."""
    return "".join(part.partition(":")[0].title() for part in parts)


def result_type(text: str) -> str:
    """Translates a result of the table, without alternatives."""
    if text == "Tensors":
        return "tuple[Tensor, ...]"
    if text.startswith("("):
        parts = split_top(text[1:-1])
        return named_tuple(parts) if ":" in text else f"tuple[{', '.join(parts)}]"
    return "Tensor" if text == "Tensor" else f"_{text}" if text != "None" else "None"


def given(p: Parameter | str, name: str, there: bool) -> list[Parameter | str]:
    """Returns a parameter of a form in which `name` is given, or is not."""
    if isinstance(p, str) or p.name != name:
        return [p]
    if not there:
        return []
    told = copy.copy(p)
    told.default = told.optional = False
    # What an operand stands for beside a tensor, in the rows that take either.
    told.type = "_int" if p.kind == "Operand" and name == "dim" else p.type
    return [told]


def typed_forms(row: dict[str, Any]) -> list[tuple[list[str], str]]:
    """Returns the (parameters, result) forms of a row."""
    named = [p if p == "*" else Parameter(p) for p in split_top(row["signature"])]
    text, _, condition = row["returns"].partition(" if ")
    plain, *more = (part.strip() for part in text.split(" | "))
    if not more:
        return [(form, result_type(plain)) for form in table_forms(named)]
    if not condition:  # of one tensor one, of several a tuple
        first, *_ = named
        if isinstance(first, Parameter) and first.kind == "Tensors":
            single = [f"{first.name.rstrip('s')}: Tensor"]
            return [(single, "Tensor"), *((form, "Any") for form in table_forms(named))]
        return [(form, "Any") for form in table_forms(named)]
    without = [q for p in named for q in given(p, condition, False)]
    if without[-1] == "*":
        without.pop()
    found = [(form, result_type(plain)) for form in table_forms(without)]
    whole = [q for p in named for q in given(p, condition, True)]
    # What stands before a parameter that must be given has no default either.
    if any(isinstance(p, Parameter) and p.default for p in whole[: _index(whole, condition)]):
        return [*found, *((form, "Any") for form in table_forms(named))]
    found += [(form, result_type(more[0])) for form in table_forms(whole)]
    if any(isinstance(p, Parameter) and p.kind == "Operand" and p.name == "dim" for p in named):
        found.append(([found[0][0][0], "other: Tensor"], "Tensor"))
    return found


def _index(named: list[Parameter | str], name: str) -> int:
    return next(i for i, p in enumerate(named) if isinstance(p, Parameter) and p.name == name)


def value_forms(row: dict[str, Any]) -> Iterator[list[str]]:
    """Yields the parameter lists of an elementwise op in which a Value takes part."""
    pieces = split_top(row["signature"])
    operands = [Parameter(p) for p in pieces[: row["arity"]]]
    rest = [p if p == "*" else Parameter(p).show() for p in pieces[row["arity"] :]]
    for i in range(row["arity"]):
        kinds = ["_float"] * i + ["Value"] + ["Value | _float"] * (row["arity"] - i - 1)
        yield [p.show(kind=k) for p, k in zip(operands, kinds, strict=True)] + rest


def define(name: str, forms: list[tuple[list[str], str]], doc: str, indent: str = "") -> str:
    """Returns the stub of a function with one or several (parameters, result) forms."""
    lines = []
    for i, (parameters, result) in enumerate(forms):
        if len(forms) > 1:
            lines.append(f"{indent}@overload")
        head = f"{indent}def {name}({', '.join(parameters)}) -> {result}:"
        if i == 0 and doc:
            summary = doc.strip().splitlines()[0].replace("\\", "\\\\").replace('"', "'")
            lines += [head, f'{indent}    """{summary}"""', f"{indent}    ..."]
        else:
            lines.append(f"{head} ...")
    return "\n".join(lines)


def rows() -> list[dict[str, Any]]:
    """Returns the op table with one row for every function, aliases spelled out."""
    table = []
    for row in _core.op_table():
        own = {**row, "aliases": []}
        table.append(own)
        for alias in row["aliases"]:
            space, _, name = alias.rpartition(".")
            if row.get("scalar") and not space and not row["namespaces"]:
                # Of an op behind a row, which may have taken the name.
                there = {"namespaces": [""], "method": True, "inplace": True}
                if any(alias in other["aliases"] for other in _core.op_table() if other is not row):
                    continue
                table.append({**own, **there, "name": name})
            elif space:
                where = {"namespaces": [space], "method": False, "inplace": False}
                table.append({**own, **where, "name": name})
            else:
                spaces = [s for s in row["namespaces"] if s == ""]
                table.append({**own, "namespaces": spaces, "name": name})
    return table


def rows_in(place: str) -> dict[str, list[dict[str, Any]]]:
    """Returns the rows in a namespace, or those that are "method" or "inplace", by name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows():
        there = row[place] if place in ("method", "inplace") else place in row["namespaces"]
        if there:
            found.setdefault(row["name"], []).append(row)
    return found


def forms_of(several: list[dict[str, Any]]) -> list[tuple[list[str], str]]:
    """Returns the forms of a function, of all its rows."""
    return [form for row in several for form in typed_forms(row)]


def as_method(forms: list[list[str]]) -> list[list[str]]:
    """Returns the forms with their first parameter as self, without those that need it spread."""
    seen: list[list[str]] = []
    for form in forms:
        changed = ["self", *form[1:]]
        if form and not form[0].startswith("*") and changed not in seen:
            seen.append(changed)
    return seen


def table_functions(space: str) -> Iterator[str]:
    """Yields the stubs of the table's functions in a namespace; that of the module is ""."""
    elementwise = {row["name"]: row for row in rows() if row.get("scalar")}
    for name, several in sorted(rows_in(space).items()):
        typed = forms_of(several)
        if name in elementwise and space != "steps":
            own = elementwise[name]
            kind = "_bool" if own["result"] == "bool" else "Value"
            typed = [*[(form, kind) for form in value_forms(own)], *typed]
        yield define(name, typed, several[0]["doc"])
    if space == "":
        for name, (row, *_) in sorted(rows_in("inplace").items()):
            if "" in row["namespaces"]:
                written = [(["input: Tensor", *form[1:]], "Tensor") for form, _ in typed_forms(row)]
                yield define(f"{name}_", written, row["doc"])


def table_methods() -> dict[str, str]:
    """Maps the names of the table's Tensor methods to their stubs."""
    found = {}

    def methods(several: list[dict[str, Any]], written: bool) -> list[tuple[list[str], str]]:
        typed = [
            (form, "Self" if written or row["writes"] else kind)
            for row in several
            for whole, kind in typed_forms(row)
            for form in as_method([whole])
        ]
        return [t for i, t in enumerate(typed) if t not in typed[:i]]

    for name, several in rows_in("method").items():
        found[name] = define(name, methods(several, False), several[0]["doc"], "    ")
    for name, several in rows_in("inplace").items():
        found[f"{name}_"] = define(f"{name}_", methods(several, True), several[0]["doc"], "    ")
    return found


def value_methods() -> dict[str, str]:
    """Maps the names of the functions that a Value has as methods to their stubs."""
    found = {}
    for row in _core.op_table():
        if not row.get("scalar"):
            continue
        pieces = [p for p in split_top(row["signature"]) if p != "*"]
        operands = [Parameter(p) for p in pieces[1 : row["arity"]]]
        names = ["other"] if len(operands) == 1 else list("ab"[: len(operands)])
        parameters = ["self"]
        parameters += [p.show(n, "Value | _float") for n, p in zip(names, operands, strict=True)]
        parameters += [Parameter(p).show() for p in pieces[row["arity"] :]]
        kind = "_bool" if row["result"] == "bool" else "Value"
        for name in [row["name"], *row["aliases"]]:
            if name in vars(_core.Value):  # an alias in a namespace is none
                found[name] = define(name, [(parameters, kind)], row["doc"], "    ")
    return found


# ---- pybind11


def python_type(text: str) -> str:
    """Translates the types in a pybind11 signature to names of the stub."""
    text = re.sub(r"std::optional<pyad::(\w+)\*>", r"\1 | None", text)
    text = re.sub(r"std::optional<long>", "int | None", text)
    text = re.sub(r"\bpyad\._core\.|\bpyad\.|\bcollections\.abc\.|\btyping\.", "", text)
    text = re.sub(r"SupportsFloat \| SupportsIndex|\bSupportsFloat\b", "_float", text)
    text = re.sub(r"SupportsInt \| SupportsIndex|\bSupportsInt\b|\bSupportsIndex\b", "_int", text)
    text = re.sub(r"\b(bool|float|int|str)\b(?!\()", r"_\1", text)
    text = re.sub(r"\b(numpy\.ndarray)\b(?!\[)", "NDArray[Any]", text)
    text = re.sub(r"\b(list|type)\b(?!\[|:)", r"\1[Any]", text)
    text = re.sub(r"\bdict\b(?!\[|:)", "dict[Any, Any]", text)
    text = re.sub(r"\btuple\b(?!\[|:)", "tuple[Any, ...]", text)
    return re.sub(r"= (?!\.\.\.).*?(?=, \w+:|, \*|\)$|$)", "= ...", text)


def pybind_forms(name: str, doc: str) -> list[tuple[list[str], str]]:
    """Reads the signatures pybind11 wrote into a docstring; raises ValueError if there is none."""
    forms = []
    for line in doc.splitlines():
        match = re.match(rf"^(?:\d+\. )?{re.escape(name)}\((.*)\) -> (.*)$", line.strip())
        if match:
            parameters = [python_type(p) for p in split_top(match[1])]
            parameters = ["self" if p.startswith("self:") else p for p in parameters]
            parameters = [f"{p}: Any" if re.match(r"\*+\w+$", p) else p for p in parameters]
            forms.append((parameters, python_type(match[2])))
    if not forms:
        raise ValueError(f"stubs: the docstring of {name} has no signature")
    return forms


def pybind_summary(name: str, doc: str) -> str:
    """Returns the first line of a pybind11 docstring that is prose."""
    prose = [
        line.strip()
        for line in doc.splitlines()
        if line.strip() and not re.match(rf"^\s*(\d+\. )?{re.escape(name)}\(|^Overloaded", line)
    ]
    return prose[0] if prose else ""


def pybind_class(name: str, cls: type) -> str:
    """Returns the stub of a class made by pybind11."""
    bases = [b.__name__ for b in cls.__bases__ if b.__module__.startswith("pyad")]
    lines = [f"class {name}({', '.join(bases)}):" if bases else f"class {name}:"]
    if cls.__doc__:
        lines.append(f'    """{cls.__doc__.strip().splitlines()[0]}"""')
    for member, value in sorted(vars(cls).items()):
        if isinstance(value, property):
            getter = pybind_property(value.fget)
            lines += ["    @property", f"    def {member}(self) -> {getter}: ..."]
            if value.fset:
                lines.append(f"    @{member}.setter")
                lines.append(f"    def {member}(self, value: {getter}) -> None: ...")
        elif callable(value) and member not in ("__new__", "_pybind11_conduit_v1_"):
            doc = value.__doc__ or ""
            if f"{member}(" not in doc:
                continue
            forms = pybind_forms(member, doc)
            lines.append(define(member, forms, pybind_summary(member, doc), "    "))
    return "\n".join(lines if len(lines) > 1 else [lines[0] + " ..."])


def pybind_property(getter: Any) -> str:
    """Returns the type of a pybind11 property."""
    match = re.search(r"-> (.*)$", (getter.__doc__ or "").splitlines()[0] if getter else "")
    return python_type(match[1]) if match else "Any"


# ---- the page


# What every object has, or what only the interpreter reads.
SILENT_SLOTS = {
    "__repr__",
    "__str__",
    "__init__",
    "__getattribute__",
    "__setattr__",
    "__delattr__",
    "__delitem__",
    "__call__",
}


def slots(cls: type) -> Iterator[str]:
    """Yields the stubs of the number, mapping and comparison slots that a compiled type fills."""
    operand, compared, truth = stub_types.OPERANDS.get(cls.__name__, ("Any", "Any", "_bool"))
    for name, value in vars(cls).items():
        if not isinstance(value, types.WrapperDescriptorType) or name in SILENT_SLOTS:
            continue
        template = stub_types.SLOTS.get(name)
        if template is None:
            raise ValueError(f"stubs: {cls.__name__}.{name} has no type in stub_types.SLOTS")
        typed = template.replace("{O}", operand).replace("{C}", cls.__name__)
        typed = typed.replace("{T}", truth).replace("{S}", compared)
        head, mark, comment = typed.partition(":  #")
        yield f"def {name}{head}: ...{mark.lstrip(':')}{comment}"


def check_members(cls: type, typed: set[str]) -> None:
    """Raises ValueError unless `typed` names just the public members of a compiled type."""
    slot = types.WrapperDescriptorType
    there = {name for name, value in vars(cls).items() if not isinstance(value, slot)}
    missing = {name for name in there - typed if not name.startswith("_")}
    gone = typed - there - {"__init__", "__getattr__", "__setattr__"}
    if missing or gone:
        raise ValueError(
            f"stubs: tools/stub_types.py and {cls.__name__} differ: "
            f"untyped {sorted(missing)}, gone {sorted(gone)}"
        )


def builtin_class(cls: type, table: dict[str, str], own: dict[str, str]) -> str:
    """Returns the stub of a CPython type: own members, slots, then the table's methods."""
    table = {name: text for name, text in table.items() if name not in own}
    check_members(cls, set(table) | set(own))
    doc = (inspect.getdoc(cls) or cls.__name__).splitlines()[0]
    # A kind of tuple has a tuple's operators, which are typed better than the slots could say.
    filled = [] if issubclass(cls, tuple) else slots(cls)
    parts = [f'"""{doc}"""', *(inspect.cleandoc(text) for text in own.values()), *filled]
    lines = ["    " + line for part in parts for line in part.splitlines()]
    bases = [b.__name__ for b in cls.__bases__ if b is not object]
    bases = ["tuple[_int, ...]" if b == "tuple" else b for b in bases]
    head = f"class {cls.__name__}({', '.join(bases)}):" if bases else f"class {cls.__name__}:"
    return "\n".join([head, *lines, *(table[name] for name in sorted(table))])


def module_members() -> Iterator[str]:
    """Yields the stubs of everything in the module that is not in the table."""
    table = {"Tensor": table_methods(), "Value": value_methods()}
    for name, members in stub_types.CLASSES.items():
        yield builtin_class(getattr(_core, name), table.get(name, {}), members)
    in_table = {*rows_in(""), *(f"{name}_" for name in rows_in("inplace"))}
    handled = {"builtin", *stub_types.CLASSES, *stub_types.MODULE}
    for name, value in sorted(vars(_core).items()):
        if name.startswith("__") or name in in_table or name in handled:
            continue
        if isinstance(value, _core.dtype):
            yield f"{name}: dtype"
        elif inspect.isclass(value) and issubclass(value, BaseException):
            bases = ", ".join(base.__name__ for base in value.__bases__)
            yield f'class {name}({bases}):\n    """{(value.__doc__ or name).splitlines()[0]}"""'
        elif type(value).__name__ == "pybind11_type":
            yield pybind_class(name, value)
        elif inspect.isclass(value):
            raise ValueError(f"stubs: the class {name} is not in stub_types.CLASSES")
        elif callable(value):
            doc = value.__doc__ or ""
            yield define(name, pybind_forms(name, doc), pybind_summary(name, doc))
        elif not isinstance(value, types.ModuleType):
            yield f"{name}: {type(value).__name__}"
    yield "__version__: _str"


def wrap(line: str) -> str:
    """Breaks a long `def` line, one parameter a line."""
    match = re.match(r"^(\s*)def (\w+)\((.*)\) -> (.*)$", line)
    if len(line) <= 100 or not match:
        return line
    indent, name, parameters, result = match.groups()
    inner = "".join(f"{indent}    {p},\n" for p in split_top(parameters))
    return f"{indent}def {name}(\n{inner}{indent}) -> {result}"


def named_parts(space: str | None) -> list[list[str]]:
    """Returns the fields of results with names, of one namespace or (None) of all."""
    texts = {
        row["returns"] for row in _core.op_table() if space is None or space in row["namespaces"]
    }
    found = {m for text in texts for m in re.findall(r"\((\w+: [^)]*)\)", text)}
    return sorted(split_top(fields) for fields in found)


def named_results() -> Iterator[str]:
    """Yields the classes of results with names."""
    for parts in named_parts(None):
        lines = [f"class {named_tuple(parts)}(NamedTuple):"]
        lines.append('    """What a function returns that has names for its results."""')
        yield "\n".join([*lines, *(f"    {part}" for part in parts)])


def page(parts: Iterable[str]) -> str:
    """Joins the parts of a page; raises SyntaxError if they are no Python."""
    text = "\n".join("\n".join(map(wrap, part.splitlines())) for part in parts) + "\n"
    ast.parse(text)
    return text


def exported(names: Iterable[str]) -> str:
    """Returns the list of a page's public names."""
    return "__all__ = [\n" + "".join(f'    "{name}",\n' for name in sorted(names)) + "]"


def generate() -> dict[str, str]:
    """Returns the stubs by file; raises ValueError where a type cannot be told."""
    spaces = sorted({s for row in rows() for s in row["namespaces"]} - {""})
    pages = {
        "__init__.pyi": page(
            [
                stub_types.HEADER.strip(),
                *(f"from pyad._core import {name} as {name}" for name in _packages(spaces)),
                *named_results(),
                exported(set(_core.__all__) - stub_types.REPLACED),
                *stub_types.MODULE.values(),
                *module_members(),
                *table_functions(""),
            ]
        )
    }
    for space in spaces:
        path = space.replace(".", "/")
        named = [named_tuple(parts) for parts in named_parts(space)]
        pages[f"{path}.pyi"] = page(
            [
                stub_types.NAMESPACE_HEADER.strip(),
                *([f"from pyad._core import {', '.join(named)}"] if named else []),
                exported(rows_in(space)),
                *table_functions(space),
            ]
        )
        if "." in space:
            above, _, name = space.rpartition(".")
            line = f"from pyad._core.{above} import {name} as {name}\n"
            pages[f"{above.replace('.', '/')}/__init__.pyi"] = line
    return pages


def _packages(spaces: list[str]) -> list[str]:
    return sorted({space.partition(".")[0] for space in spaces})


def drift() -> str:
    """Returns how the stubs in the tree differ from the built module; "" if they do not."""
    pages = generate()
    there = {str(p.relative_to(TARGET)): p for p in TARGET.rglob("*.pyi")}
    shown = ""
    for name in sorted({*pages, *there}):
        old = there[name].read_text(encoding="utf-8") if name in there else ""
        new = pages.get(name, "")
        shown += "".join(
            difflib.unified_diff(
                old.splitlines(True), new.splitlines(True), f"in the tree/{name}", "built module"
            )
        )
    return shown


def main() -> int:
    """Writes the stub, or with --check tells whether it would change."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if the stub is out of date")
    if parser.parse_args().check:
        difference = drift()
        sys.stdout.write(difference or "stubs: in step with the built module\n")
        return 1 if difference else 0
    pages = generate()
    for path in TARGET.rglob("*.pyi"):
        path.unlink()
    for name, text in pages.items():
        (TARGET / name).parent.mkdir(parents=True, exist_ok=True)
        (TARGET / name).write_text(text, encoding="utf-8")
    print(f"stubs: wrote {len(pages)} pages to {TARGET.name}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
