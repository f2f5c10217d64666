//go:build !linux

package sst

import "syscall"

// ownGroup starts the child as the head of a process group. Only Linux can tell
// it of this process's death.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func zombies(int) bool { return false }
