#!/usr/bin/env bash
# Starts one action's binary: launch.sh NAME. Every action.yml calls this and
# nothing else.
#
# The binary is built from the source beside this script, once for each state of
# that source: its name carries the digest of all that goes into it, so a cached
# binary of other sources is never run. CUTOVER_BIN names the folder to keep it
# in (sst-deploy.yml caches that folder); without it the job's temporary folder
# serves. Flags make builds reproducible: the same source gives the same bytes.
set -euo pipefail

name=$1
shift
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${CUTOVER_BIN:-${RUNNER_TEMP:-/tmp}/cutover-bin}

if ! command -v go >/dev/null; then
  echo "::error title=$name::Go is not on PATH, and this ref of cutover has no prebuilt binary. Put actions/setup-go before this step." >&2
  exit 2
fi

digest=$(
  cd "$source"
  {
    go version
    # shellcheck disable=SC2312 # find cannot fail on folders that stand in the tree
    find "actions/$name" internal go.mod go.sum -type f ! -name '*_test.go' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
  } | sha256sum | cut -c1-32
)
binary=$folder/$name-$digest

if [[ ! -x $binary ]]; then
  mkdir -p "$folder"
  # Built under another name and moved, so that a killed build leaves nothing
  # that looks whole.
  building=$(mktemp "$folder/$name-building.XXXXXX")
  (cd "$source" && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags='-s -w' -o "$building" "./actions/$name") >&2 || {
    rm -f "$building"
    echo "::error title=$name::The action could not be built; the compiler's words stand above." >&2
    exit 3
  }
  mv "$building" "$binary"
fi

exec "$binary" "$@"
