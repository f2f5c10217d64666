package monitored_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/config/monitored"
	"github.com/cutover-dev/cutover/internal/cost"
	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Prices are the built-in ones, or those of the file beside cutover.yaml; one that
// is named and not there is no reason to take others.
func TestPrices(t *testing.T) {
	folder := t.TempDir()
	own := `{"version": 1, "prices": [{"region": "us-east-1", "item": "lambda.request", "unit": "request", "usd": "0.0000003", "date": "2026-03-01", "source": "a test"}]}`
	for name, text := range map[string]string{"own.json": own, "broken.json": "{}"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(folder, "cutover.yaml")
	for name, x := range map[string]struct {
		file *config.File
		want string // of a Lambda request, else what the error says
	}{
		"no section":    {&config.File{Region: "us-east-1"}, "0.0000002"},
		"no file named": {&config.File{Region: "us-east-1", Cost: &cost.Settings{}}, "0.0000002"},
		"its own":       {&config.File{Region: "us-east-1", Cost: &cost.Settings{Prices: "own.json"}}, "0.0000003"},
		"not there":     {&config.File{Region: "us-east-1", Cost: &cost.Settings{Prices: "none.json"}}, "cannot be opened"},
		"broken":        {&config.File{Region: "us-east-1", Cost: &cost.Settings{Prices: "broken.json"}}, "another version"},
	} {
		p, err := monitored.Prices(x.file, path)
		if err != nil {
			if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), x.want) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if found, ok := p.Table.Find("us-east-1", price.LambdaRequest); !ok || found.USD != x.want || p.Region != "us-east-1" {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
