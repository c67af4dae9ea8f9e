package compose_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"senkei/harness/compose"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the golden file")

func written(t *testing.T, nodes int) []byte {
	var out bytes.Buffer
	require.NoError(t, compose.Write(&out, nodes))
	return out.Bytes()
}

func TestThreeNodesLookLikeTheGoldenFile(t *testing.T) {
	golden := filepath.Join("testdata", "three.yml")
	got := written(t, 3)
	if *rewrite {
		require.NoError(t, os.WriteFile(golden, got, 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestEveryNodeKnowsAllPeersAndHasAPortAndAVolumeOfItsOwn(t *testing.T) {
	for nodes := 1; nodes <= compose.MaxNodes; nodes++ {
		var file struct {
			Services map[string]struct {
				Command []string
				Ports   []string
				Volumes []string
			}
			Volumes map[string]any
		}
		require.NoError(t, yaml.Unmarshal(written(t, nodes), &file))
		require.Len(t, file.Services, nodes)
		require.Len(t, file.Volumes, nodes)
		for i := 1; i <= nodes; i++ {
			name := fmt.Sprintf("node%d", i)
			s := file.Services[name]
			require.Contains(t, s.Command, "--id="+name)
			require.Equal(t, nodes, strings.Count(s.Command[1], ":7000"))
			require.Equal(t, []string{fmt.Sprintf("127.0.0.1:%d:8080", 8000+i)}, s.Ports)
			require.Equal(t, []string{name + ":/data"}, s.Volumes)
			require.Contains(t, file.Volumes, name)
		}
	}
}

func TestOtherSizesAreRefused(t *testing.T) {
	for _, nodes := range []int{-1, 0, compose.MaxNodes + 1} {
		var out bytes.Buffer
		require.ErrorContains(t, compose.Write(&out, nodes), "1 to 9 nodes")
		require.Empty(t, out.String())
	}
}

// The tools of both generations must understand the file, where they are installed.
func TestTheComposeToolsAcceptTheFile(t *testing.T) {
	for _, tool := range [][]string{{"docker-compose"}, {"docker", "compose"}} {
		t.Run(strings.Join(tool, " "), func(t *testing.T) {
			if err := exec.Command(tool[0], append(tool[1:], "version")...).Run(); err != nil {
				t.Skipf("%s is not installed: %v", strings.Join(tool, " "), err)
			}
			path := filepath.Join(t.TempDir(), "docker-compose.yml")
			require.NoError(t, os.WriteFile(path, written(t, 5), 0o600))
			out, err := exec.Command(tool[0], append(tool[1:], "-f", path, "config", "--services")...).CombinedOutput()
			require.NoError(t, err, string(out))
			require.ElementsMatch(t, []string{"node1", "node2", "node3", "node4", "node5"}, strings.Fields(string(out)))
		})
	}
}
