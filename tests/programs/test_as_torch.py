"""`python -m pyad` and `import pyad.as_torch`: what `torch` means, in processes too."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest
import torch
from packaging.version import parse
from torch.torch_version import TorchVersion as TheirVersion

from pyad._programs.version import TorchVersion, __version__
from running_programs import environment, run

IMPORTS = """
import importlib.util, json, sys
import torch
import torch.nn as nn, torch.nn.functional as F, torch.utils.data, torch.optim.lr_scheduler
import torch.backends.cudnn as cudnn
import torch.special, torch.linalg, torch.distributions, torch.autograd.functional, torch.func
from torch.optim.adamw import AdamW
from torch.nn.modules.conv import Conv2d
from torch import Tensor, nn as again, float32
from torch.version import __version__ as version
import pyad
same = [torch.nn is pyad.nn, nn is again, F is pyad.nn.functional, Conv2d is pyad.nn.Conv2d,
        AdamW is pyad.optim.AdamW, Tensor is pyad.Tensor, torch.float32 is pyad.float32,
        torch.optim.lr_scheduler is pyad.optim.lr_scheduler, cudnn is pyad.backends.cudnn,
        torch.nn.__spec__.name == "pyad.nn", torch.linalg is pyad.linalg,
        version == torch.__version__,
        torch.utils.data.DataLoader is pyad.utils.data.DataLoader, pyad.__version__ in version,
        torch.version.cuda is None, isinstance(torch.__version__, str), "zeros" in dir(torch)]
torch.mine = 1  # of the program alone
same.append(not hasattr(pyad, "mine"))
found = [importlib.util.find_spec("torch.no_such"), importlib.util.find_spec("torch.nn").name]
said = []
for name in ["import torch.onnx", "from torch.fx import Graph", "torch.no_such", "torch.stft",
             "from torch import no_such", "nn.no_such", "import torch._inductor"]:
    try:
        exec(name)
    except (ImportError, AttributeError) as error:
        said.append([type(error).__name__, str(error), error.name])
