#!/usr/bin/env bash
# prove.sh [--keep]: plays docker/Dockerfile in plain Debian roots, without a container engine: the same install,
# build, test and run steps, then a mail through the running server. Needs root, debootstrap and curl; Debian 12's
# minbase stands in for the image debian:12-slim, and the host's way to its mirror is used for both.
# With CCACHE_DIR set, the compiler's cache is shared with the root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

release=bookworm
((EUID == 0)) || { echo "prove: only root can make and enter a root; run it with sudo" >&2; exit 1; }

host_release() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }

# The mirror the host itself installs from; nothing when it is of another kind, then debootstrap has its own.
host_mirror() {
  [[ $(host_release) == "$release" ]] || return 0
  sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' \
    /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null | head -n 1
}

# What the host's apt needs to reach its mirror: sources, keys, proxies and passwords; none of its hooks.
copy_apt_settings() {
  local file
  [[ $(host_release) == "$release" ]] || return 0
  : >"$1/etc/apt/sources.list"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} /etc/apt/{auth.conf.d,keyrings,trusted.gpg.d}/*; do
    [[ ! -f $file ]] || install -D -m 644 "$file" "$1$file"
  done
  for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
    if grep -qsE '^ *Acquire' "$file"; then install -D -m 644 "$file" "$1$file"; fi
  done
}

copy_network_settings() {
  cp -L /etc/resolv.conf /etc/hosts "$1/etc/"
  [[ ! -e ~/.npmrc ]] || cp ~/.npmrc "$1/root/"
  [[ ! -e ${SSL_CERT_FILE:-/none} ]] || install -D -m 644 "$SSL_CERT_FILE" "$1/etc/host-certificates.crt"
}

work=$(mktemp -d "${TMPDIR:-/var/tmp}/mailrig-prove.XXXXXX")
if [[ ${1:-} == --keep ]]; then
  echo "prove: the roots stay in $work"
else
  trap 'rm -rf --one-file-system "$work"' EXIT
fi

echo "prove: a plain Debian ($release) in $work/base"
# shellcheck disable=SC2046 # no mirror is no argument
debootstrap --variant=minbase "$release" "$work/base" $(host_mirror) >"$work/debootstrap.log" ||
  { tail -n 20 "$work/debootstrap.log" >&2; exit 1; }
copy_apt_settings "$work/base"
copy_network_settings "$work/base"
# In a mount namespace of its own, so that whatever happens no mount is left behind.
unshare --mount --propagation private python3 docker/play_dockerfile.py docker/Dockerfile "$work"
