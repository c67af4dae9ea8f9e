package raft

// Which configuration is in force where (thesis §4.1): a server uses the latest configuration
// in its log, committed or not, and goes back to the one before if that is truncated. Figure 13
// adds that a snapshot carries the configuration of its last entry.

import (
	"maps"
	"slices"
)

// configurations are those that the log holds, and the one that its base had. The latest is
// in force, committed or not.
type configurations struct {
	// points are ordered by index. The first is the one in force at the log's base, at whose
	// index or before it stands; it is always there, perhaps without servers.
	points []configurationPoint
}

// configurationPoint is a configuration and where in the log it stands. It is in force from
// there to the next one.
type configurationPoint struct {
	index         uint64
	configuration Configuration
}

// restart forgets everything but the configuration that a base brings.
func (c *configurations) restart(base SnapshotMeta) {
	c.points = []configurationPoint{{base.ConfigurationIndex, base.Configuration}}
}

// add appends the configuration of an entry, which stands after all others.
func (c *configurations) add(index uint64, configuration Configuration) {
	c.points = append(c.points, configurationPoint{index, configuration})
}

// truncate forgets the configurations from index on, and reports whether there were any. The
// base's stays: what is before the base is committed.
func (c *configurations) truncate(index uint64) bool {
	held := len(c.points)
	for c.latest().index >= index && len(c.points) > 1 {
		c.points = c.points[:len(c.points)-1]
	}
	return len(c.points) < held
}

// compact forgets the configurations that were replaced at or before index, which becomes the
// base: the one in force there is now the first.
func (c *configurations) compact(index uint64) {
	for len(c.points) > 1 && c.points[1].index <= index {
		c.points = c.points[1:]
	}
}

// latest returns the configuration in force.
func (c *configurations) latest() configurationPoint { return c.points[len(c.points)-1] }

// at returns the configuration in force at index, which is not before the base.
func (c *configurations) at(index uint64) configurationPoint {
	i := len(c.points) - 1
	for i > 0 && c.points[i].index > index {
		i--
	}
	return c.points[i]
}

// servers returns every server of any of the configurations, as the latest that has it does:
// all that a message may have to go to, also to a server that is about to be removed.
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
