#!/usr/bin/env python3
"""Plays a Dockerfile in plain roots: play_dockerfile.py DOCKERFILE WORK, where WORK/base is a fresh system.

Every stage from a distribution's image begins as a copy of WORK/base; COPY and RUN do what they do in an
image. The last stage is then started as its user, in a network of its own that has only a loopback, so that
the ports of the image are free; it must become healthy by its HEALTHCHECK, take a mail on each SMTP port
that it names, show it over HTTP, and end with 0 when it is told to. prove.sh calls it.
"""

import ctypes
import fcntl
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

# What of the host's surroundings a RUN may see: how to reach the registries, and nothing else.
PASSED_ON = re.compile(r"^(https?|no|all)_proxy$", re.IGNORECASE)
HOST_CERTIFICATES = "/etc/host-certificates.crt"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1


class Stage:
    """One FROM … of the file, and what its instructions have set so far."""

    def __init__(self, name, root):
        self.name, self.root = name, root
        self.workdir, self.user = "/", "0:0"
        self.env = {"PATH": PATH, "HOME": "/"}
        self.entrypoint, self.cmd, self.healthcheck = [], [], []

    def inside(self, path):
        return self.root / os.path.join(self.workdir, path).lstrip("/")

    def command(self, arguments):
        """The same arguments, run in this root as this stage's user."""
        uid, gid = self.user.split(":")
        words = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", *arguments]
        return ["chroot", str(self.root), *words]


def instructions(text):
    """(instruction, rest) of each logical line, continued lines joined and comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word.upper(), rest.strip()


def ignored_by(dockerignore):
    """A test for paths relative to the context, as far as our .dockerignore's patterns go."""
    patterns = []
    for line in dockerignore.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            pattern = re.escape(line.strip().strip("/")).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
            patterns.append(re.compile(pattern))
    return lambda path: any(pattern.fullmatch(path) for pattern in patterns)


class Player:
    def __init__(self, dockerfile, work):
        self.dockerfile, self.work = dockerfile, work
        self.context = dockerfile.resolve().parent.parent
        self.ignored = ignored_by(self.context / ".dockerignore")
        self.stages = {}
        self.stage = None

    def play(self):
        for word, rest in instructions(self.dockerfile.read_text()):
            handler = getattr(self, f"on_{word.lower()}", None)
            if handler is None:
                sys.exit(f"prove: {self.dockerfile} has {word}, which play_dockerfile.py does not know yet")
            handler(rest)
        return self.stage

    def on_from(self, rest):
        image, _, name = rest.split()
        root = self.work / name
        if image == "scratch":
            root.mkdir()
        else:
            subprocess.run(["cp", "-a", self.work / "base", root], check=True)
            for folder in ("proc", "dev"):
                subprocess.run(["mount", "--rbind", f"/{folder}", root / folder], check=True)
        print(f"prove: stage {name}, from {image}", flush=True)
        self.stage = self.stages[name] = Stage(name, root)

    def on_workdir(self, rest):
        self.stage.workdir = rest
        self.stage.inside(".").mkdir(parents=True, exist_ok=True)

    def on_copy(self, rest):
        words = shlex.split(rest)
        origin = self.context
        if words[0].startswith("--from="):
            origin = self.stages[words.pop(0)[len("--from=") :]].root
        *sources, target = words
        for source in sources:
            found = sorted(origin.glob(source.lstrip("/"))) if source not in (".", "/") else [origin]
            if not found:
                sys.exit(f"prove: COPY finds no {source}")
            for path in found:
                self.copy(path, self.stage.inside(target), is_context=origin == self.context)

    def copy(self, path, target, is_context):
        if path.is_file():
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
            return

        def left_out(folder, names):
            relative = pathlib.Path(folder).relative_to(self.context)
            return [name for name in names if self.ignored((relative / name).as_posix())]

        ignore = left_out if is_context else None
        shutil.copytree(path, target, symlinks=True, ignore=ignore, dirs_exist_ok=True)

    def on_run(self, rest):
        print(f"prove: RUN {rest}", flush=True)
        began = time.monotonic()
        stage = self.stage
        command = f"cd {shlex.quote(stage.workdir)} && {rest}"
        ended = subprocess.run(stage.command(["/bin/sh", "-c", command]), env=self.run_environment(), check=False)
        if ended.returncode:
            sys.exit(f"prove: RUN {rest} ended with {ended.returncode}")
        print(f"prove: {time.monotonic() - began:.0f} s", flush=True)

    def run_environment(self):
        env = dict(self.stage.env, HOME="/root", DEBIAN_FRONTEND="noninteractive")
        env.update({name: value for name, value in os.environ.items() if PASSED_ON.match(name)})
        if (self.stage.root / HOST_CERTIFICATES.lstrip("/")).exists():
            env.update(SSL_CERT_FILE=HOST_CERTIFICATES, NODE_EXTRA_CA_CERTS=HOST_CERTIFICATES)
        env.update(self.shared_compiler_cache())
        return env

    def shared_compiler_cache(self):
        cache = os.environ.get("CCACHE_DIR")
        if not cache or not pathlib.Path(cache).is_dir():
            return {}
        target = self.stage.root / "ccache"
        if not target.exists():
            target.mkdir()
            subprocess.run(["mount", "--bind", cache, target], check=True)
        return {"CCACHE_DIR": "/ccache"}

    def on_env(self, rest):
        self.stage.env.update(word.split("=", 1) for word in shlex.split(rest))

    def on_user(self, rest):
        self.stage.user = rest

    def on_expose(self, rest):
        pass  # it publishes nothing by itself

    def on_healthcheck(self, rest):
        self.stage.healthcheck = json.loads(rest.split("CMD", 1)[1])

    def on_entrypoint(self, rest):
        self.stage.entrypoint = json.loads(rest)

    def on_cmd(self, rest):
        self.stage.cmd = json.loads(rest)


