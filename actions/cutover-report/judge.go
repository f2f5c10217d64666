package main

import (
	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/config"
)

// policyOf is cutover.yaml's section, else what stands where nothing is written.
func policyOf(file *config.File) comparison.Policy {
	if file == nil || file.Comparison == nil {
		return comparison.Defaults()
	}
	return *file.Comparison
}

// judge compares.
func (w *work) judge(input comparison.Input) error {
	r := comparison.Judge(input)
	hash, err := r.Hash()
	if err != nil {
		return err
	}
	w.judged(r, hash)
	return nil
}
