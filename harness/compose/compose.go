package compose

import (
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
var file = template.Must(template.New("docker-compose.yml").Parse(`# {{len .Nodes}} senkei nodes, written by "senkei compose". Run "make build" first, then
#   docker-compose up -d --build    and    curl http://127.0.0.1:8001/status

x-node: &node
  image: senkei/node
  build:
    context: .
    target: node
  user: "65534:65534"
  read_only: true
  cap_drop:
    - ALL
  security_opt:
    - no-new-privileges:true

services:
{{- range .Nodes}}
  {{.Name}}:
    <<: *node
    container_name: {{.Name}}
    hostname: {{.Name}}
    command:
      - --id={{.Name}}
      - --peers={{$.Peers}}
      - --peer-listen=0.0.0.0:7000
      - --client-listen=0.0.0.0:8080
      - --advertise=127.0.0.1:{{.Port}}
      - --data=/data
    ports:
      - "127.0.0.1:{{.Port}}:8080"
    volumes:
      - {{.Name}}:/data
{{- end}}

volumes:
{{- range .Nodes}}
  {{.Name}}: {}
{{- end}}
`))

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
