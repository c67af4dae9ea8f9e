package raft

import (
	"maps"
	"slices"
)

// configurations are those that the log holds, and the one that its base had. The latest is
// in force, committed or not; where the log is truncated the one before is in force again
// (thesis §4.1).
type configurations struct {
	points []configurationPoint // by index; the first is the base's
}

type configurationPoint struct {
	index         uint64
	configuration Configuration
}

func (c *configurations) restart(base SnapshotMeta) {
	c.points = []configurationPoint{{base.ConfigurationIndex, base.Configuration}}
}

func (c *configurations) add(index uint64, configuration Configuration) {
	c.points = append(c.points, configurationPoint{index, configuration})
}

// truncate forgets the configurations from index on, and reports whether there were any.
func (c *configurations) truncate(index uint64) bool {
	held := len(c.points)
	for c.latest().index >= index && len(c.points) > 1 {
		c.points = c.points[:len(c.points)-1]
	}
	return len(c.points) < held
}

// compact forgets the configurations that were replaced at or before index.
func (c *configurations) compact(index uint64) {
	for len(c.points) > 1 && c.points[1].index <= index {
		c.points = c.points[1:]
	}
}

func (c *configurations) latest() configurationPoint { return c.points[len(c.points)-1] }

// at returns the configuration in force at index, which is not before the base.
func (c *configurations) at(index uint64) configurationPoint {
	i := len(c.points) - 1
	for i > 0 && c.points[i].index > index {
		i--
	}
	return c.points[i]
}

// servers returns every server of any of the configurations, as the latest that has it does.
func (c *configurations) servers() Configuration {
	all := map[ID]Server{}
	for _, p := range c.points {
		for _, s := range p.configuration.Servers {
			all[s.ID] = s
		}
	}
	var servers []Server
	for _, id := range slices.Sorted(maps.Keys(all)) {
		servers = append(servers, all[id])
	}
	return Configuration{Servers: servers}
}
