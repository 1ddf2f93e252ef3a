#!/usr/bin/env python3
"""Holds the arrows of the architecture: which part may include which, and who may know sockets.

Every include of every C++ file is an arrow from the file's part to the included file's part. An arrow that
is not in ARROWS, and a system header outside the parts that may know it, is printed as file:line and ends
the run with 1. tests/ is free to include everything.
"""

import pathlib
import re
import sys

SOURCES = ("capture", "faults", "webui")

# A path's part is that of the longest prefix. The interface of the store and what implements it are two parts.
PARTS = {
    "capture/main.cpp": "app",
    "capture/app/": "app",
    "capture/model/": "model",
    "capture/wire/": "wire",
    "capture/smtp/": "smtp",
    "capture/pop3/": "pop3",
    "capture/imap/": "imap",
    "capture/mime/": "mime",
    "capture/store/store.hpp": "store",
    "capture/store/": "memory_store",
    "capture/delivery/": "delivery",
    "capture/rig/": "rig",
    "capture/net/": "net",
    "faults/": "faults",
    "webui/inspector/": "inspector",
    "webui/page/": "page",
}

PROTOCOL = {"wire", "faults", "model"}
ARROWS = {
    "model": set(),
    "wire": {"faults", "model"},
    "faults": {"model"},
    "mime": {"model"},
    "store": {"model"},
    "smtp": PROTOCOL,
    "pop3": PROTOCOL,
    "imap": PROTOCOL,
    "delivery": {"store", "faults", "mime", "model"},
    "rig": {"delivery", "store", "faults", "mime", "model"},
    "net": {"rig", "smtp", "pop3", "imap", "wire", "model"},
    "inspector": {"rig", "mime", "faults", "store", "model"},
    "memory_store": {"store", "model"},
    "page": set(),
    "app": set(PARTS.values()),
}

# What a system header brings in, and the only parts that may know it.
FOREIGN = (
    ("Asio", re.compile(r"boost/asio(/|\.hpp)"), {"net", "inspector"}),
    ("Beast", re.compile(r"boost/beast(/|\.hpp)"), {"net", "inspector"}),
    ("OpenSSL", re.compile(r"openssl/"), {"net", "inspector"}),
    ("GNU SASL", re.compile(r"gsasl(-mech|-version)?\.h"), {"wire"}),
    ("GMime", re.compile(r"(gmime|glib|gio)/|glib\.h|glib-object\.h"), {"mime"}),
    (
        "sockets",
        re.compile(r"sys/(socket|epoll|un)\.h|netinet/|arpa/inet\.h|netdb\.h|poll\.h"),
        {"net", "inspector", "app"},
    ),
    (
        "threads",
        re.compile(r"(thread|mutex|shared_mutex|condition_variable|future)$|pthread\.h"),
        {"rig", "net", "inspector", "memory_store", "app"},
    ),
)

# Digests stand behind one small function, wherever its part is.
DIGEST = re.compile(r"(^|/)digest\.cpp$")

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def part_of(path):
    """The part a path from the repository's root belongs to, or None outside all of them."""
    prefixes = [prefix for prefix in PARTS if path == prefix or (prefix.endswith("/") and path.startswith(prefix))]
    return PARTS[max(prefixes, key=len)] if prefixes else None


def own_include_fault(root, path, part, included):
    target = part_of(included)
    if target is None:
        if (root / path).parent.joinpath(included).exists():
            return f'"{included}" is written from its own folder: write it from the repository\'s root'
        return None  # a generated header: the compiler finds it or not
    if target == part or target in ARROWS[part]:
        return None
    return f'{part} -> {target} is not an arrow of the design ("{included}")'


def system_include_fault(path, part, included):
    for name, pattern, allowed in FOREIGN:
        if not pattern.match(included) or part in allowed:
            continue
        if name == "OpenSSL" and DIGEST.search(path):
            continue
        return f"{part} may not know {name} (<{included}>): only {', '.join(sorted(allowed))} may"
    return None


def faults_of(root, path):
    """Yields (line number, what is wrong) for one file."""
    part = part_of(path)
    if part is None:
        yield 1, "this file is in no part of the design: give its folder a part in tests/layering.py"
        return
    for number, line in enumerate((root / path).read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        own, system = match.groups()
        fault = own_include_fault(root, path, part, own) if own else system_include_fault(path, part, system)
        if fault:
            yield number, fault


def cpp_files(root):
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".cpp", ".hpp") and "node_modules" not in path.parts:
                yield path.relative_to(root).as_posix()


def check(root):
    """(number of files read, list of 'file:line: what is wrong')."""
    files = list(cpp_files(root))
    return len(files), [f"{path}:{line}: {fault}" for path in files for line, fault in faults_of(root, path)]


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
    if len(sys.argv) <= 1:
        root = root.parent.parent
    count, faults = check(root)
    print(*faults, sep="\n", end="\n" if faults else "")
    if count == 0:
        sys.exit(f"layering: no C++ file under {root}")
    print(f"layering: {count} files, {len(faults)} broken arrows")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
