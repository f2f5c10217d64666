module github.com/cutover-dev/cutover/bench/coverage/peer

go 1.26.0

require golang.org/x/tools v0.52.0
