package docker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"

	"senkei/harness/cluster/owner"
)

// Heal removes all containers, networks and volumes of runs whose harness no longer
// lives, and returns how many those were. It tells log each one. Whatever carries no
// owner, such as the nodes of a compose file, is not Heal's.
func Heal(ctx context.Context, log func(string)) (int, error) {
	cli, err := connect()
	if err != nil {
		return 0, err
	}
	defer cli.Close()
	orphaned := func(labels map[string]string) bool { return !owner.Alive(labels[ownerLabel]) }
	return remove(ctx, cli, map[string]string{ownerLabel: ""}, orphaned, log)
}

// remove removes what carries all the labels, with their values where these are not
// empty, and is doomed by its labels. Containers go first: they hold the rest.
func remove(ctx context.Context, cli *client.Client, labels map[string]string,
	doomed func(labels map[string]string) bool, log func(string)) (int, error) {
	f := filters.NewArgs()
	for key, value := range labels {
		if value != "" {
			key += "=" + value
		}
		f.Add("label", key)
	}
	var containers, rest removals
	list, err := cli.ContainerList(ctx, container.ListOptions{All: true, Filters: f})
	for _, item := range list {
		if doomed(item.Labels) {
			containers.add("container "+name(item), func() error {
				return cli.ContainerRemove(ctx, item.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
			})
		}
	}
	networks, networkErr := cli.NetworkList(ctx, network.ListOptions{Filters: f})
	for _, item := range networks {
		if doomed(item.Labels) {
			rest.add("network "+item.Name, func() error { return cli.NetworkRemove(ctx, item.ID) })
		}
	}
	volumes, volumeErr := cli.VolumeList(ctx, volume.ListOptions{Filters: f})
	for _, item := range volumes.Volumes {
		if doomed(item.Labels) {
			rest.add("volume "+item.Name, func() error { return cli.VolumeRemove(ctx, item.Name, false) })
		}
	}
	n, removeErr := containers.run(log)
	m, restErr := rest.run(log)
	return n + m, errors.Join(err, networkErr, volumeErr, removeErr, restErr)
}

func name(c container.Summary) string {
	for _, n := range c.Names {
		return n[1:] // the API puts a slash before it
	}
	return c.ID
}

// removals are requests that do not depend on each other.
type removals struct {
	what []string
	do   []func() error
}

func (r *removals) add(what string, do func() error) {
	r.what, r.do = append(r.what, what), append(r.do, do)
}

// busyTries is how often, at busyEvery, what is in use is tried again: somebody else may be
// removing what uses it, or the thing itself.
const (
	busyTries = 50
	busyEvery = 100 * time.Millisecond
)

// persist carries out a removal.
func persist(do func() error) error {
	err := do()
	for try := 0; try < busyTries && (cerrdefs.IsConflict(err) || cerrdefs.IsPermissionDenied(err)); try++ {
		<-time.After(busyEvery)
		err = do()
	}
	return err
}

// run carries them out side by side. What is gone already counts as removed by
// somebody else.
func (r *removals) run(log func(string)) (int, error) {
	failed := make([]error, len(r.do))
	var running sync.WaitGroup
	for i, do := range r.do {
		running.Go(func() { failed[i] = persist(do) })
	}
	running.Wait()
	removed := 0
	for i, what := range r.what {
		switch {
		case failed[i] == nil:
			removed++
			log("removed " + what)
		case cerrdefs.IsNotFound(failed[i]):
			failed[i] = nil
		default:
			failed[i] = fmt.Errorf("remove %s: %w", what, failed[i])
		}
	}
	return removed, errors.Join(failed...)
}
