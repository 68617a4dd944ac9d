"""Drawings: what they say, in which form, and that deep graphs are cut rather than fatal."""

from __future__ import annotations

import importlib
import re
import sys
import types

import pytest

import pyad
from pyad import Value
from pyad.viz import Drawing, render


def expression():
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    y = x * w + x
    y.backward()
    return x, w, y


def labels(source):
    return dict(re.findall(r'\t(n\d+) \[label="([^"]*)"', source))


def edges(source):
    return set(re.findall(r"(n\d+) -> (n\d+)", source))


@pytest.fixture
def without_graphviz(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)


@pytest.fixture
def with_graphviz(monkeypatch):
    """The package itself, and a `dot` that is found."""
    graphviz = importlib.import_module("graphviz")
    monkeypatch.setattr(render.shutil, "which", lambda name: "/bin/true" if name == "dot" else None)
    return graphviz


@pytest.mark.usefixtures("without_graphviz")
def test_values():
    _, _, y = expression()
    drawing = pyad.viz.draw(y)
    assert isinstance(drawing, Drawing)
    assert labels(drawing.source) == {
        "n0": r"add\n-4\ngrad 1",
        "n1": r"mul\n-6\ngrad 1",
        "n2": r"x\n2\ngrad -2",
        "n3": r"w\n-3\ngrad 2",
    }
    assert edges(drawing.source) == {("n1", "n0"), ("n2", "n0"), ("n2", "n1"), ("n3", "n1")}
    assert 'n2 -> n1 [label="-3"]' in drawing.source
    assert drawing.source.startswith("digraph pyad {\n")
    assert drawing.source.endswith("}\n")
    assert drawing.source.count("{") == drawing.source.count("}")
    assert repr(drawing) == drawing.text == pyad.viz.text(y)
    assert drawing._repr_mimebundle_() == {"text/plain": drawing.text}


def test_names_of_values():
    x, w, y = expression()
    text = pyad.viz.text(y, params={"weight": w, "out": y})
    assert text.splitlines()[0] == "out = add  -4  grad 1"
    assert "weight  -3" in text
    assert "x  2" in text
    x.label = 'a "quoted" \\ label'
    assert r"a \"quoted\" \\ label\n2" in pyad.viz.draw(y).source


def test_shared_values_are_written_once():
    x = Value(3.0, label="x")
    y = x
    for _ in range(30):  # 2**30 paths
        y = y + y
    text = pyad.viz.text(y)
    assert len(text.splitlines()) == 61
    assert text.count("↑") == 30


def test_several_roots():
    x = Value(3.0, label="x")
    text = pyad.viz.text([x * 2, x * 3])
    assert text.splitlines() == [
        "mul  6  grad 0",
        "└─ (2) x  3  grad 0  [1]",
        "mul  9  grad 0",
        "└─ (3) x  ↑ [1]",
    ]


def test_deep_graphs_are_cut():
    y = Value(1.0)
    for _ in range(100_000):
        y = y * 1.0
    source = pyad.viz.draw(y, max_nodes=50).source
    assert source.count("mul") == 50
    assert len(re.findall("…", source)) == 1
    text = pyad.viz.text(y, max_nodes=500)
    assert len(text.splitlines()) < 70
    assert text.endswith("…")
    t = pyad.ones((), requires_grad=True)
    u = t
    for _ in range(50_000):
        u = u * 1.0
    assert pyad.viz.draw(u, max_nodes=20).source.count("Mul") == 19


def test_cut_in_breadth():
    y = sum((Value(float(k)) for k in range(100)), Value(0.0))
    assert pyad.viz.text(y, max_nodes=7).count("…") >= 1
    assert len(labels(pyad.viz.draw(y, max_nodes=7).source)) <= 7 + 7


