"""What runs the documents' own code: skipped without PYAD_SEEDS; with it, a skip is a failure."""

from __future__ import annotations

from functools import partial

import pytest
import torch

import document_blocks
import pyad


@pytest.fixture(scope="session")
def blocks():
    """The folder of the documents; asked for by every test that runs what is in them."""
    if not document_blocks.FOLDER:
        pytest.skip("PYAD_SEEDS names no folder with the documents")
    for key in document_blocks.NUMBERS:
        assert document_blocks.document(key), key
    return document_blocks


@pytest.fixture(params=["pyad", "torch"])
def run(request, blocks):
    """Runs blocks with `import torch` meaning each of the two libraries."""
    return partial(blocks.run, package={"pyad": pyad, "torch": torch}[request.param])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and document_blocks.FOLDER:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped although PYAD_SEEDS is set"
    return report
