# What mailrig needs from the distribution, and how it is installed: sourced by ./dev, which calls
# install_deps. It looks for the command, header or file itself first, so what a person installed by other
# means counts, and asks apt only for what is missing. It never upgrades, removes or replaces anything and
# never starts a service.
# shellcheck shell=bash

# group | probe | packages, in the order of preference: the first that apt knows is taken.
# Where the name differs between releases, Debian 12 comes first, then Debian 13 and Ubuntu 24.04.
dependency_table() {
  cat <<'TABLE'
build|cmd g++|g++
build|cmd cmake|cmake
build|cmd ninja|ninja-build
build|cmd ccache|ccache
build|cmd pkg-config|pkg-config
build|cmd python3|python3
build|boost 108100|libboost1.81-dev libboost1.83-dev libboost1.88-dev libboost-dev
build|header openssl/ssl.h|libssl-dev
build|header zlib.h|zlib1g-dev
build|pkgconfig prometheus-cpp-core|prometheus-cpp-dev
build|header nlohmann/json.hpp|nlohmann-json3-dev
build|pkgconfig gmime-3.0|libgmime-3.0-dev
build|pkgconfig re2|libre2-dev
build|pkgconfig libgsasl|libgsasl-dev
build|header CLI/CLI.hpp|libcli11-dev
build|header spdlog/spdlog.h|libspdlog-dev
build|header gtest/gtest.h|libgtest-dev
build|header gmock/gmock.h|libgmock-dev
build|header benchmark/benchmark.h|libbenchmark-dev
build|cmd node|nodejs
build|cmd npm|npm
build|file /etc/ssl/certs/ca-certificates.crt|ca-certificates
lint|cmd git|git
lint|cmd clang-format-14|clang-format-14 clang-format
lint|cmd clang-tidy-14|clang-tidy-14 clang-tidy
lint|cmd clang++-14|clang-14 clang
lint|fuzzer_runtime|libclang-rt-14-dev libclang-rt-dev
lint|cmd shellcheck|shellcheck
e2e|cmd javac|default-jdk-headless
e2e|file /usr/share/java/javax.mail.jar|libmail-java
e2e|cmd swaks|swaks
e2e|cmd openssl|openssl
e2e|cmd sslscan|sslscan
e2e|cmd testssl|testssl.sh
e2e|cmd go|golang-go
e2e|cmd ruby|ruby
e2e|ruby_mail|ruby-mail
e2e|cmd perl|perl
e2e|perl_email_sender|libemail-sender-perl
e2e|perl_ssl|libio-socket-ssl-perl
e2e|cmd msmtp|msmtp
e2e|cmd php|php-cli
e2e|file /usr/share/php/libphp-phpmailer/src/PHPMailer.php|libphp-phpmailer
e2e|file /usr/share/php/Symfony/Component/Mailer/autoload.php|php-symfony-mailer
e2e|file /usr/share/perl5/Authen/SASL.pm|libauthen-sasl-perl
e2e|cmd smtp-source|postfix
e2e|cmd telnet|telnet
e2e|nc_crlf|netcat-openbsd
e2e|cmd curl|curl
e2e|cmd fetchmail|fetchmail
e2e|cmd mpop|mpop
e2e|python_venv|python3-venv
e2e|chromium|chromium
e2e|font_cjk|fonts-wqy-microhei
bench|cmd valgrind|valgrind
bench|cmd strace|strace
bench|cmd smtp-sink|postfix
bench|file /usr/lib/dovecot/pop3|dovecot-pop3d
bench|cmd wrk|wrk
ship|cmd dpkg-shlibdeps|dpkg-dev
prove|cmd debootstrap|debootstrap
prove|cmd curl|curl
TABLE
}

