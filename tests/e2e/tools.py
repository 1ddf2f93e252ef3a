"""The programs that the tests need, and the places they write to."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CLIENTS = HERE / "clients"

# Where Debian puts servers' tools, which is not on every user's PATH.
SYSTEM_FOLDERS = ["/usr/sbin", "/sbin", "/usr/local/sbin"]


class ToolMissing(Exception):
    def __init__(self, what):
        super().__init__(f"{what} is not installed: ./dev deps e2e installs what these tests need")


def require(*names):
    """The path of the first of these programs that is there."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS])
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    raise ToolMissing(" or ".join(names))


def require_file(*paths):
    for path in paths:
        if pathlib.Path(path).exists():
            return str(path)
    raise ToolMissing(" or ".join(str(path) for path in paths))


def artefacts():
    """The folder for screenshots, logs and compiled clients; never in git."""
    folder = pathlib.Path(os.environ.get("MAILRIG_ARTEFACTS") or ROOT / "build" / "e2e-artefacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def run(command, *, limit=60, **options):
    """Runs a program to its end; a failure shows all that it said."""
    result = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            timeout=limit, check=False, **options)
    said = result.stdout.decode("utf-8", "replace")
    if result.returncode != 0:
        raise AssertionError(f"$ {' '.join(map(str, command))}\n{said}\nended with {result.returncode}")
    return said


def npm_ci(folder):
    """Installs the npm packages of `folder` from its lock file, unless just these are there already."""
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".lock-sha256"
    if stamp.exists() and stamp.read_text() == lock:
        return
    run([require("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, limit=300)
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(lock)


def python_with(*packages):
    """A Python that has these packages of PyPI, in an environment of its own; nothing, and why, if they cannot be had."""
    folder = artefacts() / f"python-{hashlib.sha256(repr(packages).encode()).hexdigest()[:12]}"
    stamp = folder / "installed"
    program = folder / "bin" / "python"
    if stamp.exists():
        return program, ""
    for command in ([sys.executable, "-m", "venv", "--clear", folder],
                    [program, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]):
        try:
            run(command, limit=180)
        except (AssertionError, OSError, subprocess.TimeoutExpired) as failure:
            return None, f"{' '.join(packages)} cannot be installed from PyPI: {failure}"
    stamp.touch()
    return program, ""
