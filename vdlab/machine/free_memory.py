"""How much memory a process may still take, whoever limits it: asked before a big request, not after."""

import psutil

from vdlab.machine.cgroups import memory_free

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]  # the module is asked for below


def free_memory() -> int:
    """Bytes that this process may still take: of the machine, of its control groups, and of its own address space."""
    left = [psutil.virtual_memory().available]
    allowed = memory_free()
    if allowed is not None:
        left.append(allowed)
    if resource is not None:
        most, _ = resource.getrlimit(resource.RLIMIT_AS)
        if most != resource.RLIM_INFINITY:
            left.append(max(0, most - psutil.Process().memory_info().vms))
    return min(left)


def free_gpu_memory() -> int:
    """Bytes of the first GPU that nobody has taken, and those that torch holds for what it is asked for next."""
    import torch

    free, _ = torch.cuda.mem_get_info(0)
    return free + torch.cuda.memory_reserved(0) - torch.cuda.memory_allocated(0)
