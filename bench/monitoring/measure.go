package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// program is one that makes templates.
type program struct {
	name string
	args []string
	// folder is where it runs, out where its templates lie.
	folder, out string
	// prints says that the template comes on standard output.
	prints bool
	// makes is false for the floor, which makes nothing.
	makes  bool
	rounds int
	// base is the program that this one's processor time is told in.
	base  *program
	walls []float64 // ms
	times []float64 // ms of processors, which a busy machine does not stretch
	peaks []float64 // MB
	made  outcome
}

func (p *program) wall() float64 { return median(p.walls) }

func (p *program) once() error {
	if err := os.RemoveAll(p.out); err != nil {
		return err
	}
	if err := os.Mkdir(p.out, 0o755); err != nil {
		return err
	}
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Dir = p.folder
	var problems bytes.Buffer
	cmd.Stderr = &problems
	if p.prints {
		f, err := os.Create(filepath.Join(p.out, "one.template.json"))
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // the process writes to it, not we
		cmd.Stdout = f
	}
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", p.name, err, strings.TrimSpace(problems.String()))
	}
	p.walls = append(p.walls, time.Since(start).Seconds()*1000)
	p.times = append(p.times, (cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()).Seconds()*1000)
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		p.peaks = append(p.peaks, float64(usage.Maxrss)/1000) // kilobytes on Linux
	}
	return nil
}

// peerFolder is where the peer is installed: once, and kept.
var peerFolder = filepath.Join(".cache", "bench-monitoring")

// programsIn builds ours and installs the peer, as its lock file pins it.
func programsIn(folder, inventory string) ([]*program, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cutover := filepath.Join(folder, "cutover")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", cutover, "./cmd/cutover")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building cutover (run this from the repository's root): %w: %s", err, out)
	}
	if err := install(); err != nil {
		return nil, err
	}
	script, err := filepath.Abs(filepath.Join("bench", "monitoring", "peer", "peer.mjs"))
	if err != nil {
		return nil, err
	}
	out := func(name string) string { return filepath.Join(folder, name) }
	peer := func(name, way string, rounds int) *program {
		return &program{name: name, args: []string{"node", script, inventory, out(way), way}, folder: peerFolder, out: out(way), makes: true, rounds: rounds}
	}
	ours := &program{
		name: "cutover", args: []string{cutover, "monitoring", "template", "--config", filepath.Join("examples", "lego-api", "cutover.yaml"), "--inventory", inventory},
		out: out("ours"), prints: true, makes: true, rounds: 21,
	}
	same := &program{name: "cutover's alarms for each function", args: []string{self, "alarms", inventory}, out: out("same"), prints: true, makes: true, rounds: 21}
	floor := &program{name: "Node reading aws-cdk-lib, no more", args: []string{"node", "-e", `require("aws-cdk-lib")`}, folder: peerFolder, out: out("floor"), rounds: 5}
	whole, split, alone := peer("cdk-monitoring-constructs, one stack", "whole", 3), peer("the same, split by hand", "split", 3), peer("cdk-monitoring-constructs, alarms alone", "alarms", 3)
	floor.base, whole.base, split.base, alone.base = ours, ours, ours, same
	return []*program{ours, whole, split, floor, same, alone}, nil
}

func install() error {
	if err := os.MkdirAll(peerFolder, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join("bench", "monitoring", "peer", name))
		if err != nil {
			return fmt.Errorf("run this from the repository's root: %w", err)
		}
		if err := os.WriteFile(filepath.Join(peerFolder, name), text, 0o600); err != nil {
			return err
		}
	}
	ci := exec.Command("npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")
	ci.Dir = peerFolder
	if out, err := ci.CombinedOutput(); err != nil {
		return fmt.Errorf("installing the peer: %w: %s", err, out)
	}
	return nil
}

// takeTurns runs all programs, so that a slow minute of the machine hits all of
// them, and counts what each has made.
func takeTurns(programs []*program) error {
	most := 0
	for _, p := range programs {
		most = max(most, p.rounds)
	}
	for round := range most {
		for _, p := range programs {
			if round >= p.rounds {
				continue
			}
			if err := p.once(); err != nil {
				return err
			}
		}
	}
	for _, p := range programs {
		if !p.makes {
			continue
		}
		var err error
		if p.made, err = outcomeOf(p.out); err != nil {
			return err
		}
	}
	return nil
}

func printTable(programs []*program) {
	fmt.Println("| program | ms | processor ms | peak MB | times ours | templates | kB | resources | alarms | their metrics | widgets of the largest dashboard | limits that it breaks |")
	fmt.Println("| :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | :--- |")
	for _, p := range programs {
		times, o := "", p.made
		if p.base != nil {
			times = strconv.FormatFloat(median(p.times)/median(p.base.times), 'f', 0, 64)
		}
		fmt.Printf("| %s | %.0f | %.0f | %.0f | %s |", p.name, p.wall(), median(p.times), median(p.peaks), times)
		if !p.makes {
			fmt.Println(" | | | | | | |")
			continue
		}
		fmt.Printf(" %d | %d | %d | %d | %d | %d | %s |\n", o.templates, o.bytes/1000, o.resources, o.alarms, o.alarmMetrics, o.largestWidgets, strings.Join(o.broken(), ", "))
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)/2]
}
