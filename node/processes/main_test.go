package processes

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if built != "" {
			_ = os.RemoveAll(filepath.Dir(built)) // what stays is for the system to tidy up
		}
		os.Exit(code)
	}))
}

// built is where binary has put the node.
var built string

// binary builds the node, once, and returns its path.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "senkei-processes-")
	if err != nil {
		return "", err
	}
	built = filepath.Join(dir, "senkei-node")
	build := exec.Command("go", "build", "-o", built, "senkei/cmd/senkei-node")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build senkei-node: %w: %s", err, said)
	}
	return built, nil
})
