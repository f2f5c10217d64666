package main

import "syscall"

// dieWithParent ends a step's process when the shim is killed, so that a
// killed rehearsal leaves nothing running.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
