package doctor_test

import (
	"testing"

	"github.com/cutover-dev/cutover/internal/doctortest"
)

func TestCommandsOfBrokenRepositories(t *testing.T) {
	for _, file := range []string{"cutover.yaml", "sst.config.ts", "package.json", "package-lock.json", deployYML} {
		dir := repository(t)
		replace(t, dir, file, "", "")
		doctortest.Commands(t, "../..", look(t, dir))
	}
	if err := doctortest.Command(t, "../..", "cutover init --no-such-flag x"); err == nil {
		t.Error("a flag that does not exist is taken")
	}
	if err := doctortest.Command(t, "../..", "rm -rf /"); err == nil {
		t.Error("whatever program is taken")
	}
}
