// Package house holds the architecture: its tests fail when a room is used for
// what it is not meant for, when a table in a README no longer tells the
// truth, when a workflow drops a safety that only GitHub would notice. See
// docs/ARCHITECTURE.md for the rules in prose.
package house
