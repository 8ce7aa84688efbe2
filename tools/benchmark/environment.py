"""A separate environment for PyTorch, which this package does not need.

python(given) -> the interpreter that has it, installed under build/ on first use
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "benchmark" / "torch"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def python(given: str | None = None) -> str:
    """The interpreter given, or that of the separate environment."""
    if given:
        return given
    found = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = FOLDER / "installed"
    if not done.exists():
        print(
            f"Installing the packages of {REQUIREMENTS.relative_to(ROOT)} into {FOLDER.relative_to(ROOT)}", flush=True
        )
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
        install = [str(found), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", "-r", str(REQUIREMENTS)]
        subprocess.run(install, check=True)
        done.touch()
    return str(found)


def version(interpreter: str) -> str:
    """PyTorch's version there."""
    command = [interpreter, "-c", "import torch; print(torch.__version__)"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
