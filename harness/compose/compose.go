package compose

import (
	_ "embed"
	"fmt"
	"io"
	"strings"
	"text/template"
)

// MaxNodes is the largest cluster that Write describes.
const MaxNodes = 9

// Mark stands in the first line of what Write writes.
const Mark = `written by "senkei compose"`

// file works with `docker compose` and with docker-compose from 1.27 on. It names no
// version of the format: the former warns of one, the latter does not need it.
//
//go:embed docker-compose.yml.tmpl
var text string

var file = template.Must(template.New("docker-compose.yml").Parse(text))

type node struct {
	Name string
	Port int // of its client port on this machine
}

// Write writes the file for the nodes node1 to nodeN, of which there are 1 to
// MaxNodes. Their client ports are published on 127.0.0.1, from 8001 on. The file
// belongs beside the Dockerfile.
func Write(w io.Writer, nodes int) error {
	if nodes < 1 || nodes > MaxNodes {
		return fmt.Errorf("a compose file takes 1 to %d nodes, not %d", MaxNodes, nodes)
	}
	var all []node
	var peers []string
	for i := 1; i <= nodes; i++ {
		n := node{Name: fmt.Sprintf("node%d", i), Port: 8000 + i}
		all = append(all, n)
		peers = append(peers, fmt.Sprintf("%s=%s:7000", n.Name, n.Name))
	}
	return file.Execute(w, struct {
		Nodes []node
		Peers string
	}{all, strings.Join(peers, ",")})
}