# A daemon's tools live in sbin, which is not on everybody's PATH.
has_cmd() { PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" command -v "$1" >/dev/null; }
has_file() { [[ -e $1 ]]; }
has_pkgconfig() { has_cmd pkg-config && pkg-config --exists "$1"; }

has_header() {
  local folder
  for folder in /usr/local/include /usr/include /usr/include/"$(uname -m)"-linux-gnu; do
    [[ -e $folder/$1 ]] && return 0
  done
  return 1
}

# Debian 12's plain libboost-dev is 1.74: there is a header, but Boost.URL came with 1.81.
has_boost() {
  local folder version
  for folder in /usr/local/include /usr/include; do
    [[ -r $folder/boost/version.hpp ]] || continue
    version=$(awk '$1 == "#define" && $2 == "BOOST_VERSION" { print $3 }' "$folder/boost/version.hpp")
    ((version >= $1)) && return 0
  done
  return 1
}

has_fuzzer_runtime() {
  local compiler
  compiler=$(find_tool clang++) || return 1
  [[ -e $("$compiler" -print-file-name="libclang_rt.fuzzer-$(uname -m).a") ]] ||
    [[ -e $("$compiler" -print-runtime-dir)/libclang_rt.fuzzer-$(uname -m).a ]] ||
    [[ -e $("$compiler" -print-runtime-dir)/libclang_rt.fuzzer.a ]]
}

# Only the OpenBSD netcat has the -C of RFC line ends.
has_nc_crlf() { has_cmd nc && nc -h 2>&1 | grep -q -e '-[A-Za-z]*C'; }
has_ruby_mail() { has_cmd ruby && ruby -rmail -e '' 2>/dev/null; }
has_perl_email_sender() { has_cmd perl && perl -MEmail::Sender::Transport::SMTP -e 1 2>/dev/null; }
has_perl_ssl() { has_cmd perl && perl -MIO::Socket::SSL -MNet::SSLeay -e 1 2>/dev/null; }
has_chromium() { has_cmd chromium || has_cmd chromium-browser || has_cmd google-chrome; }
has_python_venv() { python3 -c 'import ensurepip, venv' 2>/dev/null; }
has_font_cjk() { has_cmd fc-list && [[ -n $(fc-list :lang=zh-cn family) ]]; }

# find_tool NAME: the release that .clang-format and .clang-tidy were written for, else the distribution's.
find_tool() {
  local name
  for name in "$1-14" "$1" "$1-19" "$1-18" "$1-17" "$1-16"; do
    if has_cmd "$name"; then
      echo "$name"
      return 0
    fi
  done
  return 1
}

probe_holds() {
  local kind=$1 argument=${2:-}
  # On a release without the -14 packages the distribution's tool will do.
  if [[ $kind == cmd && $argument == *-14 ]]; then
    find_tool "${argument%-14}" >/dev/null
  else
    "has_$kind" "$argument"
  fi
}

# missing_deps GROUP...: the lines of the table whose probe fails, each list of packages once.
missing_deps() {
  local group probe packages seen="|"
  while IFS='|' read -r group probe packages; do
    [[ " $* " == *" $group "* && $seen != *"|$packages|"* ]] || continue
    # shellcheck disable=SC2086 # a probe is a function's name and its argument
    probe_holds $probe && continue
    seen+=" $packages|"
    echo "$probe|$packages"
  done < <(dependency_table)
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

can_install() {
  has_cmd apt-get || return 1
  ((EUID == 0)) || has_cmd sudo
}

release_is_known() {
  local ID="" VERSION_ID=0
  # shellcheck source=/dev/null
  [[ -r /etc/os-release ]] && . /etc/os-release
  case $ID in
    debian) [[ -z ${VERSION_ID:-} ]] || ((${VERSION_ID%%.*} >= 12)) ;;
    ubuntu) ((${VERSION_ID%%.*} >= 24)) ;;
    *) return 1 ;;
  esac
}

# Reads lines of packages in the order of preference; prints the first of each that apt has, or "!" and the
# line when it has none. One call to apt-cache for all of them: it takes a second where its cache is switched off.
choose_packages() {
  local lines known packages name choice
  lines=$(cat)
  # shellcheck disable=SC2086 # names are words
  known=$(LC_ALL=C apt-cache policy $lines |
    awk '/^[^ ]/ { name = substr($1, 1, length($1) - 1) } /Candidate:/ && $2 != "(none)" { print name }')
  while read -r packages; do
    choice=
    for name in $packages; do
      grep -qxF "$name" <<<"$known" && choice=$name && break
    done
    echo "${choice:-! $packages}"
  done <<<"$lines"
}

# A Node that came from elsewhere brings its own npm; Debian's npm package would lay Debian's Node beside it.
keeps_foreign_node() {
  local node
  node=$(command -v node) && ! dpkg -S "$(readlink -f "$node")" >/dev/null 2>&1
}

# apt with no questions asked and no service started. policy-rc.d is Debian's switch for the latter; it stays
# away again afterwards unless it was there before. Outside CI nothing is removed to make room.
apt_install() {
  local policy=/usr/sbin/policy-rc.d
  local options=(-y -qq --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600)
  [[ ${CI:-} == true ]] || options+=(--no-remove)
  (
    if [[ ! -e $policy ]]; then
      trap 'as_root rm -f "$policy"' EXIT
      printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
      as_root chmod 755 "$policy"
    fi
    if [[ " $* " == *" postfix "* ]]; then
      echo 'postfix postfix/main_mailer_type select No configuration' | as_root debconf-set-selections
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "$@" </dev/null
  )
}

list_missing() {
  local probe packages
  while IFS='|' read -r probe packages; do echo "  $probe  (package $packages)"; done <<<"$1"
}

# install_deps GROUP...: 0 when everything of these groups is there at the end.
install_deps() {
  local missing chosen absent
  missing=$(missing_deps "$@")
  [[ -n $missing ]] || return 0
  if ! can_install; then
    echo "deps: missing, and this user cannot install them (no apt-get, or neither root nor sudo):" >&2
    list_missing "$missing" >&2
    return 1
  fi
  release_is_known || echo "deps: this is neither Debian 12 or later nor Ubuntu 24.04 or later; trying its names" >&2
  if grep -q '^cmd npm|' <<<"$missing" && keeps_foreign_node; then
    echo "deps: $(command -v node) has no npm beside it, and Debian's npm would bring a second Node: install npm for it" >&2
    return 1
  fi
  as_root apt-get -o DPkg::Lock::Timeout=600 -qq update || echo "deps: apt-get update failed; going on with the old lists" >&2
  chosen=$(cut -d'|' -f2 <<<"$missing" | choose_packages)
  absent=$(sed -n 's/^! //p' <<<"$chosen")
  [[ -z $absent ]] || printf 'deps: apt knows no package by the name %s\n' "${absent//$'\n'/; nor }" >&2
  # shellcheck disable=SC2046 # names are words
  apt_install $(grep -v '^!' <<<"$chosen") || return 1
  hash -r
  missing=$(missing_deps "$@")
  [[ -z $missing ]] && return 0
  echo "deps: still missing; install these by hand:" >&2
  list_missing "$missing" >&2
  grep -q '^chromium|' <<<"$missing" && echo "  (Ubuntu has Chromium as a snap only; any chromium or google-chrome on PATH will do)" >&2
  return 1
}
