"""Models of a folder that has a `hubconf.py`; nothing is fetched from the network."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["get_dir", "help", "list", "load", "load_state_dict_from_url", "set_dir"]

_PARTLY = dict.fromkeys(
    ("help", "list", "load", "load_state_dict_from_url"), "folders and files that are there"
)
_folder: str | None = None
_Names = list[str]


def get_dir() -> str:
    """The folder that files of models are looked for in.

    Example:
        >>> import pyad
        >>> pyad.hub.get_dir().endswith("hub")
        True
    """
    if _folder is not None:
        return _folder
    cache = os.environ.get("XDG_CACHE_HOME", os.path.join("~", ".cache"))
    home = os.environ.get("TORCH_HOME", os.path.join(cache, "torch"))
    return os.path.join(os.path.expanduser(home), "hub")


def set_dir(d: str | os.PathLike[str]) -> None:
    """Sets that folder."""
    global _folder
    _folder = os.path.expanduser(d)


def _entries(repo_or_dir: str | os.PathLike[str], source: str) -> Any:
    if str(source).lower() not in ("github", "local"):
        raise ValueError(f'Unknown source: "{source}". Allowed values: "github" | "local".')
    if str(source).lower() != "local":
        raise RuntimeError(
            f"hub: pyad fetches nothing; clone {repo_or_dir} yourself and call with "
            'source="local" and the folder'
        )
    file = Path(repo_or_dir) / "hubconf.py"
    sys.path.insert(0, str(repo_or_dir))
    try:
        spec = importlib.util.spec_from_file_location("hubconf", file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(repo_or_dir))
    for package in getattr(module, "dependencies", []):
        if package != "torch" and importlib.util.find_spec(package) is None:
            raise RuntimeError(f"Missing dependencies: {package}")
    return module


def _entry(module: Any, name: str) -> Any:
    if not isinstance(name, str):
        raise ValueError("Invalid input: model should be a string of function name")
    found = getattr(module, name, None)
    if not callable(found):
        raise RuntimeError(f"Cannot find callable {name} in hubconf")
    return found


def list(
    github: str | os.PathLike[str],
    force_reload: bool = False,
    skip_validation: bool = False,
    trust_repo: Any = None,
    verbose: bool = True,
) -> _Names:
    """What can be loaded from a folder.

    Args:
        github: The folder.
        force_reload: Ignored.
        skip_validation: Ignored.
        trust_repo: Ignored.
        verbose: Ignored.

    Raises:
        RuntimeError: It is no folder: pyad fetches nothing.
    """
    module = _entries(github, "local" if Path(github).is_dir() else "github")
    return [n for n in vars(module) if callable(vars(module)[n]) and not n.startswith("_")]


def help(
    github: str | os.PathLike[str],
    model: str,
    force_reload: bool = False,
    skip_validation: bool = False,
    trust_repo: Any = None,
) -> Any:
    """The docstring of an entry of a folder; arguments as those of `load`."""
    module = _entries(github, "local" if Path(github).is_dir() else "github")
    return _entry(module, model).__doc__


def load(
    repo_or_dir: str | os.PathLike[str],
    model: str,
    *args: Any,
    source: str = "github",
    trust_repo: Any = None,
    force_reload: bool = False,
    verbose: bool = True,
    skip_validation: bool = False,
    **kwargs: Any,
) -> Any:
    """Calls an entry of a folder's `hubconf.py`.

    Args:
        repo_or_dir: The folder.
        model: The entry: a function of that file.
        args: For the function.
        source: "local".
        trust_repo: Ignored.
        force_reload: Ignored.
        verbose: Ignored.
        skip_validation: Ignored.
        kwargs: For the function.

    Raises:
        RuntimeError: Another source: pyad fetches nothing; or there is no such entry.
    """
    return _entry(_entries(repo_or_dir, source), model)(*args, **kwargs)


def load_state_dict_from_url(
    url: str,
    model_dir: str | os.PathLike[str] | None = None,
    map_location: Any = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
    weights_only: bool = False,
) -> Any:
    """Loads the file that PyTorch would have kept of a download, if it is there.

    Args:
        url: Where it would come from; its last part is the file's name.
        model_dir: The folder. Default: "checkpoints" in `get_dir()`.
        map_location: Ignored: tensors are on the CPU.
        progress: Ignored.
        check_hash: Ignored.
        file_name: The file's name.
        weights_only: Ignored.

    Raises:
        RuntimeError: It is not there: pyad fetches nothing.
    """
    from pyad.serialization import load as read

    folder = Path(model_dir) if model_dir is not None else Path(get_dir()) / "checkpoints"
    file = folder / (file_name or url.rpartition("/")[2])
    if not file.is_file():
        raise RuntimeError(f"hub: pyad fetches nothing; download {url} to {file} yourself")
    return read(file)
