"""What was freed below something that is still held goes back to the system."""

import platform
import subprocess
import sys

import pytest

FREED = """
import numpy as np, psutil
from substrate.memory import give_back
resident = lambda: psutil.Process().memory_info().rss >> 20
np.ones(2**22 - 2**10)  # from now on, arrays of up to 32 MB are cut from the heap
held = [np.ones(2**17) for _ in range(200)]
above = np.ones(2**17)
del held
before = resident()
give_back()
print(before - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be asked")
def test_freed_memory_is_given_back():
    freed = subprocess.run(
        [sys.executable, "-c", FREED], capture_output=True, text=True, check=True
    )
    assert int(freed.stdout) > 150
