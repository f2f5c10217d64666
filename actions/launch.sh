#!/usr/bin/env bash
# Starts one action's binary: launch.sh NAME. Every action.yml calls this and
# nothing else. The binary comes, in this order:
#
#  1. from a release, when this tree is one: release/checksums.txt stands in the
#     tagged tree, so whoever pins the commit pins the bytes of every binary.
#  2. from CUTOVER_BIN (a folder that a workflow may cache; else one of the
#     runner's), built earlier from exactly these sources: its name carries
#     their digest, and it is held against the checksum taken when it was built.
#  3. from the sources beside this script.
#
# What does not match its checksum never runs. Works with the bash 3.2 of macOS.
set -euo pipefail

name=$1
shift
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# A folder of this user's where no runner has one: below /tmp anybody may have made
# it first, with binaries and checksums that fit each other.
folder=${CUTOVER_BIN:-${RUNNER_TOOL_CACHE:-${RUNNER_TEMP:-${HOME:?names no folder to keep binaries in}/.cache}}/cutover}
mkdir -p "$folder"

say() { printf '%s\n' "$*" >&2; }
stop() { # CODE MESSAGE
  say "::error title=$name::$2"
  exit "$1"
}

# sums prints the SHA-256 of files, or of standard input, as sha256sum does.
if command -v sha256sum >/dev/null; then summer=(sha256sum); else summer=(shasum -a 256); fi
sums() { "${summer[@]}" "$@"; }
digest_of() { sums "$1" | cut -d' ' -f1; }

case $(uname -s) in
  Linux) system=linux ;;
  Darwin) system=darwin ;;
  *) stop 2 "cutover runs on Linux and macOS, not on $(uname -s)." ;;
esac
case $(uname -m) in
  x86_64 | amd64) machine=amd64 ;;
  arm64 | aarch64) machine=arm64 ;;
  *) stop 2 "cutover runs on x86-64 and arm64, not on $(uname -m)." ;;
esac

# promised prints the checksum that the tagged tree has for a file, if any.
promised() {
  awk -v file="$1" '$2 == file { print $1 }' "$source/release/checksums.txt"
}
# held stops everything when a file is not what the tagged tree promises.
held() { # FILE CHECKSUM ADDRESS
  [[ $(digest_of "$1") == "$2" ]] && return 0
  rm -f "$1"
  stop 4 "$3 does not have the checksum that stands in the tagged tree. It was not run. Report this: the release or the way to it was tampered with."
}

# released fetches the release's binary, unless it is here already, and sets
# binary. It fails when this tree is no release or the file cannot be had; it
# stops everything when what it got is not what the tagged tree promises. Where
# the release has the file packed, both are held: as it comes and as it runs.
released() {
  local file=$name-$system-$machine want packed repository version address
  [[ -f $source/release/checksums.txt ]] || return 1
  want=$(promised "$file")
  [[ -n $want ]] || return 1
  binary=$folder/$file-$want
  if [[ -x $binary && $(digest_of "$binary") == "$want" ]]; then return 0; fi
  packed=$(promised "$file.gz")
  read -r repository version < "$source/release/origin"
  address=${GITHUB_SERVER_URL:-https://github.com}/$repository/releases/download/$version/$file${packed:+.gz}
  local part
  part=$(mktemp "$folder/$file.XXXXXX")
  if ! curl --fail --silent --show-error --location --retry 3 --retry-delay 1 --max-time 120 --output "$part" "$address"; then
    rm -f "$part"
    say "$address could not be fetched; building from source instead."
    return 1
  fi
  if [[ -n $packed ]]; then
    held "$part" "$packed" "$address"
    mv "$part" "$part.gz"
    # A file that was verified and does not unpack is no other than promised.
    gzip -dc "$part.gz" > "$part" || {
      rm -f "$part" "$part.gz"
      stop 4 "$address cannot be unpacked. It was not run. Report this: the release is broken."
    }
    rm -f "$part.gz"
  fi
  held "$part" "$want" "$address"
  chmod +x "$part"
  mv "$part" "$binary"
}

# built sets binary to one built from exactly these sources.
built() {
  command -v go >/dev/null || stop 2 "Go is not on PATH, and this ref of cutover has no prebuilt binary. Put actions/setup-go before this step, or pin a release."
  local digest
  digest=$(
    cd "$source"
    {
      go env GOVERSION GOOS GOARCH
      # Each file with its name: what is built depends on names too (x_darwin.go).
      # shellcheck disable=SC2312 # these folders stand in the tree
      find "actions/$name" internal go.mod go.sum -type f ! -name '*_test.go' ! -path '*/testdata/*' -print0 | LC_ALL=C sort -z | xargs -0 "${summer[@]}"
    } | sums | cut -c1-32
  )
  binary=$folder/$name-$digest
  if [[ -x $binary && -f $binary.sha256 && $(digest_of "$binary") == "$(cat "$binary.sha256")" ]]; then return 0; fi
  # Built under another name and moved, so that a killed build leaves nothing
  # that looks whole. The flags make the same source give the same bytes.
  local part
  part=$(mktemp "$folder/$name.XXXXXX")
  (cd "$source" && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags='-s -w' -o "$part" "./actions/$name") >&2 || {
    rm -f "$part"
    stop 3 "The action could not be built; the compiler's words stand above."
  }
  digest_of "$part" > "$binary.sha256"
  mv "$part" "$binary"
}

released || built
exec "$binary" "$@"