def test_tensors():
    model = pyad.nn.Sequential(pyad.nn.Linear(4, 8), pyad.nn.Tanh(), pyad.nn.Linear(8, 1))
    loss = (model(pyad.ones(5, 4)) ** 2).mean()
    loss.backward(retain_graph=True)
    text = pyad.viz.text(loss, params=dict(model.named_parameters()))
    lines = text.splitlines()
    assert lines[0].startswith("() float32  value ")
    assert lines[1] == "└─ Mean"
    assert "Tanh" in text
    weight = next(line for line in lines if "0.weight" in line)
    norm = model[0].weight.grad.norm().item() if hasattr(pyad.Tensor, "norm") else None
    assert "(8, 4) float32  |value| " in weight
    assert norm is None or f"|grad| {norm:.4g}" in weight
    assert any(re.search(r"2\.bias  \(1,\) float32  value \[.*\]  grad \[", line) for line in lines)
    assert [line for line in lines if "(8,) float32" in line]


def test_tensor_without_a_graph():
    assert pyad.viz.text(pyad.tensor([1, 2, 3])) == "(3,) int64  value [1, 2, 3]"
    assert pyad.viz.text(pyad.arange(10)) == "(10,) int64"


def test_captured_functions():
    f = pyad.compile(lambda v, t: pyad.sin(v["a"] * t) + v["b"][0])
    with pytest.raises(RuntimeError, match="has not been called"):
        pyad.viz.draw(f)
    f({"a": 1.0, "b": [2.0]}, 3.0)
    assert "grad" not in pyad.viz.text(f)
    f.forward({"a": 0.5, "b": [2.0]}, 3.0)
    f.backward()
    assert pyad.viz.text(f).splitlines() == [
        "add  2.997  grad 1",
        "├─ v['b'][0]  2  grad 1",
        "└─ sin  0.9975  grad 1",
        "   └─ mul  1.5  grad 0.07074",
        "      ├─ v['a']  0.5  grad 0.2122",
        "      └─ t  3  grad 0.03537",
    ]


def test_captured_functions_with_values_from_outside():
    w = Value(2.0, label="w")
    f = pyad.compile(lambda x: w * x)
    f.forward(3.0)
    assert "w  2  grad 3" in pyad.viz.text(f)


def test_a_graphviz_object_where_graphviz_is(with_graphviz: types.ModuleType):
    _, _, y = expression()
    drawing = pyad.viz.draw(y)
    assert isinstance(drawing, with_graphviz.Digraph)
    assert labels(drawing.source)["n0"] == r"add\n-4\ngrad 1"
    assert hasattr(drawing, "_repr_mimebundle_")
    drawing.attr(rankdir="TB")
    assert "rankdir=TB" in drawing.source


def test_the_package_alone_is_not_enough(monkeypatch):
    monkeypatch.setattr(render.shutil, "which", lambda name: None)
    assert isinstance(pyad.viz.draw(Value(1.0)), Drawing)


@pytest.mark.usefixtures("without_graphviz")
def test_both_forms_have_one_source(monkeypatch):
    _, _, y = expression()
    plain = pyad.viz.draw(y).source
    monkeypatch.undo()
    monkeypatch.setattr(render.shutil, "which", lambda name: "/bin/true")
    assert pyad.viz.draw(y).source == plain


def test_errors():
    with pytest.raises(TypeError, match="expects a Value, a Tensor"):
        pyad.viz.draw(3.0)
    with pytest.raises(TypeError, match="expects a Value, a Tensor"):
        pyad.viz.draw([])
    with pytest.raises(TypeError, match="expects a Value, a Tensor"):
        pyad.viz.draw([Value(1.0), pyad.ones(1)])
    with pytest.raises(ValueError, match="max_nodes"):
        pyad.viz.draw(Value(1.0), max_nodes=0)


@pytest.mark.parametrize("method", ["render", "view", "pipe", "save", "unflatten"])
@pytest.mark.usefixtures("without_graphviz")
def test_a_picture_without_graphviz_says_what_to_install(method):
    *_, y = expression()
    with pytest.raises(ImportError, match=r"pip install graphviz"):
        getattr(pyad.viz.draw(y), method)("x", format="svg")


def test_a_picture_without_the_program_says_what_to_install(with_graphviz, monkeypatch):
    *_, y = expression()
    monkeypatch.setattr(render.shutil, "which", lambda name: None)
    with pytest.raises(ImportError, match=r"dot \(apt install graphviz") as raised:
        pyad.viz.draw(y).render("x")
    assert "pip install" not in str(raised.value)
