"""What programs ask of other devices, on a machine that has none."""

import contextlib
import warnings

import torch
import torch.backends.cudnn as cudnn

results = {}


def answer(what, *arguments, **named):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            found = what(*arguments, **named)
        except Exception as error:
            found = type(error).__name__
    kinds = sorted({w.category.__name__ for w in said})
    return [found if isinstance(found, (int, float, str, list, type(None))) else "object", kinds]


def entered(manager, *arguments, **named):
    with manager(*arguments, **named):
        return "entered"


for name in [
    "is_available",
    "is_initialized",
    "device_count",
    "is_bf16_supported",
    "memory_allocated",
    "max_memory_allocated",
    "memory_reserved",
    "max_memory_reserved",
    "empty_cache",
    "init",
    "current_device",
    "get_device_name",
    "get_device_capability",
    "get_device_properties",
    "synchronize",
    "initial_seed",
    "seed",
    "seed_all",
    "get_rng_state",
    "get_rng_state_all",
    "ipc_collect",
    "get_arch_list",
    "mem_get_info",
    "current_stream",
    "default_stream",
    "Stream",
    "Event",
]:
    results[f"cuda.{name}"] = answer(getattr(torch.cuda, name))
results["cuda seeds"] = [answer(torch.cuda.manual_seed, 1), answer(torch.cuda.manual_seed_all, 1)]
results["cuda.set_device"] = answer(torch.cuda.set_device, -1)
results["cuda.device"] = answer(entered, torch.cuda.device, -1)
results["cuda.stream"] = answer(entered, torch.cuda.stream, None)
results["cuda.set_rng_state_all"] = answer(torch.cuda.set_rng_state_all, [])
for name in ["is_available", "device_count", "current_accelerator"]:
    results[f"accelerator.{name}"] = answer(getattr(torch.accelerator, name))
for name in [
    "current_device_index",
    "synchronize",
    "empty_cache",
    "current_stream",
    "memory_allocated",
]:
    results[f"accelerator.{name}"] = answer(getattr(torch.accelerator, name))
results["accelerator.device_index"] = answer(entered, torch.accelerator.device_index, None)
results["accelerator.set_device_index"] = answer(torch.accelerator.set_device_index, 0)

results["cudnn"] = [cudnn.enabled, cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32]
results["cudnn answers"] = [
    cudnn.is_available(),
    cudnn.version(),
    cudnn.is_acceptable(torch.ones(1)),
]
with cudnn.flags(enabled=False, benchmark=True):
    results["inside flags"] = [cudnn.enabled, cudnn.benchmark]
results["after flags"] = [cudnn.enabled, torch.backends.cudnn.benchmark]
b = torch.backends
results["backends"] = [
    b.mps.is_available(),
    b.mps.is_built(),
    b.cuda.is_built(),
    b.cuda.matmul.allow_tf32,
    b.mkldnn.enabled,
    b.cuda.flash_sdp_enabled(),
    b.cuda.math_sdp_enabled(),
    b.cuda.mem_efficient_sdp_enabled(),
    b.cpu.get_cpu_capability() in ("DEFAULT", "AVX2", "AVX512"),
]
results["kinds"] = [type(m.is_available()).__name__ for m in (b.mkl, b.openmp, b.opt_einsum)]

results["autocast cuda"] = answer(entered, torch.autocast, "cuda")
results["autocast off"] = answer(entered, torch.autocast, "cpu", enabled=False)
results["older autocast"] = answer(entered, torch.cuda.amp.autocast)
results["autocast wrong"] = answer(torch.autocast, "no such device")
results["autocast no text"] = answer(torch.autocast, 3)


@torch.amp.custom_fwd(device_type="cuda")
def forward(context, x):
    return x + 1


class Context:
    pass


results["custom_fwd"] = forward(Context(), 2)
results["GradScaler cuda"] = answer(torch.amp.GradScaler)
results["older GradScaler"] = answer(torch.cuda.amp.GradScaler)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    off = torch.amp.GradScaler("cuda")
results["off"] = [off.is_enabled(), off.get_scale(), off.scale(3.0), off.state_dict()]

import torch.distributed as dist  # noqa: E402

results["distributed"] = dist.is_available() and dist.is_initialized()
with contextlib.suppress(ImportError):
    from torch.utils.tensorboard import SummaryWriter  # noqa: F401
