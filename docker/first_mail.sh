# Sourced by prove.sh and prove-image.sh: a mail goes in over SMTP and must come out over HTTP.
# shellcheck shell=bash

# wait_until SECONDS COMMAND...
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || { echo "prove: gave up waiting for: $*" >&2; return 1; }
    sleep 0.2
  done
}

# first_mail SMTP_ADDRESS HTTP_ADDRESS
first_mail() {
  local subject="proof $RANDOM$RANDOM" list
  printf 'From: app@example.com\r\nTo: you@example.com\r\nSubject: %s\r\n\r\nIt works.\r\n' "$subject" |
    curl --silent --show-error --fail --max-time 10 --upload-file - \
      --mail-from app@example.com --mail-rcpt you@example.com "smtp://$1"
  list=$(curl --silent --show-error --fail --max-time 10 "http://$2/v1/messages")
  if [[ $list != *"\"$subject\""* ]]; then
    echo "prove: the mail '$subject' is not in the list: $list" >&2
    return 1
  fi
  echo "prove: sent '$subject' to $1 and read it at http://$2/v1/messages"
}
