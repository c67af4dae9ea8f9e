package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/go-connections/nat"

	"senkei/harness/agent"
	"senkei/harness/cluster"
	"senkei/harness/cluster/live"
	"senkei/harness/cluster/owner"
	"senkei/history"
)

const (
	peerPort   = 7000
	clientPort = 8080
	dataDir    = "/data"
	// nobody is the user that a binary runs as. It owns dataDir in the image, and so in a fresh
	// volume.
	nobody = 65534
	// startTimeout bounds all that the daemon does for one start, the images included.
	startTimeout = 2 * time.Minute
	// stateWithin bounds how long a container may take to do as it is told, stateEvery is the
	// pause between two looks at it.
	stateWithin = 30 * time.Second
	stateEvery  = 20 * time.Millisecond
	// Of each node's log the last logBytesMax bytes are kept at least.
	logBytesMax = "128m"
)

// Labels of everything that a run makes.
const (
	runLabel   = "senkei.run"
	ownerLabel = "senkei.owner"
	nodeLabel  = "senkei.node"
)

func (c *Cluster) labels() map[string]string {
	return map[string]string{runLabel: c.run, ownerLabel: owner.Self()}
}

func (c *Cluster) nodeLabels(n *node) map[string]string {
	labels := c.labels()
	labels[nodeLabel] = string(n.id)
	return labels
}

func (c *Cluster) networkName() string       { return "senkei-" + c.run }
func (c *Cluster) nodeName(n *node) string   { return "senkei-" + c.run + "-" + string(n.id) }
func (c *Cluster) netName(n *node) string    { return c.nodeName(n) + "-net" }
func (c *Cluster) volumeName(n *node) string { return c.nodeName(n) }

// lasting is the context of requests that create something. It does not end with ctx:
// a daemon that is hung up on goes on creating, after the removal has looked.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), startTimeout)
}

func (c *Cluster) createNetwork(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	_, err := c.cli.NetworkCreate(ctx, c.networkName(), network.CreateOptions{Driver: "bridge", Labels: c.labels()})
	if err != nil {
		return fmt.Errorf("create network %s: %w", c.networkName(), err)
	}
	return nil
}

// start makes the containers and starts the clock.
func (c *Cluster) start(ctx context.Context, opts Options) error {
	lasting, cancel := lasting(ctx)
	defer cancel()
	agentRef, err := ensureImage(lasting, c.cli, agentRecipe(opts.AgentBinary), opts.Progress)
	if err != nil {
		return err
	}
	opts.Progress(fmt.Sprintf("starting %d nodes", len(c.order)))
	token := rand.Text()
	err = live.Each("net container of", c.order, c.nodes, func(n *node) error { return c.startNet(ctx, lasting, n, agentRef, token) })
	if err != nil {
		return err
	}
	launches, err := c.launches(lasting, opts)
	if err != nil {
		return err
	}
	err = live.Each("start", c.order, c.nodes, func(n *node) error { return c.startNode(ctx, lasting, n, launches[n.id]) })
	if err != nil {
		return err
	}
	addrs := map[history.NodeID]live.Address{}
	for id, n := range c.nodes {
		addrs[id] = live.Address{Client: n.client, Peer: addr(n.ip.String(), peerPort)}
	}
	c.Shell = live.New(c.sys, addrs, opts.OpTimeout)
	return nil
}

// startNet makes the container that owns the node's network namespace.
func (c *Cluster) startNet(ctx, lasting context.Context, n *node, image, token string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ports := nat.PortMap{}
	exposed := nat.PortSet{}
	for _, p := range []int{clientPort, agent.Port} {
		ports[tcp(p)] = []nat.PortBinding{{HostIP: "127.0.0.1"}} // the daemon picks a free port
		exposed[tcp(p)] = struct{}{}
	}
	made, err := c.cli.ContainerCreate(lasting,
		&container.Config{
			Image:        image,
			Hostname:     string(n.id),
			Env:          []string{agent.TokenEnv + "=" + token},
			ExposedPorts: exposed,
			Labels:       c.nodeLabels(n),
		},
		&container.HostConfig{
			NetworkMode:    container.NetworkMode(c.networkName()),
			PortBindings:   ports,
			CapDrop:        []string{"ALL"},
			CapAdd:         []string{"NET_ADMIN"},
			SecurityOpt:    []string{"no-new-privileges"},
			ReadonlyRootfs: true,
		}, nil, nil, c.netName(n))
	if err != nil {
		return err
	}
	n.net = made.ID
	if err := c.cli.ContainerStart(lasting, n.net, container.StartOptions{}); err != nil {
		return err
	}
	if err := c.locate(lasting, n); err != nil {
		return err
	}
	n.agent.Token, n.agent.HTTP = token, c.http
	return live.Poll(ctx, stateWithin, stateEvery, n.agent.Healthy)
}

