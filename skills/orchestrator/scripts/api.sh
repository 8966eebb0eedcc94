#!/usr/bin/env bash
# Calls the Orchestrator API: api.sh METHOD PATH [JSON]
# JSON may be - (read from standard input). Prints the answer; exits 1 for an error answer, 2 for wrong use.
# ORCHESTRATOR_URL      the service, http://127.0.0.1:8080 without
# ORCHESTRATOR_API_KEY  a key, where the service asks for one
set -euo pipefail

if [ $# -lt 2 ] || [ $# -gt 3 ]; then
  echo 'usage: api.sh METHOD PATH [JSON]' >&2
  exit 2
fi
method=$1
path=$2
url=${ORCHESTRATOR_URL:-http://127.0.0.1:8080}
url=${url%/}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
umask 077

# In a file, so that the key does not show in the list of processes.
{
  echo 'Accept: application/json'
  if [ -n "${ORCHESTRATOR_API_KEY:-}" ]; then echo "Authorization: Bearer $ORCHESTRATOR_API_KEY"; fi
} > "$scratch/headers"

arguments=(--silent --show-error --request "$method" --header "@$scratch/headers")
if [ $# -eq 3 ]; then
  if [ "$3" = - ]; then cat > "$scratch/body"; else printf '%s' "$3" > "$scratch/body"; fi
  arguments+=(--header 'Content-Type: application/json' --data-binary "@$scratch/body")
fi

# A submission waits for its plan; the key makes it safe to ask again until that is there.
submitting=
if [ "$method $path" = 'POST /orchestrate/submit' ]; then
  submitting=yes
  key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  arguments+=(--header "Idempotency-Key: $key" --header 'Prefer: wait=170')
fi

while :; do
  status=$(curl "${arguments[@]}" --output "$scratch/answer" --write-out '%{http_code}' "$url$path") || exit 1
  if [ -n "$submitting" ] && grep -q '"status":"planning"' "$scratch/answer"; then continue; fi
  break
done

if [ -f "$scratch/answer" ]; then cat "$scratch/answer"; fi
case $status in
  2?? | 304) ;;
  *) exit 1 ;;
esac
