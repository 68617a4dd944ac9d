"""What stands at the path of `pyad.save` is looked at before it is replaced; nothing is left over.

Links stay links, pipes and devices are written to, a full device is an OSError, a process that is
killed while it saves leaves the old file or the new one and no other.
"""

from __future__ import annotations

import io
import os
import pathlib
import signal
import stat
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import safetensors.numpy

import pyad
from pyad import serialization

STATE = {"w": pyad.ones(2, 3), "n": [1, 2.5, "a", None]}


def same(found):
    assert found["w"].tolist() == STATE["w"].tolist()
    assert found["n"] == STATE["n"]


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("before", [True, False])
def test_a_link_stays_a_link(tmp_path, depth, before):
    there = tmp_path / "elsewhere"
    there.mkdir()
    target = there / "state"
    if before:
        pyad.save(1, target)
        target.chmod(0o600)
    link = target
    for i in range(depth):
        further = tmp_path / f"link{i}"
        further.symlink_to(link)
        link = further
    pyad.save(STATE, link)
    assert link.is_symlink()
    assert not target.is_symlink()
    same(pyad.load(target))
    same(pyad.load(link))
    assert os.listdir(there) == ["state"]
    if before:
        assert target.stat().st_mode & 0o777 == 0o600


def test_a_link_to_nowhere_names_the_path_that_was_given(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "missing" / "state")
    with pytest.raises(FileNotFoundError) as info:
        pyad.save(1, link)
    assert info.value.filename == str(link)
    assert link.is_symlink()


def test_a_pipe_is_written_to(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    pyad.save(STATE, pipe)
    reader.join()
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    same(pyad.load(io.BytesIO(read[0])))
    assert os.listdir(tmp_path) == ["pipe"]


def test_a_device_stays_a_device(tmp_path):
    pyad.save(STATE, "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    link = tmp_path / "link"
    link.symlink_to("/dev/null")
    pyad.save(STATE, link)
    assert link.is_symlink()
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no full device")
@pytest.mark.parametrize("size", [1, 10**6])
def test_a_full_device_is_an_os_error(size):
    with pytest.raises(OSError, match="No space left") as info:
        pyad.save(pyad.zeros(size), "/dev/full")
    assert info.value.filename == "/dev/full"
    assert type(info.value) is OSError


def test_the_file_limit_is_an_os_error_and_leaves_the_old_file(tmp_path):
    """A disk that fills up while the file is written, as the limit on its size does."""
    code = (
        "import resource, signal, sys, pyad\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "path = sys.argv[1]\n"
        "pyad.save(7, path)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000))\n"
        "try:\n"
        "    pyad.save(pyad.zeros(10**6), path)\n"
        "except OSError as error:\n"
        "    print(error.errno, error.filename == path)\n"
        "print(pyad.load(path))\n"
    )
    path = tmp_path / "state"
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["27", "True", "7"], run.stdout
    assert os.listdir(tmp_path) == ["state"]


def test_nothing_is_left_by_a_killed_save(tmp_path):
    """Twenty processes that save over and over are killed in the middle of it."""
    code = (
        "import sys, pyad\n"
        "big = pyad.zeros(2 * 10**6)\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    pyad.save({'w': big}, sys.argv[1])\n"
    )
    path = tmp_path / "state"
    for turn in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
        )
        child.stdout.readline()
        time.sleep(0.02 * (turn + 1))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    pyad.save(STATE, path)
    assert os.listdir(tmp_path) == ["state"]
    same(pyad.load(path))


@pytest.mark.parametrize("nameless", [True, False])
def test_names_of_the_dead_are_freed_and_those_of_the_living_are_not(
    tmp_path, monkeypatch, nameless
):
    """Also where the file system has no files without names."""
    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE")
    path = tmp_path / "state"
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    mine = serialization._temporary(path)
    assert str(os.getpid()) in mine.name
    dead = pathlib.Path(str(mine).replace(f".{os.getpid()}.", f".{child.pid}."))
    foreign = tmp_path / ".state.another-host.1.ab"
    for other in (mine, dead, foreign):
        other.touch()
    pyad.save(STATE, path)
    assert sorted(os.listdir(tmp_path)) == sorted([mine.name, foreign.name, "state"])
    same(pyad.load(path))
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask():
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def test_a_file_in_a_closed_folder_is_written_in_place(tmp_path, monkeypatch):
    """Root may write everywhere, so the folder's refusal is played."""
    path = tmp_path / "state"
    pyad.save(1, path)
    number = path.stat().st_ino
    original = os.open

    def closed(name, flags, *args, **kwargs):
        if flags & os.O_CREAT or flags & os.O_TMPFILE == os.O_TMPFILE:
            raise PermissionError(13, "Permission denied", str(name))
        return original(name, flags, *args, **kwargs)

    with monkeypatch.context() as m:
        m.setattr(os, "open", closed)
        pyad.save(STATE, path)
        with pytest.raises(PermissionError):
            pyad.save(STATE, tmp_path / "new")
    assert path.stat().st_ino == number
    same(pyad.load(path))


def test_the_bytes_are_those_of_the_formats_own_library():
    rng = np.random.default_rng(0)
    arrays = {
        f"{name}.{i}": rng.integers(0, 2, shape).astype(name)
        for name in sorted(serialization.NAMES - {"bfloat16"})
        for i, shape in enumerate([(), (0,), (3,), (2, 3), (2, 0, 1)])
    }
    arrays["é'\""] = np.zeros(2)
    metadata = {"format": "pt", "pyad": '{"version":1}', "ü": "\n"}
    mine = b"".join(serialization._file_pieces(arrays, metadata))
    assert len(mine) == len(safetensors.numpy.save(arrays, metadata))
    found = safetensors.numpy.load(mine)
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert found[name].tolist() == array.tolist()
    one = {"format": "pt"}
    assert b"".join(serialization._file_pieces(arrays, one)) == safetensors.numpy.save(arrays, one)


@pytest.mark.parametrize(
    "value",
    [
        pyad.ones(2, 3).shape,
        pyad.Size(),
        [pyad.Size((1,))],
        pyad.device("cpu"),
        pyad.device("cuda", 1),
        {"shape": pyad.ones(2).shape, "of": pyad.ones(2).device},
    ],
)
def test_values_of_pyads_own_types(value):
    file = io.BytesIO()
    pyad.save(value, file)
    file.seek(0)
    found = pyad.load(file)
    assert found == value
    assert type(found) is type(value)
    if isinstance(value, list):
        assert type(found[0]) is pyad.Size


@pytest.mark.parametrize("node", ['["size","a"]', '["size",1.5]', '["size",true]', '["device"]',
                                  '["device","no device"]', '["device",1]'])  # fmt: skip
def test_descriptions_that_lie(node):
    pieces = serialization._file_pieces({}, {"pyad": f'{{"version":1,"tree":{node}}}'})
    with pytest.raises(RuntimeError, match="load"):
        pyad.load(io.BytesIO(b"".join(pieces)))
