"""Comparisons for tests, and tensors of random numbers to test with."""

from __future__ import annotations

from pyad.testing.close import assert_close
from pyad.testing.made import make_tensor

__all__ = ["assert_close", "make_tensor"]
