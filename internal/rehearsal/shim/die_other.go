//go:build !linux

package main

import "syscall"

// dieWithParent has no counterpart here: other systems know no parent-death signal.
func dieWithParent() *syscall.SysProcAttr { return nil }