// locate learns the address of the net container and its published ports. They stay
// as they are while it runs.
func (c *Cluster) locate(ctx context.Context, n *node) error {
	info, err := c.cli.ContainerInspect(ctx, n.net)
	if err != nil {
		return err
	}
	endpoint := info.NetworkSettings.Networks[c.networkName()]
	if !info.State.Running || endpoint == nil {
		return fmt.Errorf("it is not running: exit code %d %s", info.State.ExitCode, info.State.Error)
	}
	if n.ip, err = netip.ParseAddr(endpoint.IPAddress); err != nil {
		return fmt.Errorf("its address: %w", err)
	}
	published := func(port int) (string, error) {
		for _, b := range info.NetworkSettings.Ports[tcp(port)] {
			return net.JoinHostPort(b.HostIP, b.HostPort), nil
		}
		return "", fmt.Errorf("port %d is not published", port)
	}
	var clientErr, agentErr error
	n.client, clientErr = published(clientPort)
	n.agent.Addr, agentErr = published(agent.Port)
	return errors.Join(clientErr, agentErr)
}

// launch is what a node container runs, and from which image.
type launch struct {
	cluster.Launch
	image string
}

// launches asks the system how to start each node, now that all addresses are known.
func (c *Cluster) launches(ctx context.Context, opts Options) (map[history.NodeID]launch, error) {
	peers := map[history.NodeID]string{}
	for id, n := range c.nodes {
		peers[id] = addr(n.ip.String(), peerPort)
	}
	images := map[string]string{} // by what they are made from
	launches := map[history.NodeID]launch{}
	for _, id := range c.order {
		l := c.sys.Launch(cluster.Endpoint{
			ID:           id,
			PeerListen:   addr("0.0.0.0", peerPort),
			ClientListen: addr("0.0.0.0", clientPort),
			Peers:        peers,
			DataDir:      dataDir,
		})
		from := l.Image + l.Build + l.Binary
		if images[from] == "" {
			ref, err := c.imageOf(ctx, l, opts)
			if err != nil {
				return nil, err
			}
			images[from] = ref
		}
		launches[id] = launch{Launch: l, image: images[from]}
	}
	return launches, nil
}

// startNode makes the container of the node itself and waits until it answers.
func (c *Cluster) startNode(ctx, lasting context.Context, n *node, l launch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	labels := c.nodeLabels(n)
	if _, err := c.cli.VolumeCreate(lasting, volume.CreateOptions{Name: c.volumeName(n), Labels: labels}); err != nil {
		return fmt.Errorf("make its volume: %w", err)
	}
	config := &container.Config{Image: l.image, Cmd: l.Args, Env: l.Env, Labels: labels}
	if l.Binary != "" { // an image has a user of its own
		config.User = fmt.Sprintf("%d:%d", nobody, nobody)
	}
	made, err := c.cli.ContainerCreate(lasting, config,
		&container.HostConfig{
			NetworkMode:    container.NetworkMode("container:" + n.net),
			Mounts:         []mount.Mount{{Type: mount.TypeVolume, Source: c.volumeName(n), Target: dataDir}},
			CapDrop:        []string{"ALL"},
			SecurityOpt:    []string{"no-new-privileges"},
			ReadonlyRootfs: true,
			LogConfig: container.LogConfig{
				Type:   "json-file",
				Config: map[string]string{"max-size": logBytesMax, "max-file": "2"},
			},
		}, nil, nil, c.nodeName(n))
	if err != nil {
		return fmt.Errorf("create its container: %w", err)
	}
	n.main = made.ID
	if err := c.writeFiles(lasting, n, l.Files); err != nil {
		return fmt.Errorf("write its files: %w", err)
	}
	if err := c.cli.ContainerStart(lasting, n.main, container.StartOptions{}); err != nil {
		return err
	}
	err = c.ready(ctx, n)
	if err != nil {
		err = fmt.Errorf("%w; its last log lines:\n%s", err, c.lastLines(lasting, n, 20))
	}
	return err
}

// writeFiles puts files into the node's volume before its container starts.
func (c *Cluster) writeFiles(ctx context.Context, n *node, files map[string]string) error {
	if len(files) == 0 {
		return nil
	}
	var archive bytes.Buffer
	tw := tar.NewWriter(&archive)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := writeText(tw, name, files[name]); err != nil {
			return err
		}
	}
	if err := tw.Close(); err != nil {
		return err
	}
	return c.cli.CopyToContainer(ctx, n.main, dataDir, &archive, container.CopyToContainerOptions{})
}

// ready waits until the node serves, or has stopped.
func (c *Cluster) ready(ctx context.Context, n *node) error {
	return live.Serves(ctx, c.sys, n.client, func(ctx context.Context) error {
		if s, err := c.state(ctx, n); err == nil && !s.Running {
			return errors.New("it stopped before it answered")
		}
		return nil
	})
}

func tcp(port int) nat.Port { return nat.Port(strconv.Itoa(port) + "/tcp") }

func addr(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
