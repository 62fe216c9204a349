#!/bin/bash
# Instructions per message of a relay path, without the noise of a clock: the difference between two runs of different
# length under Valgrind's callgrind, divided by the messages between them. Leaves the profile of the longer run in BUILD.
#
#   callgrind.sh BUILD STREAM [STAGE...]      stages between listen and connect, as bgpipe takes them
#
# Example: callgrind.sh build stream limit --session 1000000
set -euo pipefail

build=$1 stream=$2
shift 2
directory=$(mktemp -d)
children=()
cleanup() {
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  rm -rf "$directory"
}
trap cleanup EXIT

port=$((20000 + RANDOM % 6000 * 2))

listening() { grep -qi ":$(printf %04X "$1") 00000000:0000 0A" /proc/net/tcp; }

wait_listening() {
  for _ in $(seq 300); do
    if listening "$1"; then return; fi
    sleep 0.1
  done
  echo "nothing listens on port $1" >&2
  cat "$directory/relay.log" >&2
  exit 1
}

# Prints the instructions that relaying $1 messages took.
run() {
  local messages=$1 between=("${@:2}")
  port=$((port + 2))
  "$build/tests/bench/blast_recv" --listen "127.0.0.1:$((port + 1))" >"$directory/recv.json" &
  local receiver=$!
  children+=("$receiver")
  wait_listening $((port + 1))
  valgrind --tool=callgrind --callgrind-out-file="$directory/profile.$messages" \
    "$bgpipe" --log error -- listen "127.0.0.1:$port" "${between[@]}" -- connect "127.0.0.1:$((port + 1))" \
    >"$directory/relay.log" 2>&1 &
  local relay=$!
  children+=("$relay")
  wait_listening "$port"
  "$build/tests/bench/blast_send" --connect "127.0.0.1:$port" --file "$stream" --messages "$messages" >"$directory/send.json"
  wait "$receiver"
  kill "$relay" 2>/dev/null || true
  wait "$relay" || true
  awk '/^summary:|^totals:/ { print $2; exit }' "$directory/profile.$messages"
}

between=()
if [ $# -gt 0 ]; then between=(-- "$@"); fi
bgpipe=$build/bgpipe
if [ ! -x "$bgpipe" ]; then bgpipe=$build/daemon/bgpipe; fi
few=20000 many=220000
low=$(run "$few" "${between[@]}")
high=$(run "$many" "${between[@]}")
echo "$(((high - low) / (many - few))) instructions a message"
cp "$directory/profile.$many" "$build/callgrind.out.relay"
echo "profile: callgrind_annotate $build/callgrind.out.relay"
