#!/usr/bin/env bash
# prove-image.sh IMAGE: starts the image as the README says, waits until it is healthy, sends it a mail over SMTP
# and reads that mail back over HTTP. Needs a container engine and curl.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=docker/first_mail.sh
source ./first_mail.sh

container=$(docker run --rm --detach --publish 127.0.0.1::2525 --publish 127.0.0.1::8025 "$1")
trap 'docker logs "$container"; docker stop "$container" >/dev/null' EXIT

published() { docker port "$container" "$1/tcp" | head -n 1; }
is_healthy() { [[ $(docker inspect --format '{{.State.Health.Status}}' "$container") == healthy ]]; }

wait_until 30 is_healthy
first_mail "$(published 2525)" "$(published 8025)"