def enter_lonely_network():
    """This process and its children: a new network whose only interface is a loopback that is up."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        sys.exit(f"prove: no network namespace: {os.strerror(ctypes.get_errno())}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def wait_until_healthy(stage, server):
    end = time.monotonic() + 10
    while subprocess.run(stage.command(stage.healthcheck), env=stage.env, check=False).returncode:
        if server.poll() is not None:
            sys.exit(f"prove: the server ended with {server.returncode} before it was healthy")
        if time.monotonic() > end:
            sys.exit("prove: not healthy after 10 s")
        time.sleep(0.2)
    print(f"prove: {shlex.join(stage.healthcheck)} says healthy", flush=True)


def addresses(stage, variable):
    """The HOST:PORTs of a listener, as clients on both loopbacks call them."""
    ports = [word.rsplit(":", 1)[1] for word in stage.env[variable].split(",")]
    return [f"{host}:{port}" for port in ports for host in ("127.0.0.1", "[::1]")]


def send_mails(stage):
    script = 'source docker/first_mail.sh; first_mail "$1" "$2"'
    for smtp in addresses(stage, "MAILRIG_SMTP"):
        http = addresses(stage, "MAILRIG_HTTP")[0]
        subprocess.run(["bash", "-euo", "pipefail", "-c", script, "-", smtp, http], check=True)


def prove_run(stage):
    """Starts the image's program as the image would, uses it, and stops it."""
    if stage.user.startswith("0"):
        sys.exit("prove: the run stage must have a user that is not root")
    enter_lonely_network()
    with subprocess.Popen(stage.command([*stage.entrypoint, *stage.cmd]), env=stage.env) as server:
        try:
            wait_until_healthy(stage, server)
            send_mails(stage)
            server.send_signal(signal.SIGTERM)
            if server.wait(timeout=4) != 0:
                sys.exit(f"prove: after SIGTERM the server ended with {server.returncode}")
        finally:
            server.kill()
    print("prove: every step played; the program started, was used and stopped; all is well")


def main():
    dockerfile, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    prove_run(Player(dockerfile, work).play())


if __name__ == "__main__":
    main()
