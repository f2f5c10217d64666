package monitored

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/usage"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Prices are those that cutover.yaml names beside itself, else the ones that are
// built in. path is cutover.yaml's own.
func Prices(file *config.File, path string) (usage.Prices, error) {
	p := usage.Prices{Table: price.BuiltIn(), Region: string(file.Region)}
	if file.Cost == nil || file.Cost.Prices == "" {
		return p, nil
	}
	name := filepath.Join(filepath.Dir(path), filepath.FromSlash(file.Cost.Prices))
	f, err := os.Open(name)
	if err != nil {
		return p, &fault.Fault{Kind: fault.Input, Name: "cost.prices", What: "cannot be opened", Got: name, Next: "Write the table by cutover prices.", Err: err}
	}
	defer func() { _ = f.Close() }() // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, price.MostBytes+1))
	if err != nil {
		return p, &fault.Fault{Kind: fault.Input, Name: "cost.prices", What: "cannot be read", Got: name, Err: fmt.Errorf("reading: %w", err)}
	}
	p.Table, err = price.Parse(name, text)
	return p, err
}
