"""Saving and loading: keys, hooks, extra state and error texts are PyTorch's."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch

import pyad
from alike import both


def plain(text: str) -> str:
    return text.replace("pyad", "torch")


def net(lib):
    m = lib.nn.Sequential(lib.nn.Linear(2, 3), lib.nn.ModuleDict({"a": lib.nn.Linear(3, 1)}))
    m.register_buffer("count", lib.tensor(1.0))
    return m


def failure(lib, change, strict=True):
    m = net(lib)
    before = [p.tolist() for p in m.parameters()]
    state = OrderedDict((k, v.clone() + 1) for k, v in m.state_dict().items())
    change(lib, state)
    with pytest.raises(RuntimeError) as caught:
        m.load_state_dict(state, strict=strict)
    if lib is pyad:
        assert [p.tolist() for p in m.parameters()] == before
    return plain(str(caught.value))


CHANGES = [
    lambda lib, s: s.pop("0.weight"),
    lambda lib, s: s.update({"extra": lib.ones(1), "1.a.more": lib.ones(1), "9.w": lib.ones(1)}),
    lambda lib, s: s.update({"0.weight": lib.ones(2, 2), "1.a.bias": lib.ones(3)}),
    lambda lib, s: (s.pop("0.bias"), s.update({"x": lib.ones(1), "0.weight": lib.ones(1)})),
    lambda lib, s: s.clear(),
    lambda lib, s: s.update({"0.weight": 3}),
    lambda lib, s: s.update({"count": lib.ones(2)}),
]


@pytest.mark.parametrize("which", range(len(CHANGES)))
def test_error_texts(which: int) -> None:
    both(lambda lib: failure(lib, CHANGES[which]))


def test_shapes_are_checked_without_strict_too() -> None:
    both(lambda lib: failure(lib, CHANGES[3], strict=False))


def test_names_without_strict() -> None:
    def program(lib):
        m = net(lib)
        state = m.state_dict()
        del state["0.bias"]
        state["new"] = lib.ones(1)
        found = m.load_state_dict(state, strict=False)
        return [repr(found), found.missing_keys, found.unexpected_keys, tuple(found)]

    both(program)


def test_one_element_for_a_number() -> None:
    def program(lib):
        m = net(lib)
        state = m.state_dict()
        state["count"] = lib.tensor([5.0])
        m.load_state_dict(state)
        return m.count.tolist()

    both(program)


def test_destinations_and_prefixes() -> None:
    def program(lib):
        m = net(lib)
        given = OrderedDict(first=1)
        same = m.state_dict(destination=given, prefix="p.") is given
        with pytest.warns(FutureWarning, match="Positional args"):
            old = m.state_dict(OrderedDict(), "q.")
        kept = m.state_dict(keep_vars=True)
        meta = dict(m.state_dict()._metadata)
        return [same, list(given), list(old), kept["0.weight"] is m[0].weight, meta]

    both(program)


def test_own_ways_of_saving() -> None:
    def program(lib):
        class Own(lib.nn.Module):
            _version = 3

            def __init__(self):
                super().__init__()
                self.w = lib.nn.Parameter(lib.ones(2))
                self.seen = []

            def _save_to_state_dict(self, destination, prefix, keep_vars):
                super()._save_to_state_dict(destination, prefix, keep_vars)
                destination[prefix + "version_two"] = destination.pop(prefix + "w")

            def _load_from_state_dict(self, state_dict, prefix, local_metadata, *rest):
                self.seen.append((prefix, local_metadata.get("version")))
                state_dict[prefix + "w"] = state_dict.pop(prefix + "version_two")
                super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)

        a, b = (lib.nn.Sequential(lib.nn.ReLU(), Own()) for _ in range(2))
        with lib.no_grad():
            a[1].w.fill_(7)
        b.load_state_dict(a.state_dict())
        return [list(a.state_dict()), b[1].w.tolist(), b[1].seen]

    both(program)


def test_extra_state() -> None:
    def program(lib):
        class Extra(lib.nn.Module):
            steps = 0

            def get_extra_state(self):
                return {"steps": self.steps}

            def set_extra_state(self, state):
                self.steps = state["steps"]

        a, b = (lib.nn.Sequential(Extra(), lib.nn.Linear(1, 1)) for _ in range(2))
        a[0].steps = 5
        state = a.state_dict()
        b.load_state_dict(state)
        seen = [list(state), b[0].steps]
        del state["0._extra_state"]
        state["1._extra_state"] = 1
        for m in (b, a):
            with pytest.raises(RuntimeError) as caught:
                m.load_state_dict(state)
            seen.append(plain(str(caught.value)))
        with pytest.raises(RuntimeError):
            lib.nn.Module().get_extra_state()
        return seen

    both(program)


def test_hooks_of_saving_and_loading() -> None:
    def program(lib):
        m = lib.nn.Sequential(lib.nn.Linear(1, 1))
        calls = []
        m[0].register_state_dict_pre_hook(lambda m, prefix, keep: calls.append((prefix, keep)))
        m[0].register_state_dict_post_hook(
            lambda m, state, prefix, meta: calls.append((sorted(state), prefix, meta))
        )
        m._register_state_dict_hook(lambda m, state, prefix, meta: OrderedDict(x=1, **state))
        state = m.state_dict()
        seen = [list(state)]
        m[0].register_load_state_dict_pre_hook(
            lambda m, state, prefix, meta, strict, missing, unexpected, errors: calls.append(
                (type(m).__name__, sorted(state), prefix, strict)
            )
        )
        m._register_load_state_dict_pre_hook(lambda state, *rest: state.pop("x"))
        m.register_load_state_dict_post_hook(lambda m, keys: keys.missing_keys.clear())
        del state["0.bias"]
        seen.append(repr(m.load_state_dict(state)))
        bad = lib.nn.Linear(1, 1)
        bad.register_state_dict_post_hook(lambda *a: {})
        with pytest.raises(RuntimeError, match="must return None"):
            bad.state_dict()
        bad = lib.nn.Linear(1, 1)
        bad.register_load_state_dict_post_hook(lambda m, keys: 1)
        with pytest.raises(AssertionError, match="not expected to return"):
            bad.load_state_dict(lib.nn.Linear(1, 1).state_dict())
        return [*seen, calls]

    both(program)


def test_assign() -> None:
    def program(lib):
        m = net(lib)
        m[0].weight.requires_grad_(False)
        state = OrderedDict((k, v.double() + 1) for k, v in m.state_dict().items())
        state["0.bias"] = lib.nn.Parameter(state["0.bias"])
        m.load_state_dict(state, assign=True)
        return [
            m[0].bias is state["0.bias"],
            m[0].weight.data_ptr() == state["0.weight"].data_ptr(),
            m[0].weight.requires_grad,
            type(m[0].weight) is lib.nn.Parameter,
            str(m[0].weight.dtype)[-7:],
            m.count is state["count"],
        ]

    both(program)


def test_a_failed_assign_changes_nothing() -> None:
    m = net(pyad)
    before = dict(m.named_parameters())
    state = OrderedDict((k, v + 1) for k, v in m.state_dict().items())
    state["1.a.bias"] = pyad.ones(7)
    with pytest.raises(RuntimeError, match="size mismatch"):
        m.load_state_dict(state, assign=True)
    assert all(p is before[n] for n, p in m.named_parameters())


def test_incompatible_keys_of_torch() -> None:
    assert type(torch.nn.Linear(1, 1).load_state_dict({}, strict=False)).__name__
    shown = repr(pyad.nn.Linear(1, 1).load_state_dict({}, strict=False))
    assert shown == repr(torch.nn.Linear(1, 1).load_state_dict({}, strict=False))


@pytest.mark.parametrize("given", [None, 3, [], "state", [("weight", 1)]])
def test_states_are_dict_like(given):
    for lib in (pyad, torch):
        module = lib.nn.Linear(2, 2)
        with pytest.raises(TypeError, match="Expected state_dict to be dict-like, got"):
            module.load_state_dict(given)