print(json.dumps([same, found, said, __name__, sys.argv[1:], sys.path[0]]))
"""


def test_modules_are_the_same_objects_and_missing_names_are_explained(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(IMPORTS + "print(__file__)\n")
    done = run("program.py", "one", "--report", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    same, found, said, name, arguments, place = json.loads(first)
    assert all(same), same
    assert found == [None, "pyad.nn"]
    assert (name, arguments, place) == ("__main__", ["one", "--report"], str(tmp_path))
    assert second == str(file)
    kinds = [kind for kind, _, _ in said]
    assert kinds == ["ModuleNotFoundError"] * 2 + ["AttributeError"] * 2 + [
        "ImportError",
        "AttributeError",
        "ModuleNotFoundError",
    ]
    texts = [text for _, text, _ in said]
    assert texts[0].startswith("No module named 'torch.onnx': not in pyad; use pyad.compile")
    assert "numpy.fft" in texts[3]
    assert [said[2][2], said[1][2], said[6][2]] == ["no_such", "torch.fx", "torch._inductor"]


def test_report_names_what_was_not_found(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(
        "import torch, multiprocessing\n"
        "hasattr(torch.nn, 'NoSuch')\n"
        "try:\n    import torch.onnx\nexcept ImportError: pass\n"
        "def child(): hasattr(torch, 'of_the_child')\n"
        "if __name__ == '__main__':\n"
        "    for way in ('fork', 'spawn'):\n"
        "        p = multiprocessing.get_context(way).Process(target=child)\n"
        "        p.start(); p.join()\n"
        "    torch.zeros(2).no_such_method()\n"
    )
    done = run("--report", file)
    assert done.returncode == 1
    assert "AttributeError" in done.stderr
    lists = done.stderr.split("names of torch asked for and not found")[1:]
    assert len(lists) == 3
    assert [text.count("torch.of_the_child") for text in lists] == [1, 1, 0]
    lines = [line.split() for line in lists[2].splitlines()[1:]]
    assert lines == [
        ["Tensor.no_such_method", f"{file}:11"],
        ["torch.nn.NoSuch", f"{file}:2"],
        ["torch.onnx", f"{file}:4"],
    ]
    assert "every name of torch was found" in run("--report", "-c", "import torch").stderr


def test_processes_that_a_program_starts(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(
        "import multiprocessing, subprocess, sys\n"
        "import torch\n"
        "def child(q, x): q.put((torch.__version__, float(x.sum())))\n"
        "if __name__ == '__main__':\n"
        "    for way in ('fork', 'spawn', 'forkserver'):\n"
        "        here = multiprocessing.get_context(way)\n"
        "        q = here.Queue()\n"
        "        p = here.Process(target=child, args=(q, torch.ones(3)))\n"
        "        p.start(); print(q.get()); p.join()\n"
        "    code = 'import torch.nn as nn, torch; print((torch.__version__, nn.__name__))'\n"
        "    for more in ([], ['-E']):\n"
        "        command = [sys.executable, *more, '-c', code]\n"
        "        print(subprocess.run(command, capture_output=True, text=True).stdout.strip())\n"
    )
    done = run(file)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:3] == [str((__version__, 3.0))] * 3
    assert lines[3] == str((__version__, "pyad.nn"))
    assert lines[4] == str(
        (torch.__version__, "torch.nn")
    )  # a process that ignores the environment


def test_other_interpreters_keep_their_torch():
    code = (
        "import os, subprocess, sys; os.environ['PYAD_AS_TORCH'] = '/another/python'; "
        "subprocess.run([sys.executable, '-c', 'import torch; print(torch.__version__)'])"
    )
    assert run("-c", code).stdout.strip() == torch.__version__


def test_code_modules_and_folders(tmp_path):
    (tmp_path / "tool.py").write_text(
        "import sys, torch; print(__name__, sys.argv[1:], torch.nn)\n"
    )
    app = tmp_path / "app"
    app.mkdir()
    (app / "__main__.py").write_text("import torch, beside; print(torch.__version__ > '2')\n")
    (app / "beside.py").write_text("import torch\n")
    assert "__main__ ['a'] <module 'pyad.nn'" in run("-m", "tool", "a", cwd=tmp_path).stdout
    assert run(app).stdout == "True\n"
    assert run("-c", "import sys, torch; print(sys.argv, torch.ones(1))", "b").stdout == (
        "['-c', 'b'] tensor([1.])\n"
    )
    assert run("-", input="import torch; print(torch.ones(2))").stdout == "tensor([1., 1.])\n"
    assert run("-c", "import sys; sys.exit(7)").returncode == 7
    assert run("-c", "import pyad.as_torch, torch; print(torch.__name__)").stdout == "torch\n"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "usage: python -m pyad"),
        (["-m"], "-m expects an argument"),
        (["--wrong", "x.py"], "unknown option --wrong"),
        (["no_such_file.py"], "there is no file 'no_such_file.py'"),
        (["check"], "expects files or folders"),
        (["check", "no_such_folder"], "there is no no_such_folder"),
    ],
)
def test_wrong_command_lines(arguments, text):
    done = run(*arguments)
    assert done.returncode == 2
    assert text in done.stderr


def test_as_torch_after_pytorch_is_refused():
    with pytest.raises(ImportError, match=r"PyTorch is imported already, from .*python -m pyad"):
        importlib.import_module("pyad.as_torch")
    assert "pyad.as_torch" not in sys.modules
    code = "import pyad.as_torch, torch; print(torch.__version__)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment()
    )
    assert done.stdout.strip() == __version__


NUMBERS = [
    *("0.4.1", "1.9", "1.10.0", "2.0", "2.2", "2.13", "2.13.0", "2.13.0+cpu", "2.13.0a0+git", "3"),
    *("2.13.0.dev20260101", "2.13.0rc1", "2.13.1", "v2.12", "2.13.0+zzz", "2.13.post1", "10.0"),
]


@pytest.mark.parametrize("other", [*NUMBERS, (2, 0), (2, 13), (3, 0, 1)], ids=str)
def test_versions_compare_as_pytorch_s_do(other):
    import operator

    text = "2.13.0+pyad0.1.0"
    ours, theirs = TorchVersion(text), TheirVersion(text)
    for name in ("lt", "le", "gt", "ge", "eq", "ne"):
        compare = getattr(operator, name)
        assert compare(ours, other) == compare(theirs, other), name
    if isinstance(other, str):
        assert (ours < other) == (parse(text) < parse(other))
        assert (other < ours) == (parse(other) < parse(text))


def test_version_is_a_text():
    assert isinstance(__version__, str)
    assert __version__ == "2.13.0+pyad0.1.0"
    assert parse(__version__).release == (2, 13, 0)
    assert __version__.split("+")[0].split(".")[:2] == ["2", "13"]
    assert hash(__version__) == hash(str(__version__))
    assert (__version__ == "no version", __version__ != "no version") == (False, True)
