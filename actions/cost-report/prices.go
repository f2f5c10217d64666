package main

import (
	"path/filepath"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/cost/price"
)

// prices are those that cutover.yaml names, else the ones that are built in.
func (w *work) prices() (price.Table, error) {
	if w.file == nil || w.file.Cost == nil || w.file.Cost.Prices == "" {
		return price.BuiltIn(), nil
	}
	name := *w.in.config
	if name == "" {
		name = config.Name
	}
	path := filepath.Join(filepath.Dir(name), filepath.FromSlash(w.file.Cost.Prices))
	text, err := readFile("cost.prices", path)
	if err != nil {
		return price.Table{}, err
	}
	return price.Parse(path, text)
}
