// Package cutover holds the files of this repository that cutover init writes
// into others: what users get is what is rehearsed here.
package cutover

import "embed"

// Files are this repository's workflows and the steps that they share.
//
//go:embed .github/workflows/*.yml .github/actions/*/action.yml
var Files embed.FS
